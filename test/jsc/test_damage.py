#!/usr/bin/env python3
"""Whatever lies in the place of a cache file, the program runs as it should and the file is made anew."""

import os
import random
import resource
import shutil
import signal
import struct
import subprocess
import sys
import unittest
from pathlib import Path

import support

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import xxh3

FILES = {
    'main.mjs': 'import { greet } from "./greet.mjs"; import * as numbers from "./numbers.mjs"; import data from "./data.json" with { type: "json" };'
                'console.log(greet("é"), Object.keys(numbers).join(), data); setTimeout(() => process.exit(7), 1);',
    'greet.mjs': 'export function greet(name) { return `hello ${name}`; } export default class Greeter { greet() { return greet("you"); } }',
    'numbers.mjs': 'export const one = 1, two = 2; export * from "./greet"; export * as inner from "./greet.mjs"; await 0;',
    'data.json': '{"a": [1]}',
}
PRINTS = b'hello \xc3\xa9 greet,inner,one,two { a: [ 1 ] }\n'
MODULES, ENGINES, PAYLOADS = 3, 10, 12  # kinds of sections
NOT_JAVA_SCRIPT = 2  # a module's reason


def sections(data):
    """Kind, offset and size of every section, and the end of the directory (docs/format.md, "Version 4")."""
    header_size, _, count = struct.unpack_from('<III', data, 24)
    rows = [struct.unpack_from('<IIQQ', data, header_size + i * 40) for i in range(count)]
    return [(kind, offset, size) for kind, _, offset, size in rows], header_size + count * 40


def with_right_checksums(data):
    data = bytearray(data)
    found, directory_end = sections(data)
    for i, (kind, offset, size) in enumerate(found):
        at = 64 + i * 40 + 32
        if data[at:at + 8] != bytes(8):
            data[at:at + 8] = struct.pack('<Q', xxh3.xxh3_64(bytes(data[offset:offset + size])))
    data[16:24] = struct.pack('<Q', xxh3.xxh3_64(bytes(data[24:directory_end])))
    return bytes(data)


