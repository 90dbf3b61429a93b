"""One file with several engines: versions of Node, and JavaScriptCore in `bmes run` (the command is $BMES, or build/tools/bmes)."""

import json
import os
import unittest

from support import PROJECT, VERSIONS, PackageTest

BMES = os.environ.get('BMES') or PROJECT / 'build/tools/bmes'
FILES = {
    'main.mjs': 'import { x } from "./x.mjs"; import * as y from "./sub/y.mjs"; console.log(x, Object.keys(y).join(), import.meta.url.slice(-8))',
    'x.mjs': 'import "./sub/y.mjs"; export const x = "x"', 'sub/y.mjs': 'export function y(a) { return a ? y(a - 1) : "y" }; export default y(3)',
}


@unittest.skipUnless(os.environ.get('BMES') or os.access(BMES, os.X_OK), f'there is no {BMES}')
class Engines(PackageTest):
    def setUp(self):
        super().setUp()
        self.write(FILES)
        self.entry = self.sources / 'main.mjs'
        self.expected = self.plain(VERSIONS[0], self.entry).seen

    def bmes(self, *arguments):
        return self.command([BMES, *arguments], BMES_CACHE_DIR=self.cache, BMES_TRACE='json')

    def run_with(self, engine, entry=None):
        run = self.bmes('run', entry or self.entry) if engine == 'bmes' else self.cached(engine, entry or self.entry)
        self.assertEqual(self.expected, run.seen, (engine, run.trace))
        return run.trace

    def assert_hit(self, engine):
        trace = self.run_with(engine)
        self.assertEqual(('hit', 3, 3, 0, 0), tuple(trace[key] for key in ('result', 'modules', 'hits', 'parsed', 'refused')), (engine, trace))
        return trace

    def engines_in_the_file(self):
        file, = self.cache.glob('*.cache')
        valid = self.bmes('validate', file)
        self.assertEqual(0, valid.code, valid)
        shown = json.loads(self.bmes('inspect', '--json', file).stdout)
        return [field['meaning'] for field in shown['fields'] if field['field'] == 'engine.description']

    def test_one_file_holds_the_code_of_both_and_both_hit(self):
        for order in (['bmes', VERSIONS[-1]], [VERSIONS[-1], 'bmes']):
            with self.subTest(order=order):
                for file in self.cache.glob('*'):
                    file.unlink()
                self.assertEqual('miss', self.run_with(order[0])['result'])
                self.assertEqual('engine_mismatch', self.run_with(order[1])['reason'])
                for _ in range(3):
                    for engine in order:
                        self.assert_hit(engine)
                self.assertEqual(2, len(self.engines_in_the_file()))

    def test_versions_of_node_and_bmes_take_turns(self):
        engines = [*VERSIONS, 'bmes']
        for engine in engines:
            self.run_with(engine)
        for _ in range(2):
            for engine in engines:
                trace = self.assert_hit(engine)
        self.assertEqual(0, trace['written_bytes'])
        self.assertEqual(len(engines), len(self.engines_in_the_file()))

    def test_type_script_is_kept_beside_what_the_other_made_of_it(self):
        # What each takes out of the source, and how, is its own: the text of the record is the source's.
        self.write({'types/main.mts': 'import { x, type T } from "./x.mts"; import y from "./y.mjs"; const a: T = x; console.log(a, y as string, "é".length)',
                    'types/x.mts': 'export type T = number; export const x: T = 1 as T', 'types/y.mjs': 'export default "y"'})
        entry = self.sources / 'types/main.mts'
        self.expected = self.plain(VERSIONS[0], entry).seen
        for order in (['bmes', *VERSIONS], [*VERSIONS, 'bmes']):
            for file in self.cache.glob('*'):
                file.unlink()
            for engine in order:
                self.run_with(engine, entry)
            for _ in range(2):
                for engine in order:
                    trace = self.run_with(engine, entry)
                    self.assertEqual(('hit', 3, 3, 0, 0), tuple(trace[key] for key in ('result', 'modules', 'hits', 'parsed', 'refused')), (engine, trace))
            self.assertEqual(len(order), len(self.engines_in_the_file()))
        (self.sources / 'types/x.mts').write_text('export type T = string; export const x: T = "edited"')
        self.expected = self.plain(VERSIONS[0], entry).seen
        for _ in range(2):
            for engine in order:
                trace = self.run_with(engine, entry)
        self.assertEqual('hit', trace['result'])

    def test_an_edit_costs_each_engine_one_run(self):
        engines = [*VERSIONS, 'bmes']
        for engine in engines:
            self.run_with(engine)
        (self.sources / 'x.mjs').write_text('import "./sub/y.mjs"; export const x = "edited"')
        self.expected = self.plain(VERSIONS[0], self.entry).seen
        for engine in engines:
            trace = self.run_with(engine)
            self.assertNotEqual('hit', trace['result'], (engine, trace))
            self.assert_hit(engine)
        for engine in engines:
            self.assert_hit(engine)

    def test_a_damaged_file_is_made_anew_by_whoever_meets_it(self):
        engines = [VERSIONS[-1], 'bmes']
        for engine in engines * 2:
            self.run_with(engine)
        file, = self.cache.glob('*.cache')
        for engine in engines:
            damaged = bytearray(file.read_bytes())
            damaged[len(damaged) // 2] ^= 0x55
            file.write_bytes(damaged)
            self.assertEqual('refused', self.run_with(engine)['result'], engine)
            for other in engines:
                self.run_with(other)
            for other in engines:
                self.assert_hit(other)

    def test_a_program_that_paths_alone_do_not_resolve_has_files_of_its_own(self):
        self.write({'node_modules/p/package.json': '{"type":"module","exports":"./i.js"}', 'node_modules/p/i.js': 'export default "p"', 'bare.mjs': 'import p from "p"; console.log(p)'})
        self.expected = self.plain(VERSIONS[0], 'bare.mjs').seen
        for _ in range(2):
            for version in VERSIONS:
                trace = self.run_with(version, 'bare.mjs')
        for version in VERSIONS:
            self.assertEqual('hit', self.run_with(version, 'bare.mjs')['result'])
        self.assertEqual(len(VERSIONS), len(self.engines_in_the_file()))
        self.assertEqual(trace['file'], str(next(self.cache.glob('*.cache'))))


if __name__ == '__main__':
    unittest.main()
