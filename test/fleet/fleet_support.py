"""Machines of a fleet for the tests: a folder each, with another place, other times, and a cache of its own."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

TEST = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TEST), str(TEST / 'jsc'), str(TEST / 'remote')]
import support  # noqa: E402

PROGRAM = {
    'main.mjs': """\
import { name } from './lib/name.mjs';
import data from './data.json' with { type: 'json' };
import { twice } from 'helper';
import common from './common.cjs';
console.log(name, data.value, twice(21), common.half(4), import.meta.url.startsWith('file:///'), import.meta.filename);
const { later } = await import('./lib/later.mjs');
console.log(later());
""",
    'lib/name.mjs': "export const name = 'fleet';\n",
    'lib/later.mjs': "export const later = () => new URL('x', import.meta.url).pathname;\n",
    'data.json': '{"value": 7}\n',
    'common.cjs': "exports.half = (n) => n / 2; exports.where = require('./lib/deep.cjs').where;\n",
    'lib/deep.cjs': 'exports.where = __filename;\n',
    'package.json': '{"name": "app", "type": "module"}\n',
    'package-lock.json': '{"lockfileVersion": 3}\n',
    'node_modules/helper/package.json': '{"name": "helper", "version": "1.0.0", "type": "module", "exports": "./index.js"}\n',
    'node_modules/helper/index.js': 'export const twice = (n) => 2 * n;\n',
}


class Machine:
    """A checkout of the program at `place`, and the user that runs it."""

    def __init__(self, test, name, place, files=PROGRAM, age=0):
        self.test = test
        self.root = test.folder / name / place
        self.cache = test.folder / name / 'cache'
        self.environment = {}
        for path, text in files.items():
            self.write(path, text)
        past = time.time() - age
        if age:
            for path in self.root.rglob('*'):
                os.utime(path, (past, past))

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def bmes(self, *arguments, env=None, **settings):
        settings.setdefault('cwd', self.root)
        return self.test.bmes(*arguments, env={'BMES_CACHE_DIR': self.cache, **self.environment, **(env or {})}, **settings)

    def run(self, entry='main.mjs', *arguments, env=None, **settings):
        return self.bmes('run', entry, *arguments, env=env, **settings)

    def uncached(self, entry='main.mjs', *arguments, **settings):
        return self.bmes('run', '--cache=off', entry, *arguments, **settings)

    def forget(self):
        shutil.rmtree(self.cache, ignore_errors=True)


class FleetTest(support.CommandTest):
    """A test with a key pair of CI's: `self.secret` is the file, `self.public` the text."""

    def setUp(self):
        super().setUp()
        self.secret, self.public = self.new_key('ci-1')

    def url_of(self, server):
        """As BMES_CACHE_REMOTE takes it."""
        out = server.url
        if getattr(server, 'token', None):
            token = self.folder / f'token-{time.monotonic_ns()}'
            token.write_text(server.token)
            token.chmod(0o600)
            out += f'|token-file={token}'
        if getattr(server, 'credentials', None):
            file = self.folder / f'credentials-{time.monotonic_ns()}'
            file.write_text(server.credentials)
            file.chmod(0o600)
            out += f'|s3-credentials-file={file}|s3-region={server.region}'
        if getattr(server, 'ca', None):
            out += f'|ca-file={server.ca}'
        return out

    def new_key(self, name):
        path = self.folder / f'{name}-{time.monotonic_ns()}.key'
        made = self.bmes('key', 'generate', name, '-o', path)
        self.assertEqual(made.code, 0, made)
        return path, made.stdout.decode().strip()

    def ci(self, remote, name='ci', place='build/checkout', files=PROGRAM, **changes):
        """A machine that signs and sends."""
        out = Machine(self, name, place, files)
        out.environment = {'BMES_CACHE_REMOTE': remote, 'BMES_CACHE_SECRET_KEY': self.secret, 'BMES_CACHE_BUDGET': '2000', **changes}
        self.settle()
        return out

    def server(self, remote, name='server', place='srv/app', files=PROGRAM, age=3600, **changes):
        """A machine that only reads."""
        out = Machine(self, name, place, files, age)
        out.environment = {'BMES_CACHE_REMOTE': remote, 'BMES_CACHE_TRUST': self.public, 'BMES_CACHE_BUDGET': '2000', **changes}
        self.settle()
        return out

    def assert_sent(self, outcome):
        self.assertEqual(outcome.trace.get('upload'), 'sent', outcome)
        self.assertGreater(outcome.trace['sent_bytes'], 0, outcome)

    def assert_remote_hit(self, outcome, machine=None):
        self.assertEqual(outcome.trace.get('remote'), 'hit', outcome)
        self.assert_warm(outcome)
        self.assertGreater(outcome.trace['written_bytes'], 0, outcome)
        if machine:
            self.assert_seen(outcome, machine.uncached())

    def assert_remote(self, outcome, reason, machine=None):
        """The remote gave nothing, for this reason, and the program ran from its sources."""
        self.assertEqual(outcome.trace.get('remote'), reason, outcome)
        self.assertEqual(outcome.trace['hits'], 0, outcome)
        if machine:
            self.assert_seen(outcome, machine.uncached())


def start_together(commands):
    """Starts all at once, and gives their outcomes."""
    running = [subprocess.Popen(command, env=environment, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
               for command, environment, cwd in commands]
    out = []
    for process in running:
        stdout, stderr = process.communicate(timeout=100)
        out.append(support.Outcome(subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)))
    return out
