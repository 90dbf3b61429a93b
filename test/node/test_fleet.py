#!/usr/bin/env python3
"""A graph that one machine's Node made serves another checkout, and the command's stands beside it on the same server."""

import os
import sys
import unittest

from support import PROJECT, VERSIONS, PackageTest

sys.path.insert(0, str(PROJECT / 'test/remote'))
import servers  # noqa: E402

BMES = os.environ.get('BMES') or PROJECT / 'build/tools/bmes'
PROGRAMS = {
    'modules': ('main.mjs', {
        'main.mjs': "import { x } from './lib/x.mjs'; import common, { half } from './common.cjs'; import data from './data.json' with { type: 'json' };\n"
                    "import { readFileSync } from 'node:fs'; import { twice } from 'helper';\n"
                    "console.log(x, half(4), common.where, data.a, twice(4), import.meta.filename, typeof readFileSync);\n"
                    "const later = await import('./lib/later.mjs'); console.log(later.where, import.meta.resolve('helper'));\n",
        'lib/x.mjs': "export const x = 'x';\n", 'lib/later.mjs': 'export const where = import.meta.url;\n',
        'common.cjs': "exports.half = (n) => n / 2; exports.where = require('./lib/deep.cjs');\n", 'lib/deep.cjs': 'module.exports = __filename;\n',
        'data.json': '{"a": 1}\n', 'node_modules/helper/package.json': '{"name": "helper", "exports": "./index.mjs"}', 'node_modules/helper/index.mjs': 'export const twice = (n) => 2 * n;\n'}),
    'CommonJS': ('main.cjs', {
        'main.cjs': "const a = require('./a'); const helper = require('helper'); console.log(a.name, helper(2), require('./d.json').d, require('path').basename(__filename));\n"
                    "import('./later.mjs').then((m) => console.log(m.where));\n",
        'a.js': "exports.name = __filename + require('./sub').x;\n", 'sub/index.js': 'exports.x = module.parent ? 1 : 2;\n', 'd.json': '{"d": 4}\n',
        'later.mjs': 'export const where = import.meta.url;\n', 'node_modules/helper/package.json': '{"name": "helper", "main": "main.js"}',
        'node_modules/helper/main.js': 'module.exports = (n) => n * 3;\n'}),
    'an error': ('main.mjs', {'main.mjs': "import { fail } from './fail.mjs';\nfail();\n", 'fail.mjs': "export function fail() {\n  throw new RangeError('there');\n}\n"}),
}


class FleetTest(PackageTest):
    def setUp(self):
        super().setUp()
        context = servers.redis()
        self.server = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.secret = self.folder / 'ci.key'
        made = self.command([BMES, 'key', 'generate', 'ci', '-o', self.secret])
        self.public = made.stdout.decode().strip()
        self.assertEqual(made.code, 0, made)

    def checkout(self, name, files):
        """A folder with the program and the package."""
        root = self.folder / name
        self.sources = root
        self.write({'package-lock.json': '{}', 'package.json': '{}', **files})
        return root

    def start(self, version, root, entry, is_ci=False, remote=None, **environment):
        settings = {'BMES_CACHE_REMOTE': remote or self.server.url, 'BMES_CACHE_BUDGET': 2000, 'BMES_CACHE_WAIT': 1}
        settings['BMES_CACHE_SECRET_KEY' if is_ci else 'BMES_CACHE_TRUST'] = self.secret if is_ci else self.public
        return self.cached(version, entry, cwd=root, BMES_CACHE_DIR=root / '.cache', **settings, **environment)

    def test_what_one_machine_made_another_one_starts_from(self):
        for version in VERSIONS:
            for what, (entry, files) in PROGRAMS.items():
                with self.subTest(what, version=version):
                    name = f'{what.replace(" ", "-")}-{version}'
                    ci = self.checkout(f'{name}-ci/deep/er', files)
                    sent = self.start(version, ci, entry, is_ci=True)
                    self.assertEqual(sent.trace.get('upload'), 'sent', sent)
                    there = self.checkout(f'{name}-there', files)
                    plain = self.plain(version, entry, cwd=there)
                    first, second = (self.start(version, there, entry) for _ in range(2))
                    self.assertEqual(first.trace.get('remote'), 'hit', first)
                    self.assertNotIn('remote', second.trace, second)
                    for run in first, second:
                        self.assertEqual(plain.seen, run.seen, run)
                        self.assertEqual((run.trace['result'], run.trace['parsed'], run.trace['hits']), ('hit', 0, run.trace['modules']), run)
                    self.assertNotIn(str(ci), (first.stdout + first.stderr).decode())

    def test_tls_is_the_systems_beside_the_one_that_node_has(self):
        entry, files = PROGRAMS['modules']
        for make in servers.nginx, servers.redis:
            with make(tls=True) as server:
                remote = f'{server.url}|ca-file={server.ca}'
                for version in VERSIONS:
                    with self.subTest(server.url, version=version):
                        name = f'{make.__name__}-{version}'
                        sent = self.start(version, self.checkout(f'{name}-ci', files), entry, is_ci=True, remote=remote)
                        self.assertEqual(sent.trace.get('upload'), 'sent', sent)
                        there = self.checkout(f'{name}-there', files)
                        run = self.start(version, there, entry, remote=remote)
                        self.assertEqual(run.trace.get('remote'), 'hit', run)
                        self.assertEqual(self.plain(version, entry, cwd=there).seen, run.seen)

    def test_another_source_or_no_trust_is_another_program(self):
        version = VERSIONS[-1]
        entry, files = PROGRAMS['modules']
        self.start(version, self.checkout('ci', files), entry, is_ci=True)
        there = self.checkout('there', {**files, 'lib/x.mjs': "export const x = 'y';\n"})
        plain, run = self.plain(version, entry, cwd=there), self.start(version, there, entry)
        self.assertEqual(run.trace.get('remote'), 'no_candidate', run)
        self.assertEqual(plain.seen, run.seen)
        there = self.checkout('distrustful', files)
        run = self.start(version, there, entry, BMES_CACHE_REVOKED=self.public)
        self.assertEqual(run.trace.get('remote'), 'revoked_key', run)
        self.assertEqual(self.plain(version, entry, cwd=there).seen, run.seen)

    def test_a_dead_server_changes_nothing(self):
        version = VERSIONS[-1]
        entry, files = PROGRAMS['CommonJS']
        there = self.checkout('there', files)
        self.server.stop()
        run = self.start(version, there, entry)
        self.assertEqual(run.trace.get('remote'), 'remote_unreachable', run)
        self.assertEqual(self.plain(version, entry, cwd=there).seen, run.seen)


if __name__ == '__main__':
    unittest.main()
