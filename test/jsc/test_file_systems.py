#!/usr/bin/env python3
"""Sources and caches on file systems that are unlike each other: whole seconds, no owners, read-only images, layers; and clocks that go back.

What can't be mounted here is skipped, and said to be.
"""

import os
import shutil
import subprocess
import sys
import time

import support

PROGRAM = {'main.mjs': 'import { a } from "./a.mjs"; import "./sub/b.mjs"; console.log(a());', 'a.mjs': 'export const a = () => "a 1";', 'sub/b.mjs': 'console.log("b 1");'}
MEGABYTES = 4


class ProgramTest(support.CommandTest):
    def put_program(self, folder):
        for name, text in PROGRAM.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return folder / 'main.mjs'

    def check_out(self, outcome, a=1, b=1):
        self.assertEqual((outcome.stdout, outcome.stderr, outcome.code), (f'b {b}\na {a}\n'.encode(), b'', 0), outcome)


class FileSystemTest(ProgramTest):
    def skip(self, why):
        print(f'\nSKIPPED: {self.id()}: {why}', file=sys.stderr)
        self.skipTest(why)

    def mount(self, where, *arguments):
        where.mkdir(exist_ok=True)
        done = subprocess.run(['mount', *map(str, arguments), str(where)], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            self.skip(f'no mount -t {arguments[1]} here: {done.stderr.decode().splitlines()[:1]}')
        self.addCleanup(subprocess.run, ['umount', '-l', str(where)], stderr=subprocess.DEVNULL)
        return where

    def unmount(self, where):
        subprocess.run(['umount', str(where)], check=True)

    def image(self, *maker):
        """A file with a file system of its own."""
        if not shutil.which(maker[0]):
            self.skip(f'needs {maker[0]}')
        image = self.folder / 'image'
        with open(image, 'wb') as file:
            file.truncate(MEGABYTES << 20)
        subprocess.run([*maker, str(image)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return image

    def check_all(self, disk):
        """Sources and cache on `disk`: hits, edits that leave the size as it was, and the commands."""
        entry = self.put_program(disk / 'app')
        env = {'BMES_CACHE_DIR': disk / 'cache'}
        outcome = self.bmes('run', entry, env=env)
        self.check_out(outcome)
        self.assert_cold(outcome)
        for n in range(2, 6):
            for _ in range(2):
                outcome = self.bmes('run', entry, env=env)
                self.check_out(outcome, a=n - 1)
                self.assert_warm(outcome, 3)
            (entry.parent / 'a.mjs').write_text(PROGRAM['a.mjs'].replace('a 1', f'a {n}'))
            outcome = self.bmes('run', entry, env=env)
            self.check_out(outcome, a=n)
            self.assertEqual((outcome.trace['result'], outcome.trace['hits']), ('partial', 2), outcome)
        self.check_out(self.bmes('run', entry, env={**env, 'BMES_TRACE': None}), a=5)
        for command in ('list',), ('verify', '--audit'), ('stats',), ('prune', '--max-size', '1'):
            outcome = self.bmes('cache', *command, env=env)
            self.assertEqual((outcome.code, outcome.stderr), (0, b''), outcome)
        self.assertEqual(list((disk / 'cache').glob('*.cache')), [])

    def test_ext4_with_whole_seconds(self):
        self.check_all(self.mount(self.folder / 'disk', '-t', 'ext4', '-o', 'loop', self.image('mkfs.ext4', '-q', '-I', '128')))
        self.assertEqual({p.stat().st_mtime_ns % 10**9 for p in (self.folder / 'disk/app').iterdir()}, {0})

    def test_vfat(self):
        self.check_all(self.mount(self.folder / 'disk', '-t', 'vfat', '-o', f'loop,uid={os.geteuid()},umask=077', self.image('mkfs.vfat')))

    def test_vfat_whose_files_are_all_peoples(self):
        disk = self.mount(self.folder / 'disk', '-t', 'vfat', '-o', 'loop,umask=000', self.image('mkfs.vfat'))
        entry = self.put_program(disk / 'app')
        for _ in range(2):
            outcome = self.bmes('run', entry, env={'BMES_CACHE_DIR': disk / 'cache'})
            self.check_out(outcome)
            self.assertEqual((outcome.trace['hits'], outcome.trace['written_bytes']), (0, 0), outcome)
        self.assertEqual(outcome.trace['reason'], 'not_private')

    def test_tmpfs(self):
        self.check_all(self.mount(self.folder / 'disk', '-t', 'tmpfs', 'none'))

    def overlay(self, where, lower, writable):
        return self.mount(where, '-t', 'overlay', '-o', f'lowerdir={lower},upperdir={writable / "upper"},workdir={writable / "work"}', 'none')

    def test_overlays(self):
        # An overlay on an overlay is one too many in places: what can be written is in memory.
        writable = self.mount(self.folder / 'writable', '-t', 'tmpfs', 'none')
        for name in 'lower', 'upper', 'work':
            (writable / name).mkdir()
        self.check_all(self.overlay(self.folder / 'disk', writable / 'lower', writable))

    def test_an_overlay_that_is_mounted_again_has_hits_and_what_is_copied_up_is_seen(self):
        writable = self.mount(self.folder / 'writable', '-t', 'tmpfs', 'none')
        for name in 'lower', 'upper', 'work':
            (writable / name).mkdir()
        self.put_program(writable / 'lower/app')
        disk = self.overlay(self.folder / 'disk', writable / 'lower', writable)
        entry, env = disk / 'app/main.mjs', {'BMES_CACHE_DIR': disk / 'cache'}
        self.settle()
        self.assert_cold(self.bmes('run', entry, env=env))
        self.unmount(disk)
        self.overlay(disk, writable / 'lower', writable)
        outcome = self.bmes('run', entry, env=env)
        self.check_out(outcome)
        self.assert_warm(outcome, 3)
        # In the layer above, of the same size and with the same time of modification.
        source = disk / 'app/a.mjs'
        before = source.stat()
        source.write_text(PROGRAM['a.mjs'].replace('a 1', 'a 2'))
        os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
        self.check_out(self.bmes('run', entry, env=env), a=2)

    def test_a_read_only_image_with_a_cache_in_it(self):
        app = self.folder / 'app'
        entry = self.put_program(app)
        self.assertEqual(self.bmes('compile', '--graph', '--into', app / 'cache', entry).code, 0)
        image = self.folder / 'image'
        if not shutil.which('mksquashfs'):
            self.skip('needs mksquashfs')
        subprocess.run(['mksquashfs', str(app), str(image), '-quiet', '-no-progress'], check=True, stdout=subprocess.DEVNULL)
        shutil.rmtree(app)
        self.mount(app, '-t', 'squashfs', '-o', 'loop', image)
        for env in {'BMES_CACHE_READONLY': app / 'cache'}, {'BMES_CACHE_READONLY': app / 'cache', 'BMES_CHECK': 'none'}, {'BMES_CACHE_READONLY': app / 'cache', 'BMES_CACHE_DIR': app / 'own'}:
            for _ in range(2):
                outcome = self.bmes('run', entry, env=env)
                self.check_out(outcome)
                self.assert_warm(outcome, 3)
        # As the own folder it can be read, and that is all.
        outcome = self.bmes('run', entry, env={'BMES_CACHE_DIR': app / 'cache'})
        self.check_out(outcome)
        self.assert_settled(outcome, 3) if outcome.trace['result'] == 'hit' else self.assertEqual(outcome.trace['written_bytes'], 0)
        outcome = self.bmes('run', entry, env={'BMES_CACHE_DIR': app / 'new'})
        self.check_out(outcome)
        self.assertEqual((outcome.trace['result'], outcome.trace['written_bytes']), ('miss', 0), outcome)
        self.check_out(self.bmes('run', entry, env={'BMES_CACHE_DIR': app / 'new', 'BMES_TRACE': None}))


class ClockTest(ProgramTest):
    """A clock that went back: there are times that are still to come."""

    def setUp(self):
        super().setUp()
        self.entry = self.put_program(self.sources)

    def give_times(self, paths, seconds):
        for path in paths:
            os.utime(path, (time.time() + seconds, time.time() + seconds))

    def test_sources_of_times_to_come_are_hits_and_edits_are_seen(self):
        for ahead in 30, 86400, 20 * 365 * 86400:
            with self.subTest(ahead=ahead):
                self.put_program(self.sources)
                self.give_times(self.sources.rglob('*.mjs'), ahead)
                shutil.rmtree(self.cache, ignore_errors=True)
                self.assert_cold(self.bmes('run', self.entry))
                for _ in range(2):
                    outcome = self.bmes('run', self.entry)
                    self.check_out(outcome)
                    self.assert_warm(outcome, 3)
                source = self.sources / 'a.mjs'
                before = source.stat()
                source.write_text(PROGRAM['a.mjs'].replace('a 1', 'a 2'))
                os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
                self.check_out(self.bmes('run', self.entry), a=2)
                # Edited again when the clock is right: an earlier time is another time.
                source.write_text(PROGRAM['a.mjs'].replace('a 1', 'a 3'))
                self.check_out(self.bmes('run', self.entry), a=3)

    def test_an_entry_of_a_time_to_come_is_used_replaced_and_removed(self):
        self.settle()
        self.assert_cold(self.bmes('run', self.entry))
        self.give_times(self.cache.iterdir(), 40 * 86400)
        for _ in range(3):
            self.assert_settled(self.bmes('run', self.entry), 3)
        self.assertIn(b' now ', self.bmes('cache', 'list').stdout)
        self.assertEqual(self.bmes('cache', 'verify').code, 0)
        self.assertIn(b'removed 0 files', self.bmes('cache', 'prune', '--max-age', '1s').stdout)
        (self.sources / 'a.mjs').write_text(PROGRAM['a.mjs'].replace('a 1', 'a 2'))
        self.settle()
        self.check_out(self.bmes('run', self.entry), a=2)
        self.assertLess(self.entry_file().stat().st_mtime, time.time() + 10)
        self.assert_warm(self.bmes('run', self.entry), 3)

    def test_what_was_left_behind_in_times_to_come_is_in_nobodys_way(self):
        self.cache.mkdir(mode=0o700)
        self.settle()
        self.bmes('run', self.entry)
        key = self.entry_file().stem
        for suffix in '.writing', '.cache.1.tmp', '.crashed':
            (self.cache / (key + suffix)).write_bytes(b'x')
        self.give_times(self.cache.iterdir(), 86400)
        self.entry_file().unlink()
        self.check_out(self.bmes('run', self.entry, env={'BMES_CACHE_MAX': '8K'}))
        self.assert_settled(self.bmes('run', self.entry, env={'BMES_CACHE_MAX': '8K'}), 3)


if __name__ == '__main__':
    support.main()
