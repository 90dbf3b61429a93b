#!/usr/bin/env python3
"""A program whose sources changed runs as its sources now say, whatever the cache holds."""

import os
import re

import support


class FreshnessTest(support.CommandTest):
    FILES = {
        'main.mjs': 'import { a } from "./a.mjs"; import data from "./data.json" with { type: "json" }; console.log("main 1", a, data);',
        'a.mjs': 'export const a = "a 1";',
        'data.json': '"data 1"',
    }

    def cached(self, files=None, settle=True):
        """Makes a program and its cache; the entry."""
        entry = self.write_all(files or self.FILES)
        if settle:
            self.settle()
        self.assert_cold(self.bmes('run', entry))
        self.assert_warm(self.bmes('run', entry), len(files or self.FILES))
        return entry

    def check_stale(self, entry, prints, reason='source_changed', path=None):
        """The next run takes what changed from its source, the one after it all from the cache again."""
        outcome = self.bmes('run', entry)
        self.assertEqual(outcome.stdout.decode(), prints, outcome)
        self.assertEqual((outcome.trace['result'], outcome.trace['reason']), ('partial' if outcome.trace['hits'] else 'stale', reason), outcome)
        self.assertLess(outcome.trace['hits'], outcome.trace['modules'], outcome)
        if path:
            self.assertRegex(outcome.trace['detail'], f'^{re.escape(str(path))}/?: was .*, is ', outcome)
        warm = self.bmes('run', entry)
        self.assertEqual(warm.stdout.decode(), prints, warm)
        self.assert_warm(warm)

    def test_an_edited_entry_is_compiled_again(self):
        for settle in True, False:
            with self.subTest(settle=settle):
                if self.cache.exists():
                    self.entry_file().unlink()
                entry = self.cached(settle=settle)
                self.write('main.mjs', 'console.log("edited");')
                self.check_stale(entry, 'edited\n', path=entry)

    def test_a_large_program_is_read_again_when_one_source_changed(self):
        # Large enough that its records are made while its sources are looked at.
        modules = {f'm{i}.mjs': f'export const f{i} = (x{i}) => [x{i}, "{i * 7919:x}", {{ k{i}: {i} }}].length; export default class C{i} {{ m{i}() {{ return {i}; }} }}' for i in range(500)}
        main = ''.join(f'import C{i}, {{ f{i} }} from "./m{i}.mjs";\n' for i in range(500)) + 'console.log(' + ' + '.join(f'f{i}() + new C{i}().m{i}()' for i in range(500)) + ');'
        for env in {}, {'JSC_collectContinuously': '1'}:
            with self.subTest(env=env):
                if self.cache.exists():
                    self.entry_file().unlink()
                entry = self.write_all({'main.mjs': main, **modules})
                self.settle()
                self.assert_cold(self.bmes('run', entry, env=env))
                self.assert_warm(self.bmes('run', entry, env=env), 501)
                self.assertGreater(self.entry_file().stat().st_size, 64 * 1024)
                changed = self.write('m499.mjs', modules['m499.mjs'].replace('return 499', 'return 500'))
                stale = self.bmes('run', entry, env=env)
                self.assertEqual(stale.stdout.decode(), f'{3 * 500 + sum(range(500)) + 1}\n', stale)
                self.assertEqual((stale.trace['result'], stale.trace['reason'], stale.trace['parsed']), ('partial', 'source_changed', 1), stale)
                self.assertRegex(stale.trace['detail'], f'^{re.escape(str(changed))}: was a file of ([0-9]+) bytes with the hash .*, is a file of \\1 bytes', stale)
                self.assert_warm(self.bmes('run', entry, env=env), 501)

    def test_an_edit_of_equal_length_is_seen(self):
        for settle in True, False:
            with self.subTest(settle=settle):
                if self.cache.exists():
                    self.entry_file().unlink()
                entry = self.cached(settle=settle)
                self.write('a.mjs', self.FILES['a.mjs'].replace('a 1', 'a 2'))
                self.check_stale(entry, 'main 1 a 2 data 1\n', path=self.sources / 'a.mjs')

    def test_an_edit_of_equal_length_and_modification_time_is_seen(self):
        entry = self.cached()
        path = self.sources / 'a.mjs'
        times = path.stat()
        self.write('a.mjs', self.FILES['a.mjs'].replace('a 1', 'a 2'))
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        self.assertEqual((path.stat().st_mtime_ns, path.stat().st_size), (times.st_mtime_ns, times.st_size))
        self.check_stale(entry, 'main 1 a 2 data 1\n', path=path)

    def test_edits_in_quick_succession_are_all_seen(self):
        entry = self.write('main.mjs', 'console.log(0);')
        for i in range(1, 10):
            self.bmes('run', entry)
            self.write('main.mjs', f'console.log({i});')
            self.assertEqual(self.bmes('run', entry).stdout.decode(), f'{i}\n')

    def test_a_file_that_another_one_replaced_by_rename_is_seen(self):
        entry = self.cached()
        new = self.write('new.mjs', self.FILES['a.mjs'].replace('a 1', 'a 2'))
        times = (self.sources / 'a.mjs').stat()
        os.utime(new, ns=(times.st_atime_ns, times.st_mtime_ns))
        new.rename(self.sources / 'a.mjs')
        self.check_stale(entry, 'main 1 a 2 data 1\n', path=self.sources / 'a.mjs')

    def test_edited_json_is_seen(self):
        entry = self.cached()
        self.write('data.json', '"data 2"')
        self.check_stale(entry, 'main 1 a 1 data 2\n', path=self.sources / 'data.json')

    def test_a_touched_file_is_still_fresh(self):
        entry = self.cached()
        for change in (lambda path: os.utime(path), lambda path: os.utime(path, ns=(0, 0)), lambda path: path.write_bytes(path.read_bytes())):
            for name in self.FILES:
                change(self.sources / name)
            self.assert_warm(self.bmes('run', entry), 3)

    def test_times_that_changed_alone_are_learned(self):
        # Until the cache knows the new times, each run has to read the sources to prove that they are the same.
        entry = self.cached()
        for name in self.FILES:
            os.utime(self.sources / name)
        self.settle()
        learning = self.bmes('run', entry)
        self.assert_warm(learning, 3)
        self.assertGreater(learning.trace['written_bytes'], 0, learning)
        self.assert_settled(self.bmes('run', entry), 3)

    def test_times_that_were_too_recent_to_be_told_apart_are_learned(self):
        entry = self.cached(settle=False)
        self.settle()
        self.assert_warm(self.bmes('run', entry), 3)
        self.assert_settled(self.bmes('run', entry), 3)
        self.write('a.mjs', self.FILES['a.mjs'].replace('a 1', 'a 2'))
        self.check_stale(entry, 'main 1 a 2 data 1\n')

    def test_a_copy_with_the_same_text_is_still_fresh(self):
        entry = self.cached()
        self.write('new.mjs', self.FILES['a.mjs']).rename(self.sources / 'a.mjs')
        self.assert_warm(self.bmes('run', entry), 3)

    def test_a_deleted_dependency_is_missed(self):
        entry = self.cached()
        path = self.sources / 'a.mjs'
        path.unlink()
        for _ in range(2):
            outcome = self.bmes('run', entry)
            self.assertEqual((outcome.code, outcome.stdout), (1, b''), outcome)
            self.assertIn(b"Cannot find module '%s' imported from %s" % (bytes(path), bytes(entry)), outcome.stderr)
            size = len(self.FILES['a.mjs'])
            self.assertEqual((outcome.trace['result'], outcome.trace['reason'], outcome.trace['detail']),
                             ('partial', 'source_missing', f'{path}: was a file of {size} bytes, is absent'), outcome)
        self.write('a.mjs', self.FILES['a.mjs'])
        self.assert_warm(self.bmes('run', entry), 3)

    def test_a_deleted_entry_is_missed(self):
        entry = self.cached()
        entry.unlink()
        outcome = self.bmes('run', entry)
        self.assertEqual((outcome.code, outcome.stdout), (1, b''), outcome)
        self.assertEqual(outcome.trace['reason'], 'source_missing', outcome)

    def test_a_folder_in_the_place_of_a_source_is_no_source(self):
        entry = self.cached()
        (self.sources / 'a.mjs').unlink()
        (self.sources / 'a.mjs').mkdir()
        outcome = self.bmes('run', entry)
        self.assert_seen(outcome, self.bmes('run', '--cache=off', entry))
        self.assertEqual((outcome.code, outcome.trace['result'], outcome.trace['reason']), (1, 'partial', 'source_missing'), outcome)

    def test_a_new_file_that_changes_what_a_specifier_means_is_seen(self):
        entry = self.cached({
            'main.mjs': 'import a from "./a"; import b from "./b"; console.log(a, b);',
            'a.mjs': 'export default "a.mjs";',
            'b/index.js': 'export default "b/index.js";',
        })
        self.write('a.js', 'export default "a.js";')
        self.check_stale(entry, 'a.js b/index.js\n', 'resolution_changed', self.sources / 'a.js')
        self.write('a', 'export default "a";')
        self.check_stale(entry, 'a b/index.js\n', 'resolution_changed', self.sources / 'a')
        self.write('b.mjs', 'export default "b.mjs";')
        self.check_stale(entry, 'a b.mjs\n', 'resolution_changed', self.sources / 'b.mjs')

    def test_a_new_file_that_changes_nothing_leaves_the_program_fresh(self):
        entry = self.cached({'main.mjs': 'import "./a"; console.log("main");', 'a.js': ''})
        self.write('a.mjs', 'console.log("never");')
        self.assert_warm(self.bmes('run', entry), 2)

    def test_an_edited_module_that_is_imported_late_is_seen(self):
        entry = self.cached({'main.mjs': 'console.log((await import("./late.mjs")).default);', 'late.mjs': 'export default 1;'})
        self.write('late.mjs', 'export default 2;')
        self.check_stale(entry, '2\n', path=self.sources / 'late.mjs')

    def test_a_link_that_leads_elsewhere_is_seen(self):
        one, two = self.write('one.mjs', 'export const a = "one";'), self.write('two.mjs', 'export const a = "two";')
        (self.sources / 'a.mjs').symlink_to(one)
        entry = self.write('main.mjs', 'import { a } from "./a.mjs"; console.log(a);')
        self.settle()
        self.assert_cold(self.bmes('run', entry))
        self.assert_warm(self.bmes('run', entry), 2)
        (self.sources / 'a.mjs').unlink()
        (self.sources / 'a.mjs').symlink_to(two)
        self.check_stale(entry, 'two\n', 'resolution_changed', self.sources / 'a.mjs')

    def test_a_program_that_rewrites_itself_keeps_the_text_it_started_with(self):
        old = '''import { writeFileSync } from "fs";
// é€ keeps the offsets of characters and bytes apart
function early() { return "early"; }
function late() { return (() => "late, old")() + new Error("x").stack.split("\\n")[1].replace(/.*\\//, " "); }
writeFileSync(import.meta.filename, "console.log('new');");
console.log(early.toString());
console.log(late.toString());
if (process.argv[2]) console.log(late());
'''
        new = "console.log('new');"
        entry = self.write('main.mjs', old)
        self.settle()
        expected = self.bmes('run', '--cache=off', entry, 'late')
        self.assertIn(b'late, old', expected.stdout.splitlines()[-1])
        self.assertEqual(entry.read_text(), new)
        self.write('main.mjs', old)
        self.assert_cold(self.bmes('run', entry))
        self.assertEqual(entry.read_text(), new)

        self.write('main.mjs', old)
        warm = self.bmes('run', entry)
        self.assert_warm(warm, 1)
        self.assertEqual(warm.stdout, b''.join(expected.stdout.splitlines(keepends=True)[:-1]), warm)
        self.assertEqual(entry.read_text(), new)

        # The cache has no code of late(): it has to be compiled while the file says something else.
        self.write('main.mjs', old)
        learning = self.bmes('run', entry, 'late')
        self.assert_seen(learning, expected)
        self.assertEqual((learning.trace['result'], learning.trace['parsed']), ('hit', 1), learning)
        self.assertEqual(entry.read_text(), new)
        self.check_stale(entry, 'new\n')

    def test_a_dependency_deleted_while_the_program_runs_keeps_its_text(self):
        files = {
            'main.mjs': 'import { unlinkSync } from "fs"; import { f } from "./f.mjs"; unlinkSync(import.meta.dirname + "/f.mjs"); console.log(f.toString(), process.argv[2] && f());',
            'f.mjs': 'export function f( ) { return (() => 1)(); }',
        }
        entry = self.write_all(files)
        self.bmes('run', entry)
        for arguments, result in ([], 'undefined'), (['more'], '1'):
            self.write_all(files)
            outcome = self.bmes('run', entry, *arguments)
            self.assertEqual((outcome.stdout.decode(), outcome.code), (f'{files["f.mjs"][7:]} {result}\n', 0), outcome)
            self.assertEqual(outcome.trace['result'], 'hit', outcome)


if __name__ == '__main__':
    support.main()
