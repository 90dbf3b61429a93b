"""Real programs from npm, damage, stale sources, several versions of Node in one folder."""

import os
import subprocess
import time
import unittest

from support import BINARIES, VERSIONS, PackageTest, on_each_version

REAL = {
    'lodash-es': "import { map, chunk } from 'lodash-es'; import lodash from 'lodash-es/lodash.default.js'; console.log(map([1, 2], String), chunk([1, 2, 3], 2), lodash.VERSION)",
    'date-fns': "import { format, addDays } from 'date-fns'; import { de } from 'date-fns/locale'; console.log(format(addDays(new Date(0), 40), 'PPPP', { locale: de }))",
    'three': "import * as three from 'three'; console.log(Object.keys(three).length, new three.Vector3(1, 2, 3).length().toFixed(4))",
    'prettier': "import * as prettier from 'prettier'; console.log(await prettier.format('a  =  {b:1}', { parser: 'babel' }))",
    'typescript': "import ts from 'typescript'; console.log(ts.transpile('const x: number = 1'))",
    'rxjs': "import { range, map } from 'rxjs'; import { filter } from 'rxjs/operators'; range(1, 9).pipe(filter((x) => x % 2), map((x) => x * x)).subscribe((x) => console.log(x))",
    'd3': "import * as d3 from 'd3'; console.log(d3.max([1, 5, 2]), d3.scaleLinear().domain([0, 1]).range([0, 10])(0.5), Object.keys(d3).length)",
    'graphql': "import { graphql, buildSchema } from 'graphql'; console.log(JSON.stringify(await graphql({ schema: buildSchema('type Query { a: String }'), source: '{ a }', rootValue: { a: 'yes' } })))",
    'preact': "import { h, render } from 'preact'; console.log(JSON.stringify(h('p', { id: 1 }, 'x')))",
}


