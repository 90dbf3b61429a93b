#!/usr/bin/env python3
"""Each call of the store fails once, in each way that it can: the program prints what it prints without a cache and ends as it does
then, nothing is left behind, and the next start is as it would have been.

With --all each call fails in all ways; else in one, another one for each call.
"""

import errno
import os
import shutil
import sys
import time

import support

ERRORS = {
    'open': (errno.EMFILE, errno.EACCES, errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT, errno.ENFILE), 'mkdir': (errno.EROFS, errno.ENOSPC, errno.EACCES, errno.EDQUOT),
    'write': (0, errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG), 'rename': (errno.EXDEV, errno.EIO, errno.ENOSPC, errno.ENOENT, errno.EACCES), 'unlink': (errno.EROFS, errno.EBUSY, errno.ENOENT),
    'stat': (errno.EACCES, errno.EIO, errno.ENOENT), 'fstat': (errno.EIO,), 'fstatat': (errno.EIO, errno.ENOENT), 'flock': (errno.ENOLCK, errno.EINTR), 'access': (errno.EIO,), 'readlink': (errno.ENOENT,), 'pread': (errno.EIO,), 'pwrite': (0, errno.ENOSPC, errno.EDQUOT),
    'futimens': (errno.EPERM, errno.EROFS), 'opendir': (errno.EMFILE, errno.EACCES), 'read': (errno.EIO,), 'mmap': (errno.ENOMEM, errno.ENODEV), 'fork': (errno.EAGAIN,),
}
ALL = '--all' in sys.argv
if ALL:
    sys.argv.remove('--all')


class StoreFaultsTest(support.CommandTest):
    def setUp(self):
        super().setUp()
        if 'BMES_FAULTS' not in os.environ:
            self.skipTest('BMES_FAULTS is not set: the library of faults.c')
        self.entry = self.write_all({'main.mjs': 'import { a } from "./a.mjs"; console.log("out", a()); console.error("err"); process.exitCode = 3;', 'a.mjs': 'export const a = () => "a";'})
        # Packed on the disk: another way into memory.
        self.large = self.write('large.mjs', ''.join(f'export const f{i} = (a) => a + {i}; f{i}(1);\n' for i in range(1500)) + 'console.log("out a"); console.error("err"); process.exitCode = 3;')
        self.settle()
        self.log = self.folder / 'calls'
        self.kept = self.folder / 'kept'

    def run_with(self, entry, number=0, error=0, from_then_on=False, **changes):
        self.log.unlink(missing_ok=True)
        env = {'LD_PRELOAD': os.environ['BMES_FAULTS'], 'FAULT_FOLDER': self.cache, 'FAULT_LOG': self.log, 'FAULT_AT': number, 'FAULT_ERRNO': error}
        return self.bmes('run', entry, env={**env, **({'FAULT_FROM': 1} if from_then_on else {}), **changes})

    def put_back(self):
        shutil.rmtree(self.cache, ignore_errors=True)
        if self.kept.exists():
            shutil.copytree(self.kept, self.cache)

    def assert_nothing_is_left(self):
        # Another process may not be done yet.
        deadline = time.monotonic() + 10
        while (left := list(self.cache.glob('*.tmp'))) and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual(left, [])

    def check(self, entry, prepare=lambda: None, **changes):
        plain = self.bmes('run', '--cache=off', entry)
        shutil.rmtree(self.kept, ignore_errors=True)
        prepare()
        if self.cache.exists():
            shutil.move(self.cache, self.kept)
        self.put_back()
        self.assert_seen(self.run_with(entry, **changes), plain)
        calls = self.log.read_text().split()
        self.assertGreater(len(calls), 3, calls)
        tried = 0
        for number, call in enumerate(calls, 1):
            for error in ERRORS[call] if ALL else (ERRORS[call][number % len(ERRORS[call])],):
                for from_then_on in (False, True):
                    with self.subTest(call=call, number=number, error=errno.errorcode.get(error, 'short'), from_then_on=from_then_on):
                        tried += 1
                        self.put_back()
                        outcome = self.run_with(entry, number, error, from_then_on and error != 0, **changes)
                        self.assert_seen(outcome, plain)
                        if not from_then_on and call != 'unlink':
                            self.assert_nothing_is_left()
                        again = self.bmes('run', entry)
                        self.assert_seen(again, plain)
                        self.assert_warm(self.bmes('run', '--cache=readonly', entry))
        return calls

    def test_a_first_start(self):
        calls = self.check(self.entry)
        for call in 'mkdir', 'open', 'flock', 'write', 'rename', 'opendir', 'stat':
            self.assertIn(call, calls)

    def test_a_hit(self):
        calls = self.check(self.entry, lambda: self.bmes('run', self.entry))
        self.assertEqual([c for c in calls if c in ('write', 'rename', 'mkdir', 'unlink', 'futimens')], [], 'a hit changes nothing but a count')
        self.assertEqual(calls.count('pwrite'), 1)

    def test_a_hit_of_a_packed_entry(self):
        self.assertIn('mmap', self.check(self.large, lambda: self.bmes('run', self.large)))

    def test_an_entry_to_be_replaced_in_a_folder_that_is_too_full(self):
        def prepare():
            for name in 'one', 'two':
                other = self.write(f'{name}.mjs', f'console.log("{name}");')
                self.bmes('run', other)
            self.bmes('run', self.entry)
            self.write('a.mjs', 'export const a = () => "a" + "";')
            self.settle()
        calls = self.check(self.entry, prepare, BMES_CACHE_MAX='6K')
        self.assertIn('unlink', calls)

    def test_a_process_that_writes_behind_the_program(self):
        self.check(self.entry, BMES_TRACE=None)


if __name__ == '__main__':
    support.main()