class DamageTest(support.CommandTest):
    def setUp(self):
        super().setUp()
        self.entry = self.write_all(FILES)
        self.settle()

    def cached(self):
        """Makes the cache; its file."""
        self.assert_cold(self.bmes('run', self.entry))
        self.assert_warm(self.bmes('run', self.entry), 4)
        return self.entry_file()

    def become_nobody(self):
        """From here on the command runs as a user whom modes keep out: root they don't."""
        if os.geteuid() != 0:
            return
        for path in [self.folder, *self.folder.rglob('*')]:
            os.chown(path, support.NOBODY, support.NOBODY)
        self.run_as_nobody()

    def assert_runs(self, outcome):
        self.assertEqual((outcome.stdout, outcome.stderr, outcome.code), (PRINTS, b'', 7), outcome)

    def assert_no_temporary_files(self):
        self.assertEqual([p for p in self.folder.rglob('*.tmp')], [])

    def check_replaced(self, file, reason=None):
        """The file is not used, the program runs all the same, and the next run is a hit. The reason."""
        outcome = self.bmes('run', self.entry)
        self.assert_runs(outcome)
        self.assertIn(outcome.trace['result'], ('refused', 'stale'), outcome)
        self.assertEqual((outcome.trace['hits'], outcome.trace['parsed']), (0, 3), outcome)
        self.assertNotEqual(outcome.trace['reason'], '')
        if reason:
            self.assertEqual(outcome.trace['reason'], reason, outcome)
        self.assert_no_temporary_files()
        warm = self.bmes('run', self.entry)
        self.assert_runs(warm)
        self.assert_warm(warm, 4)
        self.assertTrue(file.is_file() and not file.is_symlink())
        self.assertEqual(file.stat().st_mode & 0o7777, 0o600)
        return outcome.trace['reason']

    def check_kept(self, reason, *arguments, env=None):
        """Nothing can be written, the program runs all the same, and the trace says why."""
        outcome = self.bmes('run', *arguments, self.entry, env=env)
        self.assert_runs(outcome)
        self.assertEqual((outcome.trace['reason'], outcome.trace['written_bytes'], outcome.trace['hits']), (reason, 0, 0), outcome)
        self.assertNotEqual(outcome.trace['detail'], '')
        self.assert_no_temporary_files()
        return outcome

    # Bytes

    def test_a_module_said_to_be_json_that_is_none_comes_from_its_source(self):
        file = self.cached()
        good = file.read_bytes()
        _, offset, size = next(s for s in sections(good)[0] if s[0] == MODULES)
        reasons = [offset + i * 84 + 48 for i in range(size // 84)]
        self.assertEqual(sorted(good[at] for at in reasons), [0, 0, 0, NOT_JAVA_SCRIPT])
        for at in reasons:
            if good[at] == 0:
                bad = bytearray(good)
                bad[at] = NOT_JAVA_SCRIPT
                file.write_bytes(with_right_checksums(bad))
                outcome = self.bmes('run', '--cache=readonly', self.entry)
                self.assert_runs(outcome)
                self.assertEqual((outcome.trace['result'], outcome.trace['reason'], outcome.trace['parsed']), ('partial', 'incomplete_graph', 1), outcome)

    def test_a_payload_of_another_module_is_refused_and_its_module_compiled(self):
        file = self.cached()
        good = file.read_bytes()
        self.assertEqual(with_right_checksums(good), good)
        _, offset, size = next(s for s in sections(good)[0] if s[0] == PAYLOADS)
        self.assertEqual(size, 3 * 8)
        for first, second in ((0, 1), (1, 2), (0, 2)):
            bad = bytearray(good)
            a, b = offset + first * 8 + 4, offset + second * 8 + 4
            bad[a:a + 4], bad[b:b + 4] = good[b:b + 4], good[a:a + 4]
            file.write_bytes(with_right_checksums(bad))
            outcome = self.bmes('run', '--cache=readonly', self.entry)
            self.assert_runs(outcome)
            self.assertEqual((outcome.trace['result'], outcome.trace['refused'], outcome.trace['hits'], outcome.trace['parsed']), ('hit', 2, 2, 2), outcome)
        outcome = self.bmes('run', self.entry)
        self.assert_runs(outcome)
        self.assertGreater(outcome.trace['written_bytes'], 0)
        self.assert_settled(self.bmes('run', self.entry), 4)

    def test_no_flipped_byte_gets_through(self):
        file = self.cached()
        good = file.read_bytes()
        found, directory_end = sections(good)
        self.assertGreaterEqual(len(found), 12, 'the program should have rows of every kind')
        self.assertEqual(max(offset + size for _, offset, size in found), len(good))
        chance = random.Random(4)
        places = set(range(0, 64, 3)) | {chance.randrange(64, directory_end) for _ in range(24)}
        for _, offset, size in found:
            places |= {offset, offset + size - 1} | {offset + chance.randrange(size) for _ in range(6)}
        places |= {chance.randrange(len(good)) for _ in range(220 - len(places))}
        reasons = {}
        for place in sorted(places):
            with self.subTest(place=place):
                bad = bytearray(good)
                bad[place] ^= chance.choice((0x01, 0x80, 0xff))
                file.write_bytes(bad)
                reason = self.check_replaced(file)
                reasons[reason] = reasons.get(reason, 0) + 1
        self.assertGreater(reasons.get('bad_checksum', 0), 100, reasons)
        self.assertGreaterEqual(len(places), 200)

    def test_no_truncated_file_gets_through(self):
        file = self.cached()
        good = file.read_bytes()
        found, directory_end = sections(good)
        sizes = {1, 7, 8, 63, 64, directory_end - 1, directory_end, len(good) - 1} | {offset for _, offset, _ in found}
        sizes |= set(random.Random(4).sample(range(1, len(good)), 52 - len(sizes)))
        for size in sorted(sizes):
            with self.subTest(size=size):
                file.write_bytes(good[:size])
                self.check_replaced(file)

    def test_bytes_after_the_end_are_refused(self):
        file = self.cached()
        file.write_bytes(file.read_bytes() + b'\0')
        self.check_replaced(file)

    def test_foreign_files_are_refused(self):
        file = self.cached()
        good = file.read_bytes()
        for content, reason in ((b'', 'empty_entry'), (b'#!/bin/sh\necho no\n' * 30, 'bad_magic'), (bytes(len(good)), 'bad_magic'),
                                (b'SEMB' + struct.pack('<I', 5) + good[8:], 'unsupported_version'), (good[:4] + struct.pack('<I', 1) + bytes(20), None),
                                (random.Random(1).randbytes(len(good)), 'bad_magic')):
            with self.subTest(content=content[:20]):
                file.write_bytes(content)
                self.check_replaced(file, reason)

    def test_the_cache_of_another_program_is_refused(self):
        # Its modules are fresh, and none of them is this program's entry.
        file = self.cached()
        other = self.write('other.mjs', 'console.log("other");')
        self.settle()
        self.assert_cold(self.bmes('run', other))
        [theirs] = [p for p in self.cache.glob('*.cache') if p != file]
        shutil.copy(theirs, file)
        for _ in range(2):
            self.assert_runs(self.bmes('run', self.entry))
        self.assert_warm(self.bmes('run', self.entry), 4)

    def test_the_cache_of_another_engine_lacks_code_and_keeps_what_it_has(self):
        file = self.cached()
        good = file.read_bytes()
        [offset] = [offset for kind, offset, _ in sections(good)[0] if kind == ENGINES]
        bad = bytearray(good)
        bad[offset] ^= 1  # the first byte of the fingerprint
        file.write_bytes(with_right_checksums(bad))
        outcome = self.bmes('run', self.entry)
        self.assert_runs(outcome)
        # JSON is for every engine.
        trace = outcome.trace
        self.assertEqual((trace['result'], trace['reason'], trace['hits'], trace['parsed']), ('partial', 'engine_mismatch', 1, 3), outcome)
        warm = self.bmes('run', self.entry)
        self.assert_runs(warm)
        self.assert_warm(warm, 4)
        [size] = [size for kind, _, size in sections(file.read_bytes())[0] if kind == ENGINES]
        self.assertEqual(size, 2 * 20)

    # What is no file, or not ours

    def test_a_link_in_the_place_of_the_file_is_not_followed(self):
        file = self.cached()
        elsewhere = self.folder / 'elsewhere'
        file.rename(elsewhere)
        before = elsewhere.read_bytes()
        file.symlink_to(elsewhere)
        self.check_replaced(file, 'unreadable')
        self.assertEqual(elsewhere.read_bytes(), before)

    def test_a_named_pipe_in_the_place_of_the_file_blocks_nobody(self):
        file = self.cached()
        file.unlink()
        os.mkfifo(file)
        self.check_replaced(file, 'not_a_file')

    def test_a_file_that_others_can_write_is_not_trusted(self):
        file = self.cached()
        for mode in 0o620, 0o602, 0o666:
            file.chmod(mode)
            self.check_replaced(file, 'not_private')

    @unittest.skipUnless(os.geteuid() == 0, 'needs root, to give a file away')
    def test_a_file_of_somebody_else_is_not_trusted(self):
        file = self.cached()
        os.chown(file, 65534, -1)
        self.check_replaced(file, 'not_private')

    def test_an_unreadable_file_is_replaced(self):
        self.become_nobody()
        file = self.cached()
        file.chmod(0)
        self.check_replaced(file, 'unreadable')

    def test_a_folder_in_the_place_of_the_file_stays(self):
        file = self.cached()
        file.unlink()
        (file / 'inside').mkdir(parents=True)
        for _ in range(2):
            outcome = self.check_kept('not_a_file')
            self.assertEqual(outcome.trace['result'], 'refused', outcome)
        self.assertTrue((file / 'inside').is_dir())

    # Places that can't be written

    def test_a_file_in_the_way_of_the_folder_is_no_error(self):
        in_the_way = self.folder / 'file'
        in_the_way.write_text('precious')
        self.check_kept('no_entry', '--cache-dir', in_the_way)
        self.check_kept('no_entry', '--cache-dir', in_the_way / 'deep/er')
        self.check_kept('no_entry', '--cache-dir', '/dev/null/x')
        self.assertEqual(in_the_way.read_text(), 'precious')

    def test_a_folder_that_cannot_be_written_is_no_error(self):
        self.cache.mkdir(mode=0o500)
        self.become_nobody()
        self.check_kept('no_entry')

    def test_a_limit_on_the_size_of_files_is_no_error(self):
        def limited():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        for _ in range(2):
            outcome = self.bmes('run', self.entry, preexec_fn=limited)
            self.assert_runs(outcome)
            self.assertEqual((outcome.trace['result'], outcome.trace['written_bytes']), ('miss', 0), outcome)
            self.assertEqual(self.files_in(self.cache), [])

    def test_a_full_disk_is_no_error(self):
        disk = self.folder / 'disk'
        disk.mkdir()
        if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=8k', 'none', str(disk)], stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest('needs the right to mount a file system')
        try:
            outcome = self.bmes('run', '--cache-dir', disk / 'cache', self.entry)
            self.assert_runs(outcome)
            self.assertEqual((outcome.trace['result'], outcome.trace['written_bytes']), ('miss', 0), outcome)
            self.assertIn('No space', outcome.trace['detail'])
            self.assertEqual(self.files_in(disk / 'cache'), [])
        finally:
            subprocess.run(['umount', '-l', str(disk)], check=True)

    def test_a_good_file_survives_a_failed_write(self):
        file = self.cached()
        good = file.read_bytes()
        self.write('greet.mjs', FILES['greet.mjs'] + '\n')

        def limited():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        self.assert_runs(self.bmes('run', self.entry, preexec_fn=limited))
        self.assertEqual(self.entry_file().read_bytes(), good)
        self.write('greet.mjs', FILES['greet.mjs'])
        self.assert_warm(self.bmes('run', self.entry), 4)

    def test_what_a_dead_writer_left_is_removed(self):
        self.cache.mkdir()
        old, new, other = (self.cache / name for name in ('aa.cache.1.tmp', 'bb.cache.2.tmp', 'notes.txt'))
        for path in old, new, other:
            path.write_text('x')
        for path in old, other:
            os.utime(path, (1, 1))
        self.bmes('run', self.entry)
        self.assertEqual((old.exists(), new.exists(), other.exists()), (False, True, True))
        new.unlink()


if __name__ == '__main__':
    support.main()
