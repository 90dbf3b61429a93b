#!/usr/bin/env python3
"""The set-ups of docs/fleet.md run as they are pasted."""

import os
import re
import signal
import subprocess
import time

import fleet_support
from fleet_support import support


class SetUpsTest(fleet_support.FleetTest):
    def blocks(self):
        text = (support.PROJECT / 'docs/fleet.md').read_text()
        return dict(re.findall(r'^```sh (\w+)\n(.*?)^```$', text, re.M | re.S))

    def paste(self, name):
        """The block in a shell, in a folder with a program; what it printed."""
        self.write('package-lock.json', '{}')
        self.write('app.mjs', "import { word } from './word.mjs';\nconsole.log(word, import.meta.filename);\n")
        self.write('word.mjs', "export const word = 'pasted';\n")
        self.settle()
        folder = os.path.dirname(os.environ['BMES'])
        environment = self.environment(BMES_TRACE=None, BMES_CACHE_DIR=None, BMES_CACHE_BUDGET='2000')
        environment['PATH'] = f'{folder}:{environment["PATH"]}'
        self.addCleanup(self.end_server)
        done = subprocess.run(['/bin/sh', '-eu', '-c', self.blocks()[name]], cwd=self.sources, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertIn(f'pasted {self.sources}/app.mjs\n', done.stdout)
        self.assertIn('bmes: hit: 2 of 2 modules from the cache, 0 parsed', done.stderr)
        return done

    def end_server(self):
        for path in (self.sources / 'fleet').glob('*.pid'):
            try:
                os.kill(int(path.read_text()), signal.SIGTERM)
            except (OSError, ValueError):
                pass
        # Its folder goes with the test's.
        time.sleep(0.1)

    def test_redis(self):
        done = self.paste('redis')
        self.assertIn('sent 1, 0 there already, 0 failed', done.stdout)
        self.assertIn('remote   hit', done.stderr)

    def test_nginx(self):
        done = self.paste('nginx')
        self.assertIn('sent 1, 0 there already, 0 failed', done.stdout)
        self.assertIn('remote   hit', done.stderr)
        # Who has no token writes nothing.
        stored = sorted((self.sources / 'fleet/files').iterdir())
        self.write('other.mjs', 'console.log(1);\n')
        self.settle()
        refused = self.bmes('compile', '--graph', 'other.mjs', '--push', env={'BMES_CACHE_REMOTE': 'http://127.0.0.1:8391/bmes', 'BMES_CACHE_SECRET_KEY': self.secret})
        self.assertEqual(refused.code, 1, refused)
        self.assertIn('remote_denied', refused.stdout.decode())
        self.assertEqual(sorted((self.sources / 'fleet/files').iterdir()), stored)

    def test_image(self):
        self.paste('image')

    def test_all_set_ups_are_tested(self):
        self.assertEqual(set(self.blocks()), {'redis', 'nginx', 'image'})


if __name__ == '__main__':
    support.main()
