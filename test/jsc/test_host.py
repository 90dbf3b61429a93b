#!/usr/bin/env python3
"""What programs have besides the language, against what Node 26 prints, and how a program may be given."""

import os
import pty
import re
import signal
import subprocess
import sys

import support

HERE = support.PROJECT / 'test/jsc/host'


class HostObjectsTest(support.CommandTest):
    """host/NAME.txt is what Node 26 prints: `for m in test/jsc/host/*.mjs; do node $m >${m%.mjs}.txt 2>/dev/null; done`."""

    def check(self, name):
        expected = (HERE / f'{name}.txt').read_text()
        for result in 'miss', 'hit':
            outcome = self.bmes('run', HERE / f'{name}.mjs', env={'TMPDIR': self.folder, 'USER': 'user'})
            self.assertEqual(outcome.stdout.decode(errors='replace'), expected, outcome)
            self.assertEqual((outcome.code, outcome.trace['result']), (0, result), outcome)
        self.assertEqual((outcome.trace['hits'], outcome.trace['parsed']), (1, 0), outcome)

    def test_the_list_of_what_is_there_is_true(self):
        done = subprocess.run([support.PROJECT / 'scripts/runtime-list', '--check', os.environ['BMES']], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout.decode())

    def test_an_unknown_module_of_the_host_is_an_error(self):
        for name in 'node:sqlite', 'node:nope', 'node:native:fs', 'node:bun':
            self.write('main.mjs', f'await import("{name}").catch((e) => console.log(e.code, e.message));')
            outcome = self.bmes('--cache=off', 'main.mjs')
            self.assertEqual(outcome.stdout.decode(), f'ERR_UNKNOWN_BUILTIN_MODULE No such built-in module: {name}\n', outcome)

    def test_the_modules_of_the_host_itself_are_nobody_elses(self):
        for name in 'native:fs', 'host:errors', 'npm:hashes':
            self.write('main.mjs', f'await import("{name}").catch((e) => console.log(e.code));')
            self.assertNotIn(self.bmes('--cache=off', 'main.mjs').stdout, (b'', b'undefined\n'))


for each in sorted(HERE.glob('*.mjs')):
    setattr(HostObjectsTest, f'test_{each.stem}_is_as_in_Node', lambda self, name=each.stem: self.check(name))


class ProcessTest(support.CommandTest):
    def test_signals_reach_those_who_listen(self):
        entry = self.write('main.mjs', 'process.on("SIGTERM", (name, number) => { console.log(name, number); clearInterval(timer); process.exitCode = 7; });'
                                       'const timer = setInterval(() => {}, 1000); console.log("ready");')
        for cache in 'off', 'auto':
            child = subprocess.Popen([os.environ['BMES'], 'run', '--cache', cache, str(entry)], env=self.environment(), stdout=subprocess.PIPE)
            self.assertEqual(child.stdout.readline(), b'ready\n')
            child.send_signal(signal.SIGTERM)
            self.assertEqual((child.communicate(timeout=20)[0], child.returncode), (b'SIGTERM 15\n', 7))

    def test_a_signal_without_a_listener_any_more_ends_the_program(self):
        entry = self.write('main.mjs', 'const f = () => {}; process.on("SIGTERM", f).off("SIGTERM", f); process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 5000);')
        self.assertEqual(self.bmes('--cache=off', entry).code, -signal.SIGTERM)

    def test_warnings_have_their_name_and_code(self):
        entry = self.write('main.mjs', 'process.on("warning", (w) => console.log(w.name, w.code, w.detail)); process.emitWarning("a", "Kind", "C1");'
                                       'process.emitWarning("b", { type: "T", code: "C2", detail: "more" });')
        outcome = self.bmes('--cache=off', entry)
        self.assertEqual(outcome.stdout, b'Kind C1 undefined\nT C2 more\n')
        self.assertRegex(outcome.stderr.decode(), r'^\(bmes:\d+\) \[C1\] Kind: a\n\(bmes:\d+\) \[C2\] T: b\nmore\n$')

    def test_the_environment_holds_text(self):
        entry = self.write('main.mjs', 'process.env.N = 1; console.log(typeof process.env.N, process.env.N, delete process.env.N, "N" in process.env);')
        self.assertEqual(self.bmes('--cache=off', entry).stdout, b'string 1 true false\n')

    def test_a_percent_sign_of_a_path_stays_one(self):
        self.write('a%20b/x?y#z.mjs', 'console.log(import.meta.url, import.meta.filename);')
        folder = self.sources / 'a%20b'
        outcome = self.bmes('--cache=off', folder / 'x?y#z.mjs')
        self.assertEqual(outcome.stdout.decode(), f'file://{self.sources}/a%2520b/x%3Fy%23z.mjs {folder}/x?y#z.mjs\n')

    def test_stdin_is_a_stream(self):
        entry = self.write('main.mjs', 'let all = ""; process.stdin.setEncoding("utf8"); for await (const part of process.stdin) all += part; console.log(all.length, all.slice(0, 5));')
        done = subprocess.run([os.environ['BMES'], '--cache=off', entry], input=b'x' * 200000, stdout=subprocess.PIPE, env=self.environment(), timeout=30)
        self.assertEqual(done.stdout, b'200000 xxxxx\n')


