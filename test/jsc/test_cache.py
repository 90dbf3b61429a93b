#!/usr/bin/env python3
"""The cache as somebody meets it who looks after it: whose it is, what is in it, why it was no help, and that it stays small."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

import support

sys.path.append(str(Path(__file__).resolve().parents[1]))
import xxh3

ELSEWHERE = {'BMES_TRACE': None}


def settle_until(what, seconds=20):
    give_up = time.monotonic() + seconds
    while not what():
        if time.monotonic() > give_up:
            raise AssertionError('waited in vain')
        time.sleep(0.01)


class CacheTest(support.CommandTest):
    FILES = {'main.mjs': 'import { a } from "./a.mjs"; import data from "./data.json" with { type: "json" }; import "node:path"; console.log(a(), data);',
             'a.mjs': 'export const a = () => "a 1";', 'data.json': '{"b": 2}'}

    def cached(self):
        entry = self.write_all(self.FILES)
        self.settle()
        self.assert_cold(self.bmes('run', entry))
        return entry

    def json_of(self, *arguments, code=0, env=None):
        outcome = self.bmes(*arguments, '--json', env=env)
        self.assertEqual((outcome.code, outcome.stderr), (code, b''), outcome)
        lines = outcome.stdout.decode().splitlines()
        return [json.loads(line) for line in lines] if arguments[:2] in (('cache', 'list'), ('cache', 'verify')) else json.loads(lines[0])

    def use_at(self, path, days):
        then = time.time() - days * 86400
        os.utime(path, (then, then))


class CodeTest(CacheTest):
    def test_code_is_the_same_wherever_its_text_lies(self):
        payloads = []
        for folder in 'one', 'another':
            entry = self.write_all({f'{folder}/main.mjs': 'export const f = () => 1; console.log(f());'})
            self.settle()
            trace = self.bmes('run', entry).trace
            shown = self.bmes('inspect', '--all', trace['file']).stdout.decode()
            payloads.append(re.findall(r'engine 0 "JavaScriptCore .*bytes, XXH3-128 [0-9a-f]{32}', shown))
        self.assertEqual(len(payloads[0]), 1)
        self.assertEqual(payloads[0], payloads[1])


class SafetyTest(CacheTest):
    def as_nobody(self):
        """From here on the command is another user's, who has a home of his own."""
        if os.geteuid() != 0:
            self.skipTest('needs root, to be somebody else')
        self.folder.chmod(0o755)
        home = self.folder / 'nobodys'
        home.mkdir()
        os.chown(home, support.NOBODY, support.NOBODY)
        self.run_as_nobody()
        return home

    def test_a_folder_that_others_can_write_to_is_refused_with_the_reason(self):
        entry = self.cached()
        for mode in 0o777, 0o775, 0o1777:
            self.cache.chmod(mode)
            before = self.entry_file().stat()
            outcome = self.bmes('run', entry)
            trace = outcome.trace
            self.assertEqual((outcome.stdout, outcome.code), (b'a 1 { b: 2 }\n', 0))
            self.assertEqual((trace['result'], trace['reason'], trace['hits'], trace['written_bytes']), ('refused', 'not_private', 0, 0), outcome)
            self.assertEqual(trace['detail'], f'{self.cache}: others can write to it')
            self.assertEqual(self.entry_file().stat().st_mtime_ns, before.st_mtime_ns)
            self.assertIn(b'others can write to it', self.bmes('cache', 'path').stderr)
        self.cache.chmod(0o700)
        self.assert_warm(self.bmes('run', entry), 3)

    def test_somebody_elses_folder_is_refused_unless_it_was_declared(self):
        entry = self.cached()
        shutil.rmtree(self.cache)
        baked = self.folder / 'baked'
        outcome = self.bmes('compile', '--graph', '--into', baked, entry)
        self.assertEqual(outcome.code, 0, outcome)
        [file] = baked.iterdir()
        home = self.as_nobody()
        refused = self.bmes('run', entry, env={'BMES_CACHE_DIR': baked})
        self.assertEqual((refused.stdout, refused.code), (b'a 1 { b: 2 }\n', 0))
        self.assertEqual((refused.trace['result'], refused.trace['reason'], refused.trace['detail']), ('refused', 'not_private', f'{baked}: belongs to user 0'))
        declared = {'BMES_CACHE_READONLY': baked, 'BMES_CACHE_DIR': home / 'cache'}
        outcome = self.bmes('run', '--cache=readonly', entry, env=declared)
        self.assert_warm(outcome, 3)
        self.assertEqual((outcome.stdout, outcome.trace['file']), (b'a 1 { b: 2 }\n', str(file)))
        before = file.stat()
        self.bmes('run', entry, env=declared)
        self.assert_settled(self.bmes('run', entry, env=declared), 3)
        self.assertEqual((file.stat().st_mtime_ns, file.stat().st_ctime_ns, file.stat().st_uid), (before.st_mtime_ns, before.st_ctime_ns, 0))
        # What changed since is learned once, in the user's own folder.
        self.write('a.mjs', 'export const a = () => "a 2";')
        self.settle()
        outcome = self.bmes('run', entry, env=declared)
        self.assertEqual((outcome.stdout, outcome.trace['result'], outcome.trace['reason']), (b'a 2 { b: 2 }\n', 'partial', 'source_changed'), outcome)
        outcome = self.bmes('run', entry, env=declared)
        self.assert_warm(outcome, 3)
        self.assertEqual(outcome.trace['file'], str(home / 'cache' / file.name))

    def test_an_entry_of_a_third_user_in_a_declared_folder_is_refused(self):
        entry = self.cached()
        shutil.rmtree(self.cache)
        baked = self.folder / 'baked'
        self.bmes('compile', '--graph', '--into', baked, entry)
        [file] = baked.iterdir()
        home = self.as_nobody()
        declared = {'BMES_CACHE_READONLY': baked, 'BMES_CACHE_DIR': home / 'cache'}
        os.chown(file, 1234, -1)
        outcome = self.bmes('run', '--cache=readonly', entry, env=declared)
        self.assertEqual((outcome.trace['result'], outcome.trace['reason'], outcome.trace['detail']), ('refused', 'not_private', f'{file}: belongs to user 1234'), outcome)
        os.chown(file, 0, -1)
        file.chmod(0o664)
        outcome = self.bmes('run', '--cache=readonly', entry, env=declared)
        self.assertEqual((outcome.trace['reason'], outcome.trace['detail']), ('not_private', f'{file}: others can write to it'), outcome)


