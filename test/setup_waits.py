"""scripts/setup in a tree of its own, with an apt-get that does what a test tells it to."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

root = pathlib.Path(__file__).resolve().parent.parent
busy = 'E: Could not get lock {}. It is held by process 4711 (unattended-upgr)'


class setup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        shutil.copytree(root / 'scripts', self.path / 'scripts')
        for folder in '.', 'host':
            (self.path / folder / 'node_modules').mkdir(parents=True)
            for copy in 'package-lock.json', 'node_modules/.bmes-lock':
                shutil.copy(root / folder / 'package-lock.json', self.path / folder / copy)

    def run_setup(self, answers, job='demo'):
        """The exit code, and what was said. `answers` has what each call of apt-get says; '' is success."""
        programs = self.path / 'bin'
        programs.mkdir()
        for i, answer in enumerate(answers):
            (self.path / f'answer{i}').write_text(answer)
        self.put(programs / 'dpkg-query', 'exit 1')
        self.put(programs / 'apt-get', f'''cd {self.path}
echo "$*" >>calls
answer=answer$(($(wc -l <calls) - 1))
cat $answer >&2
[ ! -s $answer ] || exit 100''')
        done = subprocess.run([self.path / 'scripts/setup', job], env=os.environ | {'PATH': f'{programs}:{os.environ["PATH"]}'},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        self.calls = (self.path / 'calls').read_text().splitlines()
        return done.returncode, done.stdout

    @staticmethod
    def put(path, text):
        path.write_text('#!/bin/sh\n' + text + '\n')
        path.chmod(0o755)

    def test_it_waits_for_the_lists_and_then_for_the_archives_and_says_so(self):
        lists, archives = busy.format('/var/lib/apt/lists/lock'), busy.format('/var/cache/apt/archives/lock')
        code, said = self.run_setup([lists, lists, '', f'W: something\n{archives}\nE: Unable to lock directory', ''])
        self.assertEqual(code, 0, said)
        for lock in lists, archives:
            self.assertEqual(said.count(lock.removeprefix('E: Could not get lock ')), 1, said)
        self.assertEqual([' update' in call for call in self.calls], [True, True, True, False, False])

    def test_lists_that_cannot_be_had_are_no_failure(self):
        code, said = self.run_setup(['E: Failed to fetch http://example.org', ''])
        self.assertEqual((code, len(self.calls)), (0, 2), said)

    def test_what_cannot_be_installed_is_named_at_once(self):
        code, said = self.run_setup(['', 'E: Unable to locate package clang-19'])
        self.assertEqual((code, len(self.calls)), (1, 2), said)
        self.assertIn('apt-get could not install Debian packages: E: Unable to locate package clang-19', said)
        self.assertRegex(said, 'missing Debian packages: .*clang-19')


if os.geteuid() != 0:
    print('only root installs packages')
    sys.exit(77)
unittest.main(verbosity=1)
