"""Programs made by chance (test/random-graphs) with the package against plain Node. `NODE_SEEDS` in the environment chooses, e.g. "0-199"."""

import os
import subprocess
import sys
import unittest

from support import BINARIES, PROJECT, VERSIONS, PackageTest


class RandomGraphs(PackageTest):
    def run_programs(self, *options):
        for version in [version for version in VERSIONS if version != '22']:
            with self.subTest(node=version):
                command = [sys.executable, '-B', PROJECT / 'test/random-graphs', '--node', BINARIES[version], '--package', self.top / 'node_modules/bmes', *options]
                done = subprocess.run([*command, '--seeds', os.environ.get('NODE_SEEDS', '0-99'), '--processes', '2'], capture_output=True, text=True)
                print(f'Node {version}: {done.stdout.splitlines()[-1] if done.stdout else done.stderr}')
                self.assertEqual((0, ''), (done.returncode, done.stderr), done.stdout)
                self.assertRegex(done.stdout, r'[1-9]\d+ full hits')

    def test_es_modules(self):
        self.run_programs()

    def test_common_js_and_es_modules(self):
        self.run_programs('--common-js')


if __name__ == '__main__':
    unittest.main()