class CommandsTest(CacheTest):
    def test_path_is_where_run_looks(self):
        self.assertEqual(self.bmes('cache', 'path').stdout.decode(), f'{self.cache}\n')
        self.assertEqual(self.bmes('cache', 'path', '--dir', 'x').stdout.decode(), f'{self.sources}/x\n')
        self.assertEqual(self.json_of('cache', 'path', env={'BMES_CACHE_READONLY': '/opt/x'}), {'folder': str(self.cache), 'wrong': '', 'readonly': '/opt/x', 'readonly_wrong': ''})

    def test_a_list_names_programs_and_engines(self):
        self.assertEqual(self.bmes('cache', 'list').stdout.decode(), f'0 entries, 0 B in {self.cache}\n')
        entry = self.cached()
        [listed] = self.json_of('cache', 'list')
        self.assertEqual((listed['program'], listed['modules'], listed['file'], listed['bytes'], listed['node'], listed['wrong']),
                         (str(entry), 3, self.entry_file().name, self.entry_file().stat().st_size, False, ''))
        self.assertRegex(listed['engines'][0], '^JavaScriptCore ')
        self.assertLess(abs(listed['used'] - time.time()), 60)
        text = self.bmes('cache', 'list').stdout.decode()
        self.assertRegex(text, r'main\.mjs" +JavaScriptCore +3 +[\d.]+ KB +now +0\n1 entry, ')
        self.assertNotIn('\x1b', text)

    def test_the_last_used_comes_first_and_looking_is_no_use(self):
        for name in 'one.mjs', 'two.mjs':
            self.bmes('run', self.write(name, 'console.log(1);'))
        two = next(e for e in self.json_of('cache', 'list') if e['program'].endswith('two.mjs'))
        self.use_at(self.cache / two['file'], 3)
        for command in 'list', 'verify', 'stats':
            self.bmes('cache', command)
        listed = self.json_of('cache', 'list')
        self.assertEqual([os.path.basename(e['program']) for e in listed], ['one.mjs', 'two.mjs'])
        self.assertIn('3 days', self.bmes('cache', 'list').stdout.decode())
        self.bmes('run', 'two.mjs')
        self.assertLess(time.time() - next(e for e in self.json_of('cache', 'list') if e['program'].endswith('two.mjs'))['used'], 60)

    def test_stats_count(self):
        self.cached()
        stats = self.json_of('cache', 'stats', env={'BMES_CACHE_MAX': '1M'})
        self.assertEqual((stats['entries'], stats['modules'], stats['most_bytes'], stats['unusable'], stats['dead_engines_only'], stats['crashed'], stats['temporary']), (1, 3, 1 << 20, 0, 0, 0, 0))
        self.assertEqual(stats['bytes'], sum(p.stat().st_size for p in self.cache.iterdir()))
        self.assertEqual([e['entries'] for e in stats['engines']], [1])
        self.assertIn('of 512.0 MB', self.bmes('cache', 'stats').stdout.decode())

    def test_starts_are_counted_with_their_reasons_and_bytes(self):
        entry = self.cached()
        for _ in range(3):
            self.assert_warm(self.bmes('run', entry))
        for mode in 'off', 'readonly':
            self.bmes('run', f'--cache={mode}', entry)
        self.write('a.mjs', 'export const a = () => "a 22";')
        self.settle()
        for _ in range(2):
            self.bmes('run', entry)
        [listed] = self.json_of('cache', 'list')
        expected = {'hits': 4, 'misses': {'no_entry': 1, 'source_changed': 1}}
        self.assertEqual({name: listed[name] for name in expected}, expected)
        self.assertEqual((listed['read_bytes'] // 4, listed['written_bytes'] // 2), (listed['bytes'], listed['bytes']))
        self.assertRegex(self.bmes('cache', 'list').stdout.decode(), r'now +4\n')
        self.bmes('run', self.write('other.mjs', ''))
        stats = self.json_of('cache', 'stats')
        self.assertEqual((stats['hits'], stats['misses']), (4, {'no_entry': 2, 'source_changed': 1}))
        self.assertRegex(self.bmes('cache', 'stats').stdout.decode(), r'starts +7, 4 hits \(57\.1 %\)\n  no hits: no_entry +2\n  no hits: source_changed +1\n')

    def test_the_background_counts_too(self):
        entry = self.write_all(self.FILES)
        self.settle()
        self.bmes('run', entry, env=ELSEWHERE)
        settle_until(lambda: [e['misses'] for e in self.json_of('cache', 'list')] == [{'no_entry': 1}])
        self.bmes('run', entry, env=ELSEWHERE)
        self.assertEqual([e['hits'] for e in self.json_of('cache', 'list')], [1])

    def test_of_an_older_entry_one_hit_of_sixteen_counts_for_all(self):
        entry = self.cached()
        self.use_at(self.entry_file(), 0.01)
        hits = lambda: self.json_of('cache', 'list')[0]['hits']
        [counts] = self.cache.glob('*.counts')
        seen, before = set(), counts.stat().st_mtime_ns
        for _ in range(120):
            self.bmes('run', entry, env=ELSEWHERE)
            seen.add(hits() if counts.stat().st_mtime_ns != before else 0)
            before = counts.stat().st_mtime_ns
        # Less than one time in ten thousand none is drawn, or more than 24.
        self.assertIn(hits() // 16, range(1, 25))
        self.assertEqual({n % 16 for n in seen}, {0})

    def test_damaged_counts_count_for_nothing_and_harm_nothing(self):
        entry = self.cached()
        [counts] = self.cache.glob('*.counts')
        for text, hits in (b'\xff' * 5000, 1), (b'hit 99999999999999999999\nhit -1\nhit 3x\nHIT 7\nread_bytes', 1), (b'hit 5\nzzz 2\n', 6), (b'', 1):
            counts.write_bytes(text)
            self.assert_settled(self.bmes('run', entry))
            self.assertEqual(self.json_of('cache', 'list')[0]['hits'], hits, text[:9])
        counts.unlink()
        counts.mkdir()
        self.assert_settled(self.bmes('run', entry))
        self.assertEqual(self.json_of('cache', 'list')[0]['hits'], 0)

    def test_processes_that_count_at_once_lose_little(self):
        entry = self.cached()
        for _ in range(4):
            for process in [subprocess.Popen([os.environ['BMES'], 'run', entry], env=self.environment(**ELSEWHERE), stdout=subprocess.DEVNULL) for _ in range(8)]:
                self.assertEqual(process.wait(timeout=30), 0)
        self.assertIn(self.json_of('cache', 'list')[0]['hits'], range(24, 33))

    def test_verify_finds_damage_in_the_last_byte(self):
        self.cached()
        outcome = self.bmes('cache', 'verify')
        self.assertEqual((outcome.code, outcome.stdout[:4]), (0, b'ok: '), outcome)
        file = self.entry_file()
        good = file.read_bytes()
        for bad, reason in ((good[:-1] + bytes([good[-1] ^ 1]), 'bad_checksum'), (good[:-1], None), (b'', 'empty_entry')):
            file.write_bytes(bad)
            outcome = self.bmes('cache', 'verify')
            self.assertEqual(outcome.code, 1, outcome)
            self.assertIn(file.name.encode(), outcome.stdout)
            [told] = self.json_of('cache', 'verify', code=1)
            self.assertNotEqual(told['wrong'], '')
            if reason:
                self.assertEqual(told['reason'], reason)

    @staticmethod
    def forged(data, old, new):
        """A file of version 4 with other bytes in it, and with the checksums that a writer would have made of them."""
        data = bytearray(data.replace(old, new, 1))
        end = 64 + 40 * int.from_bytes(data[32:36], 'little')
        for at in range(64, end, 40):
            kind, offset, size = (int.from_bytes(data[at + i:at + i + n], 'little') for i, n in ((0, 4), (8, 8), (16, 8)))
            if kind != 14:
                data[at + 32:at + 40] = xxh3.xxh3_64(bytes(data[offset:offset + size])).to_bytes(8, 'little')
        data[16:24] = xxh3.xxh3_64(bytes(data[24:end])).to_bytes(8, 'little')
        return bytes(data)

    def test_an_audit_compiles_again_and_compares(self):
        files = {'main.mjs': 'import a, { b as c } from "./a.mjs"; import * as n from "./n.mjs"; export * from "./n.mjs"; import d from "./d.json" with { type: "json" }; import "./old.cjs"; console.log(a, c, n, d);',
                 'a.mjs': 'export default 1; export const b = () => import.meta.url; const unused = () => 5;', 'n.mjs': 'export { b } from "./a.mjs"; await 0;', 'd.json': '{}', 'old.cjs': 'exports.x = 1;'}
        entry = self.write_all(files)
        self.settle()
        self.bmes('run', entry)
        [told] = self.json_of('cache', 'verify', '--audit', '--sample', '0')
        self.assertEqual(told['audit'], {'compared': 3, 'changed': 0, 'left_out': 2, 'same_code': 2, 'other_code': 1, 'differences': []})
        self.assertEqual(self.json_of('cache', 'verify', '--audit', '--sample', '2')[0]['audit']['differences'], [])
        self.assertRegex(self.bmes('cache', 'verify', '--audit').stdout.decode(), r'compiled 3 modules again: .*\nok: 1 entry')
        self.write('a.mjs', files['a.mjs'] + '//')
        self.assertEqual(self.json_of('cache', 'verify', '--audit')[0]['audit']['changed'], 1)
        self.assertNotIn('audit', self.json_of('cache', 'verify')[0])
        self.assertEqual(self.bmes('cache', 'verify', '--sample', '3').code, 2)

    def test_an_audit_finds_the_same_bytecode_where_all_of_it_was_compiled(self):
        entry = self.write_all({'main.mjs': 'import { f } from "./f.mjs"; console.log(f(2));', 'f.mjs': 'export const f = (x) => x * 2, g = (x) => [x].map((y) => y + 1);'})
        self.bmes('compile', '--graph', entry)
        [told] = self.json_of('cache', 'verify', '--audit')
        self.assertEqual((told['audit']['same_code'], told['audit']['other_code']), (2, 0))

    def test_an_audit_finds_an_entry_that_says_something_else_of_a_source(self):
        entry = self.write_all({'main.mjs': 'import { one } from "./a.mjs"; console.log(one);', 'a.mjs': 'export const one = 1;'})
        self.settle()
        self.bmes('run', entry)
        file = self.entry_file()
        data = file.read_bytes()
        self.assertGreaterEqual(data.count(b'./a.mjs'), 1)
        file.write_bytes(self.forged(data, b'./a.mjs', b'./b.mjs'))
        self.assertEqual(self.bmes('cache', 'verify').code, 0, 'no damage')
        [told] = self.json_of('cache', 'verify', '--audit', code=1)
        self.assertEqual({(d['module'].rpartition('/')[2], d['what']) for d in told['audit']['differences']}, {('main.mjs', 'requests'), ('main.mjs', 'imports'), ('main.mjs', 'edges')}, told)
        outcome = self.bmes('cache', 'verify', '--audit')
        self.assertEqual(outcome.code, 1)
        self.assertIn(b'main.mjs: requests\n    in the file ./b.mjs\n    by the source ./a.mjs\n', outcome.stdout)

    def test_prune_and_clear_take_what_they_say_and_nothing_else(self):
        names = [f'p{i}.mjs' for i in range(5)]
        for name in names:
            self.bmes('run', self.write(name, f'console.log("{name}");'))
        for e in self.json_of('cache', 'list'):
            self.use_at(self.cache / e['file'], 10 * int(re.search(r'p(\d)\.mjs', e['program'])[1]))
        mine = self.cache / 'notes.txt'
        mine.write_text('mine')
        all_files = sorted(self.cache.iterdir())
        would = self.json_of('cache', 'prune', '--max-age', '25d', '--dry-run')
        self.assertEqual((len(would['removed']), would['dry_run'], {r['reason'] for r in would['removed']}), (2, True, {'unused'}))
        self.assertIn(b'would remove 2 files', self.bmes('cache', 'prune', '--max-age=25d', '-n').stdout)
        self.assertEqual(sorted(self.cache.iterdir()), all_files)
        self.assertIn(b'removed 2 files', self.bmes('cache', 'prune', '--max-age', '25d').stdout)
        self.assertEqual([os.path.basename(e['program']) for e in self.json_of('cache', 'list')], names[:3])
        size = sum(p.stat().st_size for p in self.cache.iterdir() if p != mine)
        self.assertEqual({r['reason'] for r in self.json_of('cache', 'prune', '--max-size', str(size - 1))['removed']}, {'least_used'})
        self.assertEqual([os.path.basename(e['program']) for e in self.json_of('cache', 'list')], names[:2])
        self.assertEqual(self.bmes('cache', 'clear').code, 0)
        self.assertEqual(list(self.cache.iterdir()), [mine])
        for wrong in ['--max-size', 'lots'], ['--max-age', '3 weeks']:
            self.assertEqual(self.bmes('cache', 'prune', *wrong).code, 2)

    def test_wrong_usage_ends_with_exit_code_2(self):
        for arguments in ['cache'], ['cache', 'lst'], ['cache', 'list', '--jsn'], ['why'], ['why', 'x', '--check=never'], ['compile', '--into', 'x', 'main.mjs']:
            outcome = self.bmes(*arguments)
            self.assertEqual((outcome.code, outcome.stdout), (2, b''), outcome)
            self.assertNotEqual(outcome.stderr, b'')

    def test_colour_is_for_terminals_that_want_it(self):
        if not shutil.which('script') or not support.has_terminals():
            self.skipTest('needs script(1) and terminals')
        self.cached()
        for extra, coloured in ({}, True), ({'NO_COLOR': '1'}, False), ({'NO_COLOR': ''}, True):
            done = subprocess.run(['script', '-qec', f'{os.environ["BMES"]} cache verify', '/dev/null'], env=self.environment(**extra), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=50)
            self.assertEqual(b'\x1b[32mok' in done.stdout, coloured, done.stdout)


class WhyTest(CacheTest):
    def test_a_program_that_is_not_there_is_told_as_such(self):
        for command in 'why', 'graph':
            outcome = self.bmes(command, self.sources / 'gone.mjs')
            self.assertEqual((outcome.stdout, outcome.stderr, outcome.code), (b'', f'bmes: {self.sources}/gone.mjs: No such file or directory\n'.encode(), 1))

    def test_it_says_what_the_next_run_says(self):
        entry = self.write_all(self.FILES)
        self.settle()

        def check(code, result, reason, warm=True):
            told = self.json_of('why', entry, code=code)
            self.assertEqual((told['result'], told['reason'], told['hit']), (result, reason, code == 0), told)
            if warm:
                trace = self.bmes('run', '--cache=readonly', entry).trace
                self.assertEqual((trace['result'], trace['reason']), (result, reason), trace)
                self.assertEqual(told['file'], trace['file'])
            return told
        check(1, 'miss', 'no_entry')
        self.bmes('run', entry)
        check(0, 'hit', '')
        self.assertIn(b'hit: the next start is a hit', self.bmes('why', entry).stdout)
        file = self.entry_file()
        good = file.read_bytes()

        self.write('a.mjs', 'export const a = () => "a 22";')
        told = check(1, 'partial', 'source_changed')
        [change] = told['changes']
        self.assertEqual((change['path'], change['before']['size'], change['now']['size']), (str(self.sources / 'a.mjs'), 29, 30))
        text = self.bmes('why', entry).stdout.decode()
        self.assertIn(f'module {self.sources}/a.mjs\n    was 29 bytes', text)
        self.assertIn('to do   run it', text)
        self.write('a.mjs', 'export const a = () => "a 2";')
        [change] = check(1, 'partial', 'source_changed')['changes']
        self.assertNotEqual(change['before']['hash'], change['now']['hash'])
        (self.sources / 'a.mjs').unlink()
        self.assertEqual([(c['reason'], c['now']['kind']) for c in self.json_of('why', entry, code=1)['changes']], [('source_missing', 'absent')])
        self.write('a.mjs', self.FILES['a.mjs'])
        self.settle()
        check(0, 'hit', '')
        self.assertIn(b'with other times: 1 file, read now', self.bmes('why', entry).stdout)

        file.chmod(0o666)
        check(1, 'refused', 'not_private')
        file.chmod(0o600)
        file.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        check(1, 'refused', 'bad_checksum')
        file.write_bytes(good)

    def test_a_specifier_that_may_lead_elsewhere_is_named(self):
        entry = self.write_all({'main.mjs': 'import "./dep"; console.log(1);', 'dep.mjs': ''})
        self.settle()
        self.bmes('run', entry)
        self.write('dep.js', '')
        told = self.json_of('why', entry, code=1)
        self.assertEqual((told['reason'], [(c['path'], c['before']['kind'], c['now']['kind']) for c in told['changes']]),
                         ('resolution_changed', [(str(self.sources / 'dep.js'), 'absent', 'file')]), told)

    def test_nothing_is_run_or_written(self):
        entry = self.write('main.mjs', 'console.log("ran");')
        outcome = self.bmes('why', entry)
        self.assertNotIn(b'ran', outcome.stdout)
        self.assertFalse(self.cache.exists())


class BoundsTest(CacheTest):
    def test_the_folder_stays_within_its_bound(self):
        env = {'BMES_CACHE_MAX': '20K'}
        for i in range(12):
            self.bmes('run', self.write(f'p{i}.mjs', f'export const {", ".join(f"v{j} = {i * j}" for j in range(40))}; console.log({i});'), env=env)
            self.assertLessEqual(sum(p.stat().st_size for p in self.cache.iterdir()), 20 * 1024)
        self.assert_warm(self.bmes('run', 'p11.mjs', env=env), 1)
        self.assertGreater(len(list(self.cache.glob('*.cache'))), 1)

    def test_the_background_does_it_too(self):
        for i in range(12):
            self.bmes('run', self.write(f'p{i}.mjs', f'export const {", ".join(f"v{j} = {i * j}" for j in range(40))};'), env={'BMES_TRACE': None, 'BMES_CACHE_MAX': '20K'})
        settle_until(lambda: not [p for p in self.cache.iterdir() if p.suffix in ('.tmp', '.writing')])
        self.assertLessEqual(sum(p.stat().st_size for p in self.cache.iterdir()), 20 * 1024)


class ModesTest(CacheTest):
    def test_without_a_check_nothing_is_looked_at(self):
        entry = self.cached()
        path = self.write('a.mjs', 'export const a = () => "a 2";')
        for arguments, env in ((['--check=none'], {}), ([], {'BMES_CHECK': 'none'})):
            outcome = self.bmes('run', *arguments, entry, env=env)
            self.assertEqual(outcome.stdout, b'a 1 { b: 2 }\n')
            self.assert_settled(outcome, 3)
        path.unlink()
        self.assertEqual(self.bmes('run', '--check', 'none', entry).stdout, b'a 1 { b: 2 }\n')
        path.write_text('export const a = () => "a 2";')
        self.assertEqual(self.bmes('run', '--check', 'stat', entry, env={'BMES_CHECK': 'none'}).stdout, b'a 2 { b: 2 }\n')

    def test_by_hash_sources_are_read_and_hits_are_hits(self):
        entry = self.cached()
        self.settle()
        if shutil.which('strace'):
            for mode, reads in ('stat', 0), ('hash', 1), ('none', 0):
                log = self.folder / f'{mode}.log'
                subprocess.run(['strace', '-f', '-e', 'trace=open,openat,stat,newfstatat', '-o', log, os.environ['BMES'], 'run', f'--check={mode}', entry], env=self.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
                told = log.read_text()
                self.assertEqual(len(re.findall(r'open\w*\([^)]*a\.mjs', told)), reads, told)
                self.assertEqual('a.mjs' in told, mode != 'none', mode)
        self.assert_settled(self.bmes('run', '--check=hash', entry), 3)
        self.write('a.mjs', 'export const a = () => "a 2";')
        outcome = self.bmes('run', '--check=hash', entry)
        self.assertEqual((outcome.stdout, outcome.trace['reason']), (b'a 2 { b: 2 }\n', 'source_changed'), outcome)

    def test_what_is_imported_later_is_checked_in_the_same_way(self):
        entry = self.write_all({'main.mjs': 'console.log((await import(process.argv[2])).default);', 'late.mjs': 'export default 1;'})
        self.settle()
        late = str(self.sources / 'late.mjs')
        self.assert_cold(self.bmes('run', entry, late))
        self.write('late.mjs', 'export default 2;')
        self.assertEqual(self.bmes('run', '--check=none', '--cache=readonly', entry, late).stdout, b'1\n')
        self.assertEqual(self.bmes('run', '--check=hash', '--cache=readonly', entry, late).stdout, b'2\n')
        self.assertEqual(self.bmes('run', entry, late).stdout, b'2\n')

    def test_the_environment_names_modes_and_wrong_ones_are_wrong_usage(self):
        entry = self.cached()
        self.assertEqual(self.bmes('run', entry, env={'BMES_CACHE': 'off'}).trace['result'], 'off')
        self.assertEqual(self.bmes('run', entry, env={'BMES_CACHE': 'refresh'}).trace['reason'], 'refresh')
        self.assertEqual(self.bmes('run', '--cache=auto', entry, env={'BMES_CACHE': 'off'}).trace['result'], 'hit')
        self.write('a.mjs', 'export const a = () => "a 2";')
        self.assertEqual(self.bmes('run', entry, env={'BMES_CACHE': 'readonly'}).trace['written_bytes'], 0)
        for env in {'BMES_CACHE': 'on'}, {'BMES_CHECK': 'size'}:
            outcome = self.bmes('run', entry, env=env)
            self.assertEqual((outcome.code, outcome.stdout), (2, b''), outcome)
            self.assertIn(b'may only be', outcome.stderr)
        script = self.write('script.mjs', f'#!{os.environ["BMES"]}\nconsole.log("script");')
        script.chmod(0o755)
        done = subprocess.run([script], env=self.environment(BMES_CACHE='off'), capture_output=True)
        self.assertEqual((done.stdout, json.loads(done.stderr)['result']), (b'script\n', 'off'))


class CrashTest(CacheTest):
    PROGRAM = {'main.mjs': 'import "./a.mjs"; console.log("before"); console.log("after");', 'a.mjs': ''}

    def setUp(self):
        super().setUp()
        if 'BMES_FAULTS' not in os.environ:
            self.skipTest('BMES_FAULTS is not set: the library of faults.c')

    def crash(self, *arguments, number=signal.SIGSEGV, is_fault=True, env=None):
        """A run that dies when it is about to print "after"."""
        faults = {'LD_PRELOAD': os.environ['BMES_FAULTS'], 'FAULT_CRASH': 'after', **({} if is_fault else {'FAULT_SIGNAL': int(number)}), **(env or {})}
        outcome = self.bmes('run', *arguments, env=faults)
        self.assertEqual((outcome.stdout, outcome.code), (b'before\n', -number), outcome)

    def test_an_entry_is_set_aside_when_a_run_from_it_crashes_and_the_next_one_is_from_sources_once(self):
        entry = self.write_all(self.PROGRAM)
        self.settle()
        for number, is_fault in ((signal.SIGSEGV, True), *((s, False) for s in (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGTRAP, signal.SIGABRT))):
            with self.subTest(signal=number, is_fault=is_fault):
                self.bmes('run', '--cache=refresh', entry)
                self.assert_warm(self.bmes('run', entry), 2)
                self.crash(entry, number=number, is_fault=is_fault)
                self.assertEqual([p.suffix for p in self.files_in(self.cache) if p.suffix != '.engine'], ['.crashed'])
                told = self.json_of('why', entry, code=1)
                self.assertEqual((told['result'], told['reason']), ('miss', 'crashed'))
                self.assertIn(b'it was set aside', self.bmes('why', entry).stdout)
                outcome = self.bmes('run', entry)
                self.assert_cold(outcome, reason='crashed')
                self.assertEqual(outcome.stdout, b'before\nafter\n')
                self.assert_settled(self.bmes('run', entry), 2)
                self.assertEqual([p.suffix for p in self.files_in(self.cache) if p.suffix != '.engine'], ['.cache'])

    def test_a_signal_from_outside_is_no_crash(self):
        entry = self.write('main.mjs', 'console.log("ready"); setInterval(() => {}, 1000);')
        env = self.environment(**ELSEWHERE)
        for round_ in range(2):
            process = subprocess.Popen([os.environ['BMES'], 'run', entry], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual(process.stdout.readline(), b'ready\n')
            process.send_signal(signal.SIGTERM if round_ == 0 else signal.SIGSEGV)
            process.communicate(timeout=20)
            self.assertEqual(process.returncode, -(signal.SIGTERM if round_ == 0 else signal.SIGSEGV))
            settle_until(lambda: list(self.cache.glob('*.cache')))
        self.assertEqual(list(self.cache.glob('*.crashed')), [])

    def test_a_run_that_used_no_entry_sets_none_aside(self):
        entry = self.write_all(self.PROGRAM)
        self.settle()
        self.bmes('run', entry)
        for mode in 'off', 'refresh':
            self.crash(f'--cache={mode}', entry)
            self.entry_file()

    def test_a_crash_with_an_entry_of_a_declared_folder_is_noted_in_the_own_one(self):
        entry = self.write_all(self.PROGRAM)
        self.settle()
        baked = self.folder / 'baked'
        self.assertEqual(self.bmes('compile', '--graph', '--into', baked, entry).code, 0)
        self.cache.mkdir(mode=0o700)
        env = {'BMES_CACHE_READONLY': baked}
        self.crash(entry, env=env)
        [file] = baked.iterdir()
        outcome = self.bmes('run', entry, env=env)
        self.assert_cold(outcome, reason='crashed')
        outcome = self.bmes('run', entry, env=env)
        self.assert_warm(outcome, 2)
        self.assertEqual(outcome.trace['file'], str(self.cache / file.name))


class GraphTest(CacheTest):
    def test_it_makes_the_entry_that_a_run_finds(self):
        entry = self.write_all(self.FILES)
        self.settle()
        plain = self.bmes('run', '--cache=off', entry)
        outcome = self.bmes('compile', '--graph', 'main.mjs')
        self.assertEqual((outcome.code, outcome.stderr), (0, b''), outcome)
        self.assertRegex(outcome.stdout.decode(), rf'^main\.mjs: 3 modules, \d+ B of sources, in {self.entry_file()} of [\d.]+ KB, ')
        warm = self.bmes('run', entry)
        self.assertEqual(warm.stdout, plain.stdout)
        self.assert_settled(warm, 3)

    def test_what_is_for_others_depends_on_the_sources_alone_and_all_can_read_it(self):
        entry = self.write_all(self.FILES)
        places = [self.folder / 'one', self.folder / 'two']
        for place in places:
            os.utime(self.sources / 'a.mjs', (len(place.name), 1000 + len(str(place)) + places.index(place)))
            self.assertEqual(self.bmes('compile', '--graph', '--into', place, entry).code, 0)
            self.write('a.mjs', self.FILES['a.mjs'])
        files = [next(place.iterdir()) for place in places]
        self.assertEqual(files[0].read_bytes(), files[1].read_bytes())
        self.assertEqual((files[0].stat().st_mode & 0o777, places[0].stat().st_mode & 0o777), (0o644, 0o755))
        # And it is not another one the second time.
        before = files[0].read_bytes()
        self.assertEqual(self.bmes('compile', '--graph', '--into', places[0], entry).code, 0)
        self.assertEqual(files[0].read_bytes(), before)
        self.assertEqual(self.json_of('why', entry, env={'BMES_CACHE_READONLY': places[0]})['file'], str(files[0]))

    def test_a_package_starts_from_it(self):
        folder = support.PACKAGES / 'lodash-es'
        entry = self.write('main.mjs', f'import _ from "{folder}/lodash.js"; console.log(_.chunk([1, 2, 3], 2));')
        self.settle()
        self.assertEqual(self.bmes('compile', '--graph', entry).code, 0)
        warm = self.bmes('run', entry)
        self.assertEqual((warm.stdout, warm.trace['result'], warm.trace['modules']), (b'[ [ 1, 2 ], [ 3 ] ]\n', 'hit', 641), warm)
        self.assertGreaterEqual(warm.trace['hits'], 635, 'but for functions that turn out to be constructors')

    def test_what_a_run_learned_stays(self):
        entry = self.write_all({'main.mjs': 'if (process.argv[2]) await import("./late.mjs"); console.log(1);', 'late.mjs': 'export const a = 1;'})
        self.settle()
        self.bmes('run', entry, 'x')
        self.assertEqual(self.bmes('compile', '--graph', entry).code, 0)
        self.assert_warm(self.bmes('run', entry, 'x'), 2)

    def test_a_mistake_is_told_and_nothing_is_written(self):
        for text, told in (('import "./gone.mjs";', "Cannot find module '"), ('let a; let a;', 'SyntaxError: '), ('import "./data.txt";', 'data.txt')):
            self.write('main.mjs', text)
            outcome = self.bmes('compile', '--graph', 'main.mjs')
            self.assertEqual((outcome.code, outcome.stdout), (1, b''), outcome)
            self.assertIn(told, outcome.stderr.decode())
            self.assertFalse(self.cache.exists())


if __name__ == '__main__':
    support.main()
