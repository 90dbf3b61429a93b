#!/usr/bin/env python3
"""What changes while a program runs, or right after it, is seen by the next run, and a file is told from another one of the same size and time."""

import os
import shutil
import subprocess
import time
import unittest

import support

TIMES = 20  # some of these were wrong by chance only


class StaleTest(support.CommandTest):
    def check_now(self, entry, *arguments, prints=None):
        """The next runs are what an uncached one is; the last of them is a full hit."""
        plain = self.bmes('run', '--cache=off', entry, *arguments)
        if prints is not None:
            self.assertEqual(plain.stdout.decode(), prints, plain)
        for _ in range(2):
            outcome = self.bmes('run', entry, *arguments)
            self.assert_seen(outcome, plain)
        return outcome

    def empty(self):
        for folder in self.sources, self.cache:
            shutil.rmtree(folder, ignore_errors=True)
        self.sources.mkdir()

    # Modules that the program itself writes, or that change before it imports them

    def test_a_module_that_the_program_writes_before_it_imports_it_is_the_one_that_runs(self):
        entry = self.write('main.mjs', 'import { writeFileSync } from "fs"; writeFileSync(import.meta.dirname + "/gen.mjs", `console.log("${process.argv[2]}");`); await import("./gen.mjs");')
        for argument in ('one', 'two', 'two', 'six', 'one') * 4:
            outcome = self.bmes('run', entry, argument)
            self.assertEqual((outcome.stdout.decode(), outcome.code), (f'{argument}\n', 0), outcome)

    def test_a_module_that_the_program_makes_in_any_way_before_it_requires_it_is_the_one_that_runs(self):
        ways = {
            'write': 'fs.writeFileSync(made, text)', 'append': 'fs.rmSync(made, { force: true }); fs.appendFileSync(made, text)',
            'descriptor': 'const fd = fs.openSync(made, "w"); fs.writeSync(fd, text); fs.closeSync(fd)', 'copy': 'fs.copyFileSync(other, made)',
            'rename': 'fs.copyFileSync(other, made + "~"); fs.renameSync(made + "~", made)', 'link': 'fs.rmSync(made, { force: true }); fs.linkSync(other, made)',
            'symbolic link': 'fs.rmSync(made, { force: true }); fs.symlinkSync(other, made)', 'spawn': 'child.spawnSync("/bin/cp", [other, made])',
            'shell': 'child.execSync(`cp "${other}" "${made}"`)',
        }
        for way, code in ways.items():
            with self.subTest(way):
                self.empty()
                for word in 'one', 'two':
                    self.write(f'{word}.txt', f'console.log("{word}");')
                entry = self.write('main.cjs', f"""
const fs = require('fs'), child = require('child_process'), word = process.argv[2];
const other = `${{__dirname}}/${{word}}.txt`, made = `${{__dirname}}/made.js`, text = `console.log("${{word}}");`;
{code};
require('./made');""")
                for word in 'one', 'one', 'two', 'two', 'one':
                    outcome = self.bmes('run', entry, word)
                    self.assertEqual((outcome.stdout.decode(), outcome.code), (f'{word}\n', 0), outcome)

    def test_a_module_that_is_written_below_an_imported_one_is_the_one_that_runs(self):
        entry = self.write_all({
            'main.mjs': 'import { writeFileSync } from "fs"; writeFileSync(import.meta.dirname + "/gen.mjs", `export default "${process.argv[2]}";`);'
                        'console.log((await import("./user.mjs")).default);',
            'user.mjs': 'export { default } from "./gen.mjs";',
        })
        for argument in ('one', 'two', 'two', 'one') * 3:
            outcome = self.bmes('run', entry, argument)
            self.assertEqual((outcome.stdout.decode(), outcome.code), (f'{argument}\n', 0), outcome)

    def test_a_module_edited_between_the_start_and_its_import_is_the_one_that_runs(self):
        entry = self.write('main.mjs', '''import { existsSync, writeFileSync } from "fs";
console.log("started"); writeFileSync(import.meta.dirname + "/started", "");
while (!existsSync(import.meta.dirname + "/go")) await new Promise(done => setTimeout(done, 1));
console.log((await import("./late.mjs")).default);''')

        def edited_meanwhile(before, after):
            for name in 'started', 'go':
                (self.sources / name).unlink(missing_ok=True)
            self.write('late.mjs', f'export default "{before}";')
            self.settle()
            process = subprocess.Popen([os.environ['BMES'], 'run', entry], cwd=self.sources, env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            until = time.monotonic() + 30
            while not (self.sources / 'started').exists() and time.monotonic() < until:
                time.sleep(0.001)
            self.write('late.mjs', f'export default "{after}";')
            self.write('go', '')
            return process.communicate(timeout=50)[0].decode()

        self.assertEqual(edited_meanwhile('one', 'two'), 'started\ntwo\n')
        self.assertEqual(edited_meanwhile('two', 'two'), 'started\ntwo\n')
        self.assertEqual(edited_meanwhile('two', 'six'), 'started\nsix\n')
        self.check_now(entry, prints='started\nsix\n')
        self.write('late.mjs', 'export default "one";')
        self.check_now(entry, prints='started\none\n')

    def test_a_name_that_is_gone_when_a_failed_import_is_tried_again_is_missed(self):
        files = {'main.mjs': 'import fs from "node:fs"; const here = import.meta.dirname; const tell = p => p.then(n => console.log(Object.keys(n).join()), '
                             'e => console.log(e.name)); fs.rmSync(here + "/a.mjs", { force: true }); fs.writeFileSync(here + "/b.mjs", "export const x = 1;"); '
                             'await tell(import("./m.mjs")); await import("node:path"); fs.writeFileSync(here + "/a.mjs", "console.log(0);"); '
                             'if (process.argv[2]) fs.writeFileSync(here + "/b.mjs", "export const other = 1;"); await tell(import("./m.mjs"));',
                 'm.mjs': 'import "./a.mjs"; import { x } from "./b.mjs"; export const y = x;', 'b.mjs': 'export const x = 1;'}
        entry = self.write_all(files)
        self.settle()
        for argument in '', '', 'gone', 'gone':
            plain = self.bmes('run', '--cache=off', entry, *filter(None, [argument]))
            for _ in range(2):
                self.assert_seen(self.bmes('run', entry, *filter(None, [argument])), plain)

    def test_a_module_that_edits_one_imported_later_is_seen_at_the_next_run_too(self):
        text = 'import { readFileSync, writeFileSync } from "fs"; const file = import.meta.dirname + "/n.mjs"; const n = Number(readFileSync(file, "utf8").match(/\\d+/)[0]);' \
               'writeFileSync(file, `export default ${n + 1};`); console.log((await import("./n.mjs")).default);'
        entry = self.write_all({'main.mjs': text, 'n.mjs': 'export default 100;'})
        for i in range(101, 101 + TIMES):
            outcome = self.bmes('run', entry)
            self.assertEqual(outcome.stdout.decode(), f'{i}\n', outcome)

    # What a specifier leads to

    # name to (sources, what makes it lead elsewhere): what was found stays where it is, what comes before it in resolution appears.
    ELSEWHERE = {
        'a file of another extension': ({'main.mjs': 'import x from "./x"; console.log(x);', 'x.mjs': 'export default "x.mjs";'}, 'write("x.js");'),
        'a file of the very name': ({'main.mjs': 'import x from "./x"; console.log(x);', 'x.mjs': 'export default "x.mjs";'}, 'write("x");'),
        'a file before an index': ({'main.mjs': 'import x from "./x"; console.log(x);', 'x/index.mjs': 'export default "x/index.mjs";'}, 'write("x.mjs");'),
        'another index': ({'main.mjs': 'import x from "./x"; console.log(x);', 'x/index.mjs': 'export default "x/index.mjs";'}, 'write("x/index.js");'),
        'a file instead of a folder': ({'main.mjs': 'import x from "./x"; console.log(x);', 'x.mjs': 'export default "x.mjs";', 'x/y': ''}, 'remove("x"); write("x");'),
        'a file instead of a folder with an extension': ({'main.mjs': 'import x from "./x"; console.log(x);', 'x/index.mjs': 'export default "x/index.mjs";', 'x.mjs/y': ''},
                                                         'remove("x.mjs"); write("x.mjs");'),
        'a file instead of a dangling link': ({'main.mjs': 'import x from "./x"; console.log(x);', 'x.mjs': 'export default "x.mjs";', 'x.js': None}, 'remove("x.js"); write("x.js");'),
        'below an imported module': ({'main.mjs': 'console.log((await import("./user.mjs")).default);', 'user.mjs': 'export { default } from "./x";', 'x.mjs': 'export default "x.mjs";'},
                                     'write("x.js");'),
    }

    def make(self, files):
        self.empty()
        for name, text in files.items():
            if text is None:
                (self.sources / name).symlink_to('nowhere')
            else:
                self.write(name, text)
        return self.sources / 'main.mjs'

    def change(self, code):
        def remove(name):
            path = self.sources / name
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        eval('[' + code.rstrip(';').replace(';', ',') + ']', {'write': lambda name: self.write(name, f'export default "{name}";'), 'remove': remove})

    def test_a_specifier_that_leads_elsewhere_since_the_last_run_is_seen(self):
        for name, (files, code) in self.ELSEWHERE.items():
            with self.subTest(name):
                entry = self.make(files)
                self.bmes('run', entry)
                self.assert_warm(self.bmes('run', entry))
                before = self.bmes('run', '--cache=off', entry).stdout
                self.change(code)
                outcome = self.check_now(entry)
                self.assertNotEqual(outcome.stdout, before)
                self.assert_warm(outcome)

    def test_a_specifier_that_leads_elsewhere_since_the_program_itself_saw_to_it_is_seen(self):
        helpers = '\nimport { rmSync, writeFileSync } from "fs"; const at = name => import.meta.dirname + "/" + name;' \
                  'const write = name => writeFileSync(at(name), `export default "${name}";`), remove = name => rmSync(at(name), { recursive: true });\n'
        for name, (files, code) in self.ELSEWHERE.items():
            with self.subTest(name):
                files = {**files, 'main.mjs': files['main.mjs'] + helpers + f'if (process.argv[2]) {{ {code} }}'}
                entry = self.make(files)
                self.bmes('run', entry, 'change')
                self.assert_warm(self.check_now(entry))
                # And when a file is there already.
                entry = self.make(files)
                self.bmes('run', entry)
                self.bmes('run', entry, 'change')
                self.assert_warm(self.check_now(entry))

    def test_a_specifier_that_leads_elsewhere_while_the_cache_is_being_written_is_seen(self):
        # Without a trace, the cache is written after the program's end.
        for name, (files, code) in self.ELSEWHERE.items():
            for _ in range(3):
                with self.subTest(name):
                    entry = self.make(files)
                    self.bmes('run', entry, env={'BMES_TRACE': None})
                    self.change(code)
                    plain = self.bmes('run', '--cache=off', entry)
                    until = time.monotonic() + 10
                    while not (self.cache.exists() and any(path.suffix == '.cache' for path in self.cache.iterdir())) and time.monotonic() < until:
                        time.sleep(0.01)
                    self.assert_seen(self.bmes('run', entry), plain)
                    self.assert_warm(self.check_now(entry))

    def test_a_source_edited_while_the_cache_is_being_written_is_seen(self):
        entry = self.write('main.mjs', 'console.log(100);')
        for i in range(101, 101 + TIMES):
            self.bmes('run', entry, env={'BMES_TRACE': None})
            self.write('main.mjs', f'console.log({i});')
            self.assertEqual(self.bmes('run', entry).stdout.decode(), f'{i}\n')

    # Files of one size and time

    def written_in_one_tick(self, *paths_and_texts):
        """Makes files with the same times; `False` if that can't be done here."""
        for _ in range(300):
            for path, text in paths_and_texts:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.unlink(missing_ok=True)
            for path, text in paths_and_texts:
                # open() would look at the time, and Linux then gives the next change a finer one.
                file = os.open(path, os.O_CREAT | os.O_WRONLY, 0o644)
                os.write(file, text.encode())
                os.close(file)
            if len({(path.stat().st_mtime_ns, path.stat().st_ctime_ns, path.stat().st_size) for path, _ in paths_and_texts}) == 1:
                return True
        return False

    def test_links_that_are_swapped_between_files_of_one_time_are_seen(self):
        for what in 'folder', 'file':
            with self.subTest(what):
                stale = 0
                for _ in range(TIMES):
                    self.empty()
                    one, two, link = self.sources / 'one', self.sources / 'two', self.sources / 'current'
                    if not self.written_in_one_tick((one / 'x.mjs', 'console.log("one");'), (two / 'x.mjs', 'console.log("two");')):
                        raise unittest.SkipTest('two files never have the same times here')
                    entry = self.write('main.mjs', f'import "./current{"/x.mjs" if what == "folder" else ""}";')
                    end = '' if what == 'folder' else 'x.mjs'
                    link.symlink_to(one / end)
                    self.settle()
                    self.assertEqual(self.bmes('run', entry).stdout, b'one\n')
                    self.assert_warm(self.bmes('run', entry))
                    link.unlink()
                    link.symlink_to(two / end)
                    stale += self.bmes('run', entry).stdout != b'two\n'
                self.assertEqual(stale, 0, f'of {TIMES}')

    def test_folders_that_are_swapped_are_seen(self):
        stale = 0
        for _ in range(TIMES):
            self.empty()
            one, two, place = self.sources / 'one', self.sources / 'two', self.sources / 'current'
            if not self.written_in_one_tick((one / 'main.mjs', 'console.log("one");'), (two / 'main.mjs', 'console.log("two");')):
                raise unittest.SkipTest('two files never have the same times here')
            one.rename(place)
            self.settle()
            self.assertEqual(self.bmes('run', place / 'main.mjs').stdout, b'one\n')
            self.assert_warm(self.bmes('run', place / 'main.mjs'))
            place.rename(one)
            two.rename(place)
            stale += self.bmes('run', place / 'main.mjs').stdout != b'two\n'
        self.assertEqual(stale, 0, f'of {TIMES}')

    # Time stamps of whole seconds

    WHOLE_SECONDS = '''
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/stat.h>
#define CUT(s) (s)->st_mtim.tv_nsec = (s)->st_ctim.tv_nsec = 0
#define AS(type, name, parameters, arguments, what) \\
  int name parameters { int (*next) parameters = (int (*) parameters)dlsym(RTLD_NEXT, #name); int result = next arguments; if (!result) { what; } return result; }
AS(int, stat, (const char* path, struct stat* s), (path, s), CUT(s))
AS(int, lstat, (const char* path, struct stat* s), (path, s), CUT(s))
AS(int, fstat, (int fd, struct stat* s), (fd, s), CUT(s))
AS(int, fstatat, (int fd, const char* path, struct stat* s, int flags), (fd, path, s, flags), CUT(s))
AS(int, stat64, (const char* path, struct stat64* s), (path, s), CUT(s))
AS(int, lstat64, (const char* path, struct stat64* s), (path, s), CUT(s))
AS(int, fstat64, (int fd, struct stat64* s), (fd, s), CUT(s))
AS(int, fstatat64, (int fd, const char* path, struct stat64* s, int flags), (fd, path, s, flags), CUT(s))
AS(int, statx, (int fd, const char* path, int flags, unsigned mask, struct statx* s), (fd, path, flags, mask, s), s->stx_mtime.tv_nsec = s->stx_ctime.tv_nsec = 0)
'''

    def test_edits_within_a_second_are_seen_where_time_stamps_are_whole_seconds(self):
        compiler = shutil.which('cc') or shutil.which('gcc') or shutil.which('clang')
        if not compiler or os.environ.get('ASAN_OPTIONS'):
            raise unittest.SkipTest('needs a C compiler, and a command without AddressSanitizer')
        source, library = self.folder / 'seconds.c', self.folder / 'seconds.so'
        source.write_text(self.WHOLE_SECONDS)
        subprocess.run([compiler, '-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'], check=True)
        env = {'LD_PRELOAD': library}
        for name, files in {'entry': {'main.mjs': 'console.log(100);'}, 'module': {'main.mjs': 'import "./x.mjs";', 'x.mjs': 'console.log(100);'}}.items():
            with self.subTest(name):
                self.empty()
                entry = self.write_all(files)
                edited = list(files)[-1]
                stale = 0
                for i in range(101, 101 + TIMES):
                    time.sleep((0.1, 0.2, 0.3, 0.4)[i % 4])
                    self.bmes('run', entry, env=env)
                    self.bmes('run', entry, env=env)
                    self.write(edited, f'console.log({i});')
                    stale += self.bmes('run', entry, env=env).stdout.decode() != f'{i}\n'
                self.assertEqual(stale, 0, f'of {TIMES}')


if __name__ == '__main__':
    support.main()
