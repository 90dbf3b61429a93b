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

    def test_the_flag_of_the_seed_is_accepted(self):
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

    # The trace

    def test_nothing_is_added_to_stderr_without_a_trace(self):
        self.assert_cold(self.bmes('run', 'main.mjs'))  # so that nothing is left to be written behind our back
        for environment in ({'BMES_TRACE': None}, {'BMES_TRACE': ''}, {'BMES_TRACE': 'no'}):
            outcome = self.bmes('run', 'main.mjs', env=environment)
            self.assertEqual((outcome.stderr, outcome.trace), (b'', {}), outcome)

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
                [file] = place.iterdir()
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
        self.assertEqual(len(list(self.cache.iterdir())), 2)
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
