"""Runs the `bmes` command for the tests, each in a folder of its own, and reads what its trace says.

`BMES` in the environment is the path of the command. Nothing outside the test's folder is written.
"""

import json
import os
import pty
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = PROJECT / 'node_modules'


NOBODY = 65534  # the user and the group


def has_terminals():
    """Whether a terminal can be made here: a bare chroot has none."""
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError:
        return False
    return True


class Outcome:
    """What one run of the command printed, apart from its trace; `trace` is the trace."""

    def __init__(self, done):
        self.code = done.returncode
        self.stdout = done.stdout
        lines = done.stderr.splitlines(keepends=True)
        self.trace = {}
        if lines and lines[-1].startswith(b'{"result":'):
            self.trace = json.loads(lines.pop())
        self.stderr = b''.join(lines)

    @property
    def seen(self):
        """All that a user sees."""
        return self.stdout, self.stderr, self.code

    def __repr__(self):
        return f'exit {self.code}\n{self.stdout.decode(errors="replace")}\n{self.stderr.decode(errors="replace")}\n{self.trace}'


class CommandTest(unittest.TestCase):
    """A test with a folder for sources (`self.sources`) and one for the cache (`self.cache`, not made yet)."""

    maxDiff = 2000

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix='bmes-test-')).resolve()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.sources = self.folder / 'sources'
        self.sources.mkdir()
        self.cache = self.folder / 'cache'

    # The command

    def environment(self, **changes):
        """An environment in which nothing of the caller's leads to a cache, and stack traces have one width."""
        kept = {name: os.environ[name] for name in ('PATH', 'ASAN_OPTIONS', 'UBSAN_OPTIONS') if name in os.environ}
        kept.update(HOME=str(self.folder / 'home'), LC_ALL='C.UTF-8', TZ='UTC', BMES_CACHE_DIR=str(self.cache), BMES_TRACE='json')
        kept.update(changes)
        return {name: str(value) for name, value in kept.items() if value is not None}

    def bmes(self, *arguments, env=None, **settings):
        """`bmes ARGUMENTS...` in the folder of the sources."""
        settings.setdefault('cwd', self.sources)
        settings.setdefault('timeout', 50)
        done = subprocess.run([os.environ['BMES'], *map(str, arguments)], env=self.environment(**(env or {})), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, **settings)
        return Outcome(done)

    def run_as_nobody(self):
        """From here on the command is another user's."""
        as_root = self.bmes
        self.bmes = lambda *arguments, **settings: as_root(*arguments, user=NOBODY, group=NOBODY, extra_groups=[], **settings)
        try:
            self.bmes('--version')
        except PermissionError:
            self.skipTest('the command is in a folder that only root can enter')

    # Sources

    def write(self, name, text):
        """Makes a source; `name` is relative to the folder of the sources. A string is written as UTF-8."""
        path = self.sources / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def write_all(self, files):
        """Makes the sources of `files`, name to text. The first one is the entry; its path is given back."""
        return [self.write(name, text) for name, text in files.items()][0]

    @staticmethod
    def settle():
        """Waits until the times of files written before tell a later change: then times are compared, not hashes."""
        time.sleep(0.04)

    @staticmethod
    def files_in(folder):
        """What lies in a folder of the cache, but for what counts starts."""
        return [path for path in folder.iterdir() if path.suffix != '.counts']

    def entry_file(self):
        """The one file of the cache."""
        files = sorted(self.cache.glob('*.cache'))
        self.assertEqual(len(files), 1, files)
        return files[0]

    # What a run must have been

    def assert_seen(self, outcome, expected):
        self.assertEqual(outcome.stdout, expected.stdout, outcome)
        self.assertEqual(outcome.stderr, expected.stderr, outcome)
        self.assertEqual(outcome.code, expected.code, outcome)

    def assert_cold(self, outcome, result='miss', reason='no_entry'):
        """Everything came from sources, and was kept."""
        self.assertEqual((outcome.trace['result'], outcome.trace['reason']), (result, reason), outcome)
        self.assertEqual(outcome.trace['hits'], 0, outcome)
        self.assertGreater(outcome.trace['written_bytes'], 0, outcome)

    def assert_warm(self, outcome, modules=None):
        """Every module came from the cache, and none was parsed."""
        trace = outcome.trace
        self.assertEqual((trace['result'], trace['reason']), ('hit', ''), outcome)
        self.assertEqual(trace['hits'], trace['modules'], outcome)
        self.assertGreater(trace['modules'], 0, outcome)
        self.assertEqual((trace['parsed'], trace['refused']), (0, 0), outcome)
        if modules is not None:
            self.assertEqual(trace['modules'], modules, outcome)

    def assert_settled(self, outcome, modules=None):
        """As assert_warm, and the run learned nothing that the cache did not have."""
        self.assert_warm(outcome, modules)
        self.assertEqual(outcome.trace['written_bytes'], 0, outcome)

    def check_program(self, entry, *arguments, modules=None, code=0, env=None):
        """Runs a program without a cache, into one and from it; it must behave the same, and the last time without
        a look at its sources. Gives the last run."""
        self.settle()
        plain = self.bmes('run', '--cache', 'off', entry, *arguments, env=env)
        self.assertEqual(plain.trace['result'], 'off', plain)
        self.assertEqual(plain.code, code, plain)
        cold = self.bmes('run', entry, *arguments, env=env)
        self.assert_seen(cold, plain)
        self.assert_cold(cold)
        warm = self.bmes('run', entry, *arguments, env=env)
        self.assert_seen(warm, plain)
        self.assert_settled(warm, modules)
        self.assertEqual(warm.trace['modules'], cold.trace['modules'], warm)
        return warm


def main():
    """Runs the tests of the calling file."""
    if not os.environ.get('BMES'):
        sys.exit('BMES is not set: the path of the bmes command')
    unittest.main(verbosity=1)
