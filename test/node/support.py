"""Installs the npm package from its tarball, and runs programs with it and without it, as a user of Node would.

Nothing outside the test's folders is written. `NODE_VERSIONS` in the environment chooses versions, e.g. "22 26".
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
VERSIONS = os.environ.get('NODE_VERSIONS', '22 24 26').split()
BINARIES = {v: PROJECT / f'backends/v8/versions/node_modules/node-{v}/bin/node' for v in VERSIONS}
PACKAGES = PROJECT / 'node_modules'

# Node's own functions on a stack: a program that another loader runs was called by others.
INTERNAL = re.compile(rb'^ +at .*\(?node:(?!\d).*\n', re.M)
PID = re.compile(rb'\(node:\d+\)')


class Outcome:
    """What one run printed, apart from its trace; `trace` is the trace."""

    def __init__(self, done):
        self.code = done.returncode
        self.stdout = done.stdout
        self.trace = {}
        lines = []
        for line in done.stderr.splitlines(keepends=True):
            at = line.find(b'{"result":')
            if at >= 0 and b'"total_ms"' in line:
                self.trace = json.loads(line[at:])
                line = line[:at]
            lines.append(line)
        self.stderr = b''.join(lines)

    @property
    def seen(self):
        """All that a user sees, but for Node's own functions in stacks."""
        return self.stdout, PID.sub(b'(node)', INTERNAL.sub(b'', self.stderr)), self.code

    def __repr__(self):
        return f'exit {self.code}\n{self.stdout.decode(errors="replace")}\n{self.stderr.decode(errors="replace")}\n{self.trace}'


def install(folder):
    """The package in `folder`/node_modules, from the newest tarball."""
    tarball = max((PROJECT / 'build/node').glob('bmes-*.tgz'), key=os.path.getmtime)
    (folder / 'package.json').write_text('{"private":true}')
    command = ['npm', 'install', '--offline', '--no-audit', '--no-fund', '--silent', '--no-save', str(tarball)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


class PackageTest(unittest.TestCase):
    """Tests with one folder (`top`) in which the package is installed, and for each test one for its sources and one cache."""

    maxDiff = 3000

    @classmethod
    def setUpClass(cls):
        cls.top = Path(tempfile.mkdtemp(prefix='bmes-node-')).resolve()
        cls.addClassCleanup(shutil.rmtree, cls.top, ignore_errors=True)
        install(cls.top)

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(dir=self.top, prefix='t-')).resolve()
        self.cache = self.folder / 'cache'
        self.sources = self.folder / 'sources'
        self.sources.mkdir()

    def write(self, files):
        for name, text in files.items():
            path = self.sources / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            # Old enough for its times to be trusted.
            os.utime(path, (1_700_000_000, 1_700_000_000))

    def link_package(self, name):
        target = self.sources / 'node_modules' / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            target.symlink_to((PACKAGES / name).resolve())

    def environment(self, **changes):
        kept = {'PATH': os.environ['PATH'], 'HOME': str(self.folder / 'home'), 'LC_ALL': 'C.UTF-8', 'TZ': 'UTC'}
        kept.update(changes)
        return {name: str(value) for name, value in kept.items() if value is not None}

    def command(self, command, timeout=60, cwd=None, **environment):
        done = subprocess.run(command, cwd=cwd or self.sources, stdin=subprocess.DEVNULL, env=self.environment(**environment), capture_output=True, timeout=timeout)
        return Outcome(done)

    def plain(self, version, *arguments, flags=(), **settings):
        return self.command([BINARIES[version], *flags, *arguments], **settings)

    def cached(self, version, *arguments, flags=(), **settings):
        settings = {'BMES_CACHE_DIR': self.cache, 'BMES_TRACE': 'json', **settings}
        register = self.top / 'node_modules/bmes/register.js' if settings.get('cwd') else 'bmes/register'
        return self.command([BINARIES[version], '--experimental-vm-modules', '-r', register, *flags, *arguments], **settings)

    def same_everywhere(self, version, *arguments, result='hit', first=None, flags=(), prepare=None, **settings):
        """Plain Node, the first run and two more print the same; the last one's trace says `result`."""
        runs = []
        for run in (self.plain, self.cached, self.cached, self.cached):
            if prepare:
                prepare()
            runs.append(run(version, *arguments, flags=flags, **settings))
        for name, outcome in zip(('first', 'second', 'third'), runs[1:]):
            self.assertEqual(runs[0].seen, outcome.seen, f'{name} run: {outcome.trace}')
        if first:
            self.assertEqual(first, runs[1].trace.get('result'), runs[1].trace)
        self.assertEqual(result, runs[3].trace.get('result'), runs[3])
        return runs


def on_each_version(test):
    """Runs a test that takes a version on each of them."""

    def run(self):
        for version in VERSIONS:
            with self.subTest(node=version):
                self.setUp()
                test(self, version)

    run.__name__ = test.__name__
    return run