class Programs(PackageTest):
    def program(self, text='import { x } from "./x.mjs"; import "./c.cjs"; console.log(x)'):
        self.write({'main.mjs': text, 'x.mjs': 'export const x = "one"', 'c.cjs': 'console.log("c")'})

    @on_each_version
    def test_real_programs(self, version):
        for name, text in REAL.items():
            with self.subTest(program=name):
                self.link_package(name)
                entry = f'{name}.mjs'
                self.write({entry: text})
                self.same_everywhere(version, entry, first='miss')

    @on_each_version
    def test_common_js_programs(self, version):
        self.link_package('typescript')
        self.write({'main.js': "const ts = require('typescript'); console.log(ts.version, ts.transpile('let y: string'))"})
        self.same_everywhere(version, 'main.js')

    @on_each_version
    def test_a_changed_source_is_seen(self, version):
        self.program()
        self.same_everywhere(version, 'main.mjs')
        for text in ('export const x = "two"', 'export const x = "six"'):
            (self.sources / 'x.mjs').write_text(text)
            run = self.cached(version, 'main.mjs')
            self.assertEqual(self.plain(version, 'main.mjs').seen, run.seen)
            self.assertEqual('source_changed', run.trace['reason'])
            self.assertEqual('hit', self.cached(version, 'main.mjs').trace['result'])

    @on_each_version
    def test_a_changed_common_js_source_is_seen(self, version):
        self.program()
        self.same_everywhere(version, 'main.mjs')
        (self.sources / 'c.cjs').write_text('console.log("d")')
        self.assertEqual(self.plain(version, 'main.mjs').seen, self.cached(version, 'main.mjs').seen)

    @on_each_version
    def test_a_package_that_appears_nearer_is_seen(self, version):
        self.write({'sub/main.mjs': 'import x from "p"; console.log(x)', 'node_modules/p/package.json': '{"type":"module","main":"i.js"}', 'node_modules/p/i.js': 'export default "far"'})
        self.same_everywhere(version, 'sub/main.mjs')
        self.write({'sub/node_modules/p/package.json': '{"type":"module","main":"i.js"}', 'sub/node_modules/p/i.js': 'export default "near"'})
        self.same_everywhere(version, 'sub/main.mjs')

    @on_each_version
    def test_a_changed_package_json_is_seen(self, version):
        self.write({'main.mjs': 'import x from "p"; console.log(x)', 'node_modules/p/package.json': '{"type":"module","main":"i.js"}',
                    'node_modules/p/i.js': 'export default "i"', 'node_modules/p/j.js': 'export default "j"'})
        self.same_everywhere(version, 'main.mjs')
        self.write({'node_modules/p/package.json': '{"type":"module","exports":"./j.js"}'})
        self.same_everywhere(version, 'main.mjs')

    @on_each_version
    def test_a_module_written_by_the_program_is_seen(self, version):
        self.write({'main.mjs': 'import fs from "fs"; fs.writeFileSync(new URL("./gen.mjs", import.meta.url), `export default ${JSON.stringify(process.argv[2])}`); console.log((await import("./gen.mjs")).default)'})
        for word in ('one', 'two', 'one', 'six'):
            self.assertEqual(word + '\n', self.cached(version, 'main.mjs', word).stdout.decode())

    @on_each_version
    def test_any_damage_is_found(self, version):
        self.program()
        plain = self.plain(version, 'main.mjs')
        self.cached(version, 'main.mjs')
        self.cached(version, 'main.mjs')
        entry, = self.cache.glob('*.cache')
        good = entry.read_bytes()
        for at in range(0, len(good), max(1, len(good) // 24)):
            damaged = bytearray(good)
            damaged[at] ^= 0x41
            entry.write_bytes(damaged)
            entry.chmod(0o600)
            run = self.cached(version, 'main.mjs')
            self.assertEqual(plain.seen, run.seen, at)
        for size in (0, 1, 63, len(good) // 2, len(good) - 1):
            entry.write_bytes(good[:size])
            self.assertEqual(plain.seen, self.cached(version, 'main.mjs').seen, size)
        self.assertEqual('hit', self.cached(version, 'main.mjs').trace['result'])

    def test_versions_keep_each_others_code(self):
        self.program()
        for _ in range(2):
            for version in VERSIONS:
                self.cached(version, 'main.mjs')
        for version in VERSIONS:
            self.assertEqual('hit', self.cached(version, 'main.mjs').trace['result'], version)

    @on_each_version
    def test_many_starts_at_once(self, version):
        self.program()
        plain = self.plain(version, 'main.mjs')
        environment = self.environment(BMES_CACHE_DIR=self.cache)
        command = [BINARIES[version], '--experimental-vm-modules', '-r', 'bmes/register', 'main.mjs']
        started = [subprocess.Popen(command, cwd=self.sources, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(16)]
        for i, process in enumerate(started):
            if i % 5 == 4:
                process.kill()
                process.communicate()
                continue
            self.assertEqual((plain.stdout, b''), process.communicate())
        for _ in range(50):
            if self.cached(version, 'main.mjs').trace['result'] == 'hit':
                return
            time.sleep(0.1)
        self.fail('no hit')

    @on_each_version
    def test_what_is_in_the_way_is_said(self, version):
        self.program()
        plain = self.plain(version, 'main.mjs')
        ways = {'no_vm_modules': ['-r', 'bmes/register'], 'other_loader': ['--experimental-vm-modules', '-r', 'bmes/register', '--import', 'data:text/javascript,'],
                'flag': ['--experimental-vm-modules', '-r', 'bmes/register', '--jitless']}
        for reason, flags in ways.items():
            run = self.command([BINARIES[version], *flags, 'main.mjs'], BMES_TRACE='json')
            self.assertEqual((plain.stdout, plain.code, reason), (run.stdout, run.code, run.trace.get('reason')))
        run = self.cached(version, 'main.mjs', NODE_V8_COVERAGE=self.folder / 'coverage')
        self.assertEqual((plain.stdout, 'coverage'), (run.stdout, run.trace.get('reason')))

    @on_each_version
    def test_the_command_is_node_with_options(self, version):
        self.write({'main.mjs': 'console.log(process.argv.slice(2)); process.exit(4)'})
        command = [BINARIES[version], self.top / 'node_modules/.bin/bmes-node', 'main.mjs', 'a', '--b']
        runs = [self.command(command, BMES_TRACE='json', BMES_CACHE_DIR=self.cache) for _ in range(2)]
        self.assertEqual((b"[ 'a', '--b' ]\n", 4, 'hit'), (runs[1].stdout, runs[1].code, runs[1].trace.get('result')))

    @on_each_version
    def test_options_in_the_environment(self, version):
        self.program()
        runs = [self.command([BINARIES[version], 'main.mjs'], BMES_TRACE='json', BMES_CACHE_DIR=self.cache, NODE_OPTIONS='--experimental-vm-modules -r bmes/register') for _ in range(2)]
        self.assertEqual('hit', runs[1].trace.get('result'), runs[1])

    @on_each_version
    def test_written_by_a_process_of_its_own(self, version):
        self.program()
        self.cached(version, 'main.mjs', BMES_TRACE=None)
        for _ in range(100):
            if list(self.cache.glob('*.cache')):
                break
            time.sleep(0.05)
        self.assertEqual('hit', self.cached(version, 'main.mjs').trace['result'])


if __name__ == '__main__':
    assert os.name == 'posix'
    unittest.main()