class GivenAsTextTest(support.CommandTest):
    def test_eval_runs_a_module(self):
        self.write('dep.mjs', 'export default 5;')
        for option in '-e', '--eval':
            outcome = self.bmes(option, 'import x from "./dep.mjs"; console.log(x, process.argv.slice(1)); await 1;', '--flag', 'a')
            self.assertEqual((outcome.stdout, outcome.stderr, outcome.code), (b"5 [ '--flag', 'a' ]\n", b'', 0), outcome)
            self.assertFalse(self.cache.exists())

    def test_print_shows_what_a_script_gives(self):
        for text, shown in (('1 + 1', '2'), ('"a\\nb"', 'a\nb'), ('({a: [1]})', '{ a: [ 1 ] }'), ('let x = 3; x * 2', '6'), ('`"quoted"`', '"quoted"'), ('process.argv.length', '2')):
            outcome = self.bmes('-p', text, 'argument')
            self.assertEqual((outcome.stdout.decode(), outcome.code), (shown + '\n', 0), outcome)

    def test_a_dash_is_standard_input(self):
        done = subprocess.run([os.environ['BMES'], '-', 'a'], input=b'console.log(process.argv.slice(1)); throw new Error("end")', env=self.environment(BMES_TRACE=None),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
        self.assertEqual((done.stdout, done.returncode), (b"[ '-', 'a' ]\n", 1), done)
        self.assertIn(b'Error: end', done.stderr)

    def test_errors_end_with_exit_code_1(self):
        self.assertEqual(self.bmes('-e', 'throw 1').code, 1)
        self.assertEqual(self.bmes('-p', 'no such').code, 1)
        self.assertEqual(self.bmes('run').code, 2)

    def test_the_version_names_format_engine_and_fingerprint(self):
        self.assertRegex(self.bmes('--version').stdout.decode(), r'^bmes \S+\nformat 4 \(reads 1, 3 and 4\)\nengine .+, fingerprint [0-9a-f]{32}\n$')


class CompletionTest(support.CommandTest):
    def printed(self, form):
        outcome = self.bmes('completion', form)
        self.assertEqual((outcome.code, outcome.stderr), (0, b''), outcome)
        return outcome.stdout.decode()

    def test_every_command_and_option_is_in_every_form(self):
        commands = re.findall(r'^  (\w+) +\w', self.bmes('--help').stdout.decode().partition('Subcommands:')[2], re.M)
        self.assertGreater(len(commands), 5)
        forms = {form: self.printed(form).replace('\\-', '-') for form in ('bash', 'zsh', 'fish', 'man')}
        for command in commands:
            options = set(re.findall(r'(--[a-z-]+)', self.bmes(command, '--help').stdout.decode().partition('Options:')[2]))
            for form, text in forms.items():
                self.assertIn(command, text, form)
                for option in options - {'--experimental-esm-bytecode', '--no-color', '--help'}:
                    if option.startswith('--') and f'  {option}' in self.bmes(command, '--help').stdout.decode():
                        self.assertIn(option if form != 'fish' else f'-l {option[2:]}', text, (form, command))

    def test_shells_take_their_completions(self):
        subprocess.run(['bash', '-n'], input=self.printed('bash').encode(), check=True)
        done = subprocess.run(['bash', '-c', self.printed('bash') + '\nCOMP_WORDS=(bmes run --cache-); COMP_CWORD=2; _bmes; echo "${COMPREPLY[@]}"'], stdout=subprocess.PIPE, check=True)
        self.assertEqual(done.stdout, b'--cache-dir\n')

    def test_a_word_that_is_no_form_is_wrong_usage(self):
        self.assertEqual(self.bmes('completion', 'tcsh').code, 2)


class ErrorsTest(support.CommandTest):
    def on_a_terminal(self, *arguments, **env):
        """What a terminal shows of a run, with the line ends of files."""
        if not support.has_terminals():
            self.skipTest('needs terminals')
        child, screen = pty.fork()
        if child == 0:
            os.chdir(self.sources)
            os.execve(os.environ['BMES'], ['bmes', *map(str, arguments)], self.environment(BMES_TRACE=None, TERM='xterm', **env))
        out = b''
        while True:
            try:
                part = os.read(screen, 4096)
            except OSError:
                break
            if not part:
                break
            out += part
        os.waitpid(child, 0)
        return out.decode().replace('\r\n', '\n')

    def test_a_syntax_error_has_its_line_and_column(self):
        entry = self.write('main.mjs', 'let a;\n\tlet b = ;\n')
        outcome = self.bmes('--cache=off', entry)
        self.assertRegex(outcome.stderr.decode(), rf'^{re.escape(str(entry))}:2:\d+\n\tlet b = ;\n\t +\^\n\nSyntaxError: .*\n$')

    def test_an_uncaught_error_shows_its_line_on_a_terminal(self):
        entry = self.write('main.mjs', 'const f = () => {\n  throw new Error("boom");\n};\nf();\n')
        shown = self.on_a_terminal('--cache=off', entry, NO_COLOR=1)
        self.assertRegex(shown, rf'^{re.escape(str(entry))}:2\n  throw new Error\("boom"\);\n +\^\n\nError: boom\n    at f \({re.escape(str(entry))}:2:\d+\)\n')
        self.assertRegex(self.bmes('--cache=off', entry).stderr.decode(), r'^Error: boom\n    at f ')

    def test_values_have_colours_on_a_terminal(self):
        entry = self.write('main.mjs', 'console.log({ a: 1 });')
        self.assertEqual(self.on_a_terminal('--cache=off', entry), '{ a: \x1b[33m1\x1b[39m }\n')
        self.assertEqual(self.on_a_terminal('--cache=off', entry, NO_COLOR=1), '{ a: 1 }\n')
        self.assertEqual(self.bmes('--cache=off', entry, env={'FORCE_COLOR': 1}).stdout, b'{ a: \x1b[33m1\x1b[39m }\n')
        self.assertEqual(self.bmes('--cache=off', entry).stdout, b'{ a: 1 }\n')


if __name__ == '__main__':
    support.main()
