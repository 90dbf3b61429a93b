#!/usr/bin/env python3
"""`bmes run`: its options, its environment, and where it keeps what."""

import os
import subprocess
import time

import support

ECHO = 'console.log(JSON.stringify(process.argv.slice(2)));'


class CommandLineTest(support.CommandTest):
    def setUp(self):
        super().setUp()
        self.entry = self.write('main.mjs', ECHO)
        self.settle()

    # The forms of the command

    def test_run_may_be_left_out(self):
        self.assert_cold(self.bmes('main.mjs', 'a'))
        for arguments in (['main.mjs'], ['run', 'main.mjs'], ['./main.mjs'], [self.entry], ['run', '../sources/main.mjs'], ['--', 'main.mjs'], ['run', '--', 'main.mjs']):
            with self.subTest(arguments=arguments):
                outcome = self.bmes(*arguments, 'a')
                self.assertEqual((outcome.stdout, outcome.stderr, outcome.code), (b'["a"]\n', b'', 0), outcome)
                self.assert_warm(outcome, 1)

    def test_options_may_precede_the_entry_without_run(self):
        outcome = self.bmes('--cache=off', 'main.mjs')
        self.assertEqual((outcome.stdout, outcome.trace['result']), (b'[]\n', 'off'), outcome)
        outcome = self.bmes('--cache', 'off', '--trace', 'json', 'main.mjs', env={'BMES_TRACE': None})
        self.assertEqual((outcome.stdout, outcome.trace['result']), (b'[]\n', 'off'), outcome)

    def test_the_flag_of_the_first_description_is_accepted(self):
        self.assert_cold(self.bmes('--experimental-esm-bytecode', 'run', 'main.mjs', 'a'))
        for arguments in (['--experimental-esm-bytecode', 'run', 'main.mjs'], ['run', '--experimental-esm-bytecode', 'main.mjs'], ['--experimental-esm-bytecode', 'main.mjs'],
                          ['--experimental-esm-bytecode', 'run', '--experimental-esm-bytecode', '--cache=auto', '--experimental-esm-bytecode', 'main.mjs']):
            with self.subTest(arguments=arguments):
                outcome = self.bmes(*arguments, 'a')
                self.assertEqual((outcome.stdout, outcome.stderr, outcome.code), (b'["a"]\n', b'', 0), outcome)
                self.assert_warm(outcome, 1)

    def test_what_follows_the_entry_is_the_programs(self):
        arguments = ['--cache=off', '--cache', 'off', '--cache-dir', '/nowhere', '--trace', 'json', '--experimental-esm-bytecode', '--help', '-h', '--version',
                     '--', 'run', '-', '', 'é', '--x=y', 'main.mjs']
        for form in ['main.mjs'], ['run', 'main.mjs'], ['run', '--', 'main.mjs']:
            with self.subTest(form=form):
                outcome = self.bmes(*form, *arguments)
                expected = '[' + ','.join(f'"{a}"' for a in arguments) + ']\n'
                self.assertEqual((outcome.stdout.decode(), outcome.stderr, outcome.code), (expected, b'', 0), outcome)
                self.assertNotEqual(outcome.trace['result'], 'off', outcome)

    def test_process_argv_starts_with_the_command_and_the_entry(self):
        self.write('main.mjs', 'console.log(process.argv.length, process.argv[1]);')
        outcome = self.bmes('main.mjs', 'x')
        self.assertEqual(outcome.stdout.decode(), f'3 {self.entry}\n', outcome)

    def test_an_entry_named_as_a_command_can_be_run(self):
        self.write('compile', ECHO)
        for arguments in ['run', 'compile'], ['./compile']:
            self.assertEqual(self.bmes(*arguments).stdout, b'[]\n')

    def test_wrong_usage_ends_with_exit_code_2(self):
        for arguments in ([], ['run'], ['--cache', 'never', 'main.mjs'], ['run', '--cache=never', 'main.mjs'], ['run', '--unknown', 'main.mjs'], ['--unknown', 'main.mjs'],
                          ['run', '--trace', 'xml', 'main.mjs'], ['run', '--cache'], ['run', '--cache-dir'], ['--experimental-esm-bytecode'], ['compile'], ['validate'], ['inspect'],
                          ['convert', 'one'], ['compile', '--format-version', '2', 'main.mjs'], ['compile', '--format-version=1', '-o', 'x', 'main.mjs', 'main.mjs']):
            with self.subTest(arguments=arguments):
                outcome = self.bmes(*arguments)
                self.assertEqual((outcome.code, outcome.stdout), (2, b''), outcome)
                self.assertNotEqual(outcome.stderr, b'')
                self.assertFalse(self.cache.exists())

    def test_help_and_version_end_with_exit_code_0(self):
        for arguments in ['--help'], ['-h'], ['--version'], ['run', '--help']:
            outcome = self.bmes(*arguments)
            self.assertEqual((outcome.code, outcome.stderr), (0, b''), outcome)
            self.assertNotEqual(outcome.stdout, b'')

    def test_a_trace_that_nobody_knows_is_wrong_usage(self):
        for value in 'xml', 'JSON', '1', ' ':
            outcome = self.bmes('run', 'main.mjs', env={'BMES_TRACE': value})
            self.assertEqual((outcome.code, outcome.stdout), (2, b''), outcome)
            self.assertEqual(outcome.stderr.decode(), f'bmes: BMES_TRACE is {value}, and may only be json, text or empty\n')
        self.assertFalse(self.cache.exists())

    def test_a_mistyped_command_is_no_program_unless_there_is_one(self):
        outcome = self.bmes('rnu', 'x')
        self.assertEqual((outcome.code, outcome.stderr), (2, b'bmes: there is no command or file rnu (did you mean run?)\n'))
        for arguments in ['run', 'rnu'], ['./rnu'], ['--', 'rnu'], ['nothing-like-it'], ['rnu.mjs']:
            outcome = self.bmes(*arguments)
            self.assertEqual(outcome.code, 1, outcome)
            self.assertNotIn(b'did you mean', outcome.stderr)
        self.write('rnu', ECHO)
        self.assertEqual(self.bmes('rnu', 'x').stdout, b'["x"]\n')

    # What programs print

    def test_values_are_shown_as_Node_shows_them(self):
        # inspect.txt is what Node 26 prints: `node test/jsc/inspect.mjs >test/jsc/inspect.txt`.
        here = support.PROJECT / 'test/jsc'
        outcome = self.check_program(here / 'inspect.mjs', modules=1)
        self.assertEqual((outcome.stdout, outcome.stderr), ((here / 'inspect.txt').read_bytes(), b''))

    # The trace

    def test_nothing_is_added_to_stderr_without_a_trace(self):
        self.assert_cold(self.bmes('run', 'main.mjs'))  # so that nothing is left to be written behind our back
        for environment in ({'BMES_TRACE': None}, {'BMES_TRACE': ''}):
            outcome = self.bmes('run', 'main.mjs', env=environment)
            self.assertEqual((outcome.stderr, outcome.trace), (b'', {}), outcome)

    def test_a_program_has_the_allocators_thread_once_it_waits_or_makes_garbage(self):
        count = 'import { readdirSync } from "fs"; const count = () => console.log(readdirSync("/proc/self/task").length > 1);'
        waiting = self.write('waiting.mjs', f'{count} count(); setTimeout(count, 30);')
        busy = self.write('busy.mjs', f'{count} count(); let kept = []; for (let i = 0; i < 3e6; i++) kept[i % 1000] = {{ text: "x" + i }}; count();')
        for entry in waiting, busy:
            self.assertEqual(self.bmes('run', '--cache=off', entry).stdout, b'false\ntrue\n', entry)

    def test_the_trace_has_all_of_its_fields(self):
        outcome = self.bmes('run', '--trace=json', 'main.mjs', env={'BMES_TRACE': None})
        self.assertEqual(list(outcome.trace), ['result', 'reason', 'detail', 'modules', 'hits', 'parsed', 'refused', 'file', 'written_bytes', 'load_ms', 'total_ms'])
        self.assertEqual(outcome.trace['file'], str(self.entry_file()))
        self.assertEqual(outcome.trace['written_bytes'], self.entry_file().stat().st_size)

    def test_a_run_without_a_trace_leaves_a_cache_too(self):
        # It is written after the program has ended, by a process that nobody waits for.
        started = time.monotonic()
        outcome = self.bmes('run', 'main.mjs', env={'BMES_TRACE': None})
        self.assertEqual((outcome.stdout, outcome.stderr, outcome.code), (b'[]\n', b'', 0), outcome)
        while not (self.cache.exists() and list(self.cache.glob('*.cache'))):
            self.assertLess(time.monotonic() - started, 20, 'no cache after 20 seconds')
            time.sleep(0.01)
        self.assert_warm(self.bmes('run', 'main.mjs'), 1)
        self.entry_file()

    # What `bmes compile` makes

    def test_a_compiled_file_can_be_run_from(self):
        entry = self.write_all({
            'main.mjs': 'import { outer, Klass } from "./dep"; console.log(await outer(1)(2), [...new Klass().items()]);'
                        'try { (() => { (() => { throw new Error("deep"); })(); })(); } catch (e) { console.log(e.stack); }',
            'dep.mjs': 'export const outer = a => async b => { const inner = (c => () => { function innermost(d) { return `${a}${b}${c}${d}`; } return innermost(4); })(3); await null; return inner(); };'
                       'export class Klass { #x = 1; static s = 2; get x() { return (() => this.#x)(); } *items() { yield this.x; yield* (function* () { yield Klass.s; })(); } }',
        })
        self.settle()
        cold = self.bmes('run', entry)
        self.assertEqual(cold.code, 0, cold)
        file = self.entry_file()
        file.unlink()
        compiled = self.bmes('compile', '-o', file, 'main.mjs', 'dep.mjs')
        self.assertEqual((compiled.code, compiled.stdout, compiled.stderr), (0, b'', b''), compiled)
        file.chmod(0o600)
        warm = self.bmes('run', entry)
        self.assert_seen(warm, cold)
        self.assert_warm(warm, 2)
        # Its edges rest on the same facts as those of a run.
        self.write('dep.js', 'export const outer = () => async () => "dep.js"; export class Klass { *items() {} }')
        changed = self.bmes('run', entry)
        self.assertEqual((changed.stdout.splitlines()[0], changed.trace['reason']), (b'dep.js []', 'resolution_changed'), changed)

    def test_a_compiled_package_can_be_run_from(self):
        # It has the code of every function, but for functions that turn out to be constructors: those it learns.
        folder = support.PACKAGES / 'lodash-es'
        entry = self.write('main.mjs', f'import _ from "{folder}/lodash.js"; console.log(_.template("<% _.each([1, 2], n => {{ %><%= n %>,<% }}) %>")({{ _ }}), _.functions(_).length, _.sortBy([3, 1, 2]), _.debounce(() => {{}}).toString());')
        cold = self.bmes('run', entry)
        self.assertEqual(cold.code, 0, cold)
        file = self.entry_file()
        self.assertEqual(self.bmes('compile', '-o', file, entry, *folder.glob('*.js')).code, 0)
        warm = self.bmes('run', entry)
        self.assert_seen(warm, cold)
        self.assertEqual((warm.trace['result'], warm.trace['modules'], warm.trace['refused']), ('hit', 641, 0), warm)
        self.assertGreaterEqual(warm.trace['hits'], 635, warm)
        self.assert_settled(self.bmes('run', entry), 641)

    def test_a_source_is_not_written_over(self):
        before = self.entry.read_bytes()
        self.write('other.mjs', 'export {};'), self.write('empty.mjs', ''), self.write('notes.txt', 'mine')
        (self.sources / 'link.mjs').symlink_to('main.mjs')
        os.link(self.entry, self.sources / 'hard.mjs')
        names = sorted(self.sources.iterdir())
        for output, why in (('main.mjs', 'is a source'), ('./main.mjs', 'is a source'), ('link.mjs', 'is a source'), ('hard.mjs', 'is a source'),
                            ('empty.mjs', 'is a source'), ('other.mjs', 'is a source'), ('notes.txt', 'is no BMES file')):
            outcome = self.bmes('compile', '-o', output, 'main.mjs', 'empty.mjs', 'other.mjs')
            self.assertEqual((outcome.code, outcome.stderr.decode()), (1, f'bmes: {output}: it {why}; --force writes over it\n'))
        self.write('main.mjs.bmes', 'mine')
        for version in '1', '4':
            self.assertIn(b'main.mjs.bmes: it is no BMES file', self.bmes('compile', '--format-version', version, 'main.mjs').stderr)
        (self.sources / 'main.mjs.bmes').unlink()
        self.assertEqual((self.entry.read_bytes(), sorted(self.sources.iterdir())), (before, names))
        self.assertEqual(self.bmes('compile', '--force', '-o', 'main.mjs', 'main.mjs').code, 0)
        self.assertEqual(self.bmes('validate', 'main.mjs').code, 0)

    def test_what_was_compiled_before_is_replaced(self):
        for _ in range(2):
            self.assertEqual(self.bmes('compile', 'main.mjs').code, 0)
        # An entry of a cache, 64 KB and more, is an LZ4 frame.
        entry = self.write('many.mjs', ''.join(f'export const name{i} = () => {i};\n' for i in range(3000)))
        self.settle()
        self.assert_cold(self.bmes('run', entry))
        self.assertEqual(self.entry_file().read_bytes()[:4], b'\x04\x22\x4d\x18')
        self.assertEqual(self.bmes('compile', '-o', self.entry_file(), entry).code, 0)

    def test_a_compiler_takes_a_source_from_a_pipe_and_gives_the_file_to_one(self):
        def piped(*arguments, text=ECHO.encode()):
            return subprocess.run([os.environ['BMES'], 'compile', *arguments], input=text, capture_output=True, env=self.environment(), cwd=self.sources)
        names = sorted(self.sources.iterdir())
        for arguments in (['-'], ['-o', '-', '-'], ['--format-version=1', '-']):
            done = piped(*arguments)
            self.assertEqual((done.returncode, done.stderr, done.stdout[:4]), (0, b'', b'SEMB'))
            checked = subprocess.run([os.environ['BMES'], 'validate', '-'], input=done.stdout, capture_output=True)
            self.assertEqual(checked.returncode, 0, checked.stdout)
        self.assertEqual(piped('-o', '-', 'main.mjs').stdout[:4], b'SEMB')
        bad = piped('-', text=b'let a;\n let a;')
        self.assertEqual((bad.returncode, bad.stdout), (1, b''))
        self.assertIn(b'-:2:', bad.stderr)
        self.assertEqual(sorted(self.sources.iterdir()), names)

    def test_the_page_about_a_large_program_fits_a_screen(self):
        entry = self.write('main.mjs', f'import _ from "{support.PACKAGES}/lodash-es/lodash.js"; console.log(_.VERSION);')
        self.settle()
        self.assert_cold(self.bmes('run', entry))
        lines = self.bmes('inspect', self.entry_file()).stdout.decode().splitlines()
        self.assertRegex(lines[1], r'  version 4, 641 modules, [\d,]+ bytes, in an LZ4 frame of [\d,]+$')
        self.assertLessEqual(len(lines), 24, lines)
        for line in lines[1:]:
            self.assertLessEqual(len(line), 80)
        self.assertIn('module', self.bmes('inspect', '--modules', 'add.js', self.entry_file()).stdout.decode())

    def test_a_source_that_cannot_be_compiled_is_named(self):
        self.write('bad.mjs', 'let a;\n let a;')
        for version in '1', '4':
            outcome = self.bmes('compile', '--format-version', version, 'bad.mjs')
            self.assertEqual((outcome.code, outcome.stdout), (1, b''), outcome)
            self.assertRegex(outcome.stderr.decode(), r"bad\.mjs:2:\d+: SyntaxError: .*'a'")
        self.assertEqual(self.bmes('compile', 'gone.mjs').code, 1)
        self.assertEqual(self.bmes('compile', '-o', '/dev/null/x', 'main.mjs').code, 1)
        self.assertEqual([p.name for p in self.sources.iterdir() if p.suffix == '.bmes'], [])

    # The modes

    def test_off_neither_reads_nor_writes(self):
        for _ in range(2):
            outcome = self.bmes('run', '--cache=off', 'main.mjs')
            trace = outcome.trace
            self.assertEqual((outcome.stdout, trace['result'], trace['modules'], trace['hits'], trace['parsed'], trace['file']), (b'[]\n', 'off', 1, 0, 1, ''), outcome)
        self.assertFalse(self.cache.exists())
        self.bmes('run', 'main.mjs')
        self.assertEqual(self.bmes('run', '--cache=off', 'main.mjs').trace['hits'], 0)

    def test_readonly_reads_but_never_writes(self):
        for _ in range(2):
            outcome = self.bmes('run', '--cache=readonly', 'main.mjs')
            self.assertEqual((outcome.stdout, outcome.trace['result'], outcome.trace['written_bytes']), (b'[]\n', 'miss', 0), outcome)
        self.assertFalse(self.cache.exists())
        self.bmes('run', 'main.mjs')
        self.assert_warm(self.bmes('run', '--cache=readonly', 'main.mjs'), 1)
        before = self.entry_file().read_bytes()
        self.write('main.mjs', 'console.log("edited");')
        for _ in range(2):
            outcome = self.bmes('run', '--cache=readonly', 'main.mjs')
            self.assertEqual((outcome.stdout, outcome.trace['result'], outcome.trace['written_bytes']), (b'edited\n', 'stale', 0), outcome)
        self.assertEqual(self.entry_file().read_bytes(), before)

    def test_refresh_writes_without_reading(self):
        for _ in range(2):
            outcome = self.bmes('run', '--cache=refresh', 'main.mjs')
            self.assert_cold(outcome, 'miss', 'refresh')
        self.assert_warm(self.bmes('run', 'main.mjs'), 1)
        self.entry_file().write_bytes(b'not a cache')
        self.bmes('run', '--cache=refresh', 'main.mjs')
        self.assert_warm(self.bmes('run', 'main.mjs'), 1)

    # The folder

    def test_the_option_goes_before_the_environment_and_that_before_the_defaults(self):
        home, xdg, env, option = (self.folder / name for name in ('home', 'xdg', 'env', 'option'))
        everything = {'HOME': home, 'XDG_CACHE_HOME': xdg, 'BMES_CACHE_DIR': env}
        for place, arguments, environment in (
                (option, ['--cache-dir', option], everything),
                (option, [f'--cache-dir={option}'], everything),
                (env, [], everything),
                (xdg / 'bmes/esm', [], {**everything, 'BMES_CACHE_DIR': None}),
                (xdg / 'bmes/esm', [], {**everything, 'BMES_CACHE_DIR': ''}),
                (home / '.bun-cache/esm', [], {'HOME': home, 'BMES_CACHE_DIR': None, 'XDG_CACHE_HOME': None}),
                (home / '.bun-cache/esm', [], {'HOME': home, 'BMES_CACHE_DIR': None, 'XDG_CACHE_HOME': 'relative'}),
                (self.sources / 'relative', ['--cache-dir', 'relative'], everything),
                (self.sources / 'relative', ['--cache-dir', './x/../relative'], everything)):
            with self.subTest(place=place, arguments=arguments):
                outcome = self.bmes('run', *arguments, 'main.mjs', env=environment)
                self.assertEqual(os.path.dirname(outcome.trace['file']), str(place), outcome)
                self.assertTrue(os.path.exists(outcome.trace['file']), outcome)

    def test_only_the_user_can_see_what_was_made(self):
        deep = self.folder / 'new/folders/cache'
        for mask in 0o000, 0o022:
            with self.subTest(mask=oct(mask)):
                place = deep.with_name(f'cache{mask}')
                self.bmes('run', '--cache-dir', place, 'main.mjs', preexec_fn=lambda: os.umask(mask))
                for path in place, place.parent, place.parent.parent:
                    self.assertEqual(path.stat().st_mode & 0o7777, 0o700, path)
                [file] = place.glob('*.cache')
                self.assertEqual(file.stat().st_mode & 0o7777, 0o600)

    def test_a_folder_that_was_there_keeps_its_mode(self):
        self.cache.mkdir(mode=0o755)
        self.cache.chmod(0o755)
        self.bmes('run', 'main.mjs')
        self.assertEqual(self.cache.stat().st_mode & 0o7777, 0o755)

    def test_each_entry_has_its_own_file(self):
        other = self.write('other.mjs', 'import "./main.mjs";')
        self.bmes('run', 'main.mjs')
        self.bmes('run', other)
        self.assertEqual(len(list(self.cache.glob('*.cache'))), 2)
        self.assert_warm(self.bmes('run', 'main.mjs'), 1)
        self.assert_warm(self.bmes('run', other), 2)

    # Several at once

    def test_programs_that_write_at_once_leave_one_good_file(self):
        self.write('main.mjs', ''.join(f'import {{ f{i} }} from "./m{i}.mjs";\n' for i in range(40)) + f'console.log({" + ".join(f"f{i}()" for i in range(40))});')
        for i in range(40):
            self.write(f'm{i}.mjs', f'export function f{i}() {{ return {i}; }}')
        for round_ in range(3):
            self.bmes('run', '--cache=off', 'main.mjs')
            if self.cache.exists():
                self.entry_file().unlink()
            running = [subprocess.Popen([os.environ['BMES'], 'run', str(self.entry)], env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                       for _ in range(8)]
            for process in running:
                stdout, stderr = process.communicate(timeout=50)
                self.assertEqual((stdout, process.returncode), (b'780\n', 0), stderr)
            self.entry_file()
            self.assert_warm(self.bmes('run', 'main.mjs'), 41)


if __name__ == '__main__':
    support.main()
