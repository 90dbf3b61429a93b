"""TypeScript whose types Node takes out itself: the same as plain Node, and from the second run on from the cache."""

import os
import sys
import tempfile
import unittest
from pathlib import Path

from support import PROJECT, PackageTest, on_each_version

MODULES = '{"type": "module"}'
STACK = "console.log(new Error('x').stack.split('\\n')[1])"

# name: files and the entry; each module comes from the cache when the program runs for the third time.
KEPT = {
    'main_mts': ('main.mts', {
        'main.mts': '''import type { T } from './types.mts'; import { a, type B } from './a.mts'; import b from './b.js';
            interface Local<X> { x: X } const local = { x: a } satisfies Local<number>; enumLike(local as T); function enumLike<const Q extends object>(q: Q): asserts q is Q { console.log(q, b, import.meta.main, import.meta.url.slice(-8)) }
            ''' + STACK,
        'types.mts': 'export type T = { x: number }', 'a.mts': 'import type {} from "./types.mts"; export interface B {}; export const a: number = 1;\n' + STACK, 'b.js': 'export default "js"', 'package.json': MODULES}),
    'main_ts_of_a_package_of_modules': ('main.ts', {
        'package.json': MODULES, 'main.ts': 'import { x } from "./sub/x.ts"; const y = await import("./y.ts"); const n: string = "./" + "z.ts"; console.log(x, y.y!, (await import(n)).z); await null; export {}',
        'sub/x.ts': 'export const x: Array<number> = [1]; class A<T> { private p: T; declare q: number; constructor(p: T) { this.p = p } get g(): T { return this.p } } console.log(new A(3).g)',
        'y.ts': 'export const y = <T,>(a: T): T => a', 'z.ts': 'export default class { static m(this: void) {} } export const z = import.meta.filename.slice(-4)'}),
    'java_script_that_imports_it': ('main.mjs', {'main.mjs': 'import { x } from "./t.mts"; import j from "./j.json" with { type: "json" }; import fs from "fs"; console.log(x, j, typeof fs)', 't.mts': 'import j from "./j.json" with { type: "json" }; export const x: number = j as number', 'j.json': '7'}),
    'cycles_and_live_bindings': ('main.mts', {'main.mts': 'import { b, count } from "./b.mts"; export function a(): string { return "a" } console.log(b(), count); export let late: number = 1', 'b.mts': 'import { a, late } from "./main.mts"; export let count: number = 0; export const b = (): string => { count++; return "b" + a() }; try { late } catch (e: unknown) { console.log((e as Error).name) }'}),
    'texts_that_are_not_ascii': ('main.mts', {
        'main.mts': b'\xef\xbb\xbf' + 'const é: string = "é"; type 漢 = string; const w = "漢字" as 漢;\r\nimport { o } from "./one.mts"; console.log(é, w, w.length, o);\r\n'.encode() + STACK.encode(), 'one.mts': 'export const o: "ÿ" = "ÿ"; ' + STACK}),
    'errors_in_it': ('main.mts', {'main.mts': '''import { f } from "./f.mts"; for (let i: number = 0; i < 2; i++) try { f<number>(i) } catch (e: any) { console.log(e.stack.split("\\n").filter((l: string) => !/node:/.test(l)).join("|")) }
        await import("./thrown.mts").catch((e: Error) => console.log(e.message, e.stack!.includes("file:///")))''',
                                   'f.mts': '\n  type X =\n   | 1\n   | 2\nexport function f<T>(a: T): never { throw new TypeError(`told ${a}`) }', 'thrown.mts': '\n\n  throw new RangeError("in a module") as Error'}),
    'common_js': ('main.cts', {'main.cts': 'const a = require("./a.cts"), b: { x: number } = require("./b"), fs: typeof import("fs") = require("fs"); console.log(a, b, require.main === module, __filename.slice(-8), typeof fs, module.children.length); ' + STACK + '; import("./m.mjs").then((m: any) => console.log(m.m))',
                               'a.cts': 'interface I {} exports.a = 1 as number; exports.i = {} as I; ' + STACK, 'b.js': 'exports.x = require("./sub/c.ts")', 'sub/c.ts': 'const c: string = "c"; module.exports = c; ' + STACK, 'm.mjs': 'export const m = 2'}),
    'common_js_by_its_package': ('main.ts', {'package.json': '{"type": "commonjs"}', 'main.ts': 'console.log(require("./a.ts")); ' + STACK, 'a.ts': 'module.exports = new (class<T> { x: T | undefined = undefined })()'}),
    'common_js_required_by_modules': ('main.mts', {'main.mts': 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url); console.log(require("./a.cts") as number, require("./b.cts"))', 'a.cts': 'module.exports = 3 as number', 'b.cts': 'exports.b = require("./a.cts"); ' + STACK}),
    'program_that_strips_types_itself': ('main.mts', {'main.mts': 'import { stripTypeScriptTypes as s } from "node:module"; import "./a.mts"; console.log(s("let x: number"), s.name, s.length, s("let y: 1", { mode: "strip", sourceUrl: "z" })); try { s(1 as any) } catch (e: any) { console.log(e.code) }', 'a.mts': 'export type A = 1'}),
    'nothing_but_types': ('main.mts', {'main.mts': 'import "./t.mts"; import {} from "./t.mts"; console.log("main")', 't.mts': 'export type T = number; interface I {}'}),
    'packages_and_imports': ('main.mts', {'package.json': '{"name": "self", "exports": "./x.mts", "imports": {"#y": "./y.mts"}}', 'main.mts': 'import x from "self"; import y from "#y"; import p from "p"; console.log(x, y, p as string)',
                                          'x.mts': 'export default "x" as string', 'y.mts': 'export default "y" as string', 'node_modules/p/package.json': '{"type": "module", "exports": "./i.js"}', 'node_modules/p/i.js': 'export default "p"'}),
}

# Left to Node, at least in part: the same as without the package.
SAME = {
    'syntax_that_cannot_be_taken_out': ('main.mts', {'main.mts': 'import "./e.mts"', 'e.mts': '\n\nexport enum E { a }'}),
    'syntax_that_cannot_be_taken_out_in_main': ('main.mts', {'main.mts': 'namespace N { export const a = 1 } console.log(N.a)'}),
    'syntax_that_is_wrong': ('main.mts', {'main.mts': 'import "./e.mts"', 'e.mts': 'export const a: = 1'}),
    'java_script_that_is_wrong': ('main.mts', {'main.mts': 'const a: number = 1; const a = 2'}),
    'imports_that_fail': ('main.mts', {
        'main.mts': '''for (const name of ["./enum.mts", "./wrong.mts", "./ok.mts", "./absent.mts", "./ok.ts", "./ok", "./type.mts", "p", "./j.mts"] as string[])
            await import(name).then((m: object) => console.log(Object.keys(m)), (e: any) => console.log(e.name, e.code, e.message, String(e.stack).split("\\n").slice(0, 3)))''',
        'enum.mts': 'export enum E { a }', 'wrong.mts': 'let : 1', 'ok.mts': 'export const ok: number = 1', 'type.mts': 'import { T } from "./t.mts"; export const t = 1 as T', 't.mts': 'export type T = number',
        'node_modules/p/package.json': '{"type": "module", "exports": "./i.ts"}', 'node_modules/p/i.ts': 'export const p: number = 1', 'j.mts': 'import j from "./j.json"', 'j.json': '1'}),
    'packages_in_it': ('main.mts', {'main.mts': 'import { p } from "p"; console.log(p)', 'node_modules/p/package.json': '{"type": "module", "exports": "./i.ts"}', 'node_modules/p/i.ts': 'export const p: number = 1'}),
    'packages_in_it_that_are_required': ('main.cts', {'main.cts': 'for (const n of ["p", "q"]) try { console.log(require(n)) } catch (e: any) { console.log(e.code, e.message) }', 'node_modules/p/package.json': '{"exports": "./i.cts"}', 'node_modules/p/i.cts': 'exports.p = 1 as number', 'node_modules/q/index.js': 'module.exports = "q"'}),
    'common_js_that_modules_import': ('main.mts', {'main.mts': 'import c, { x } from "./c.cts"; console.log(c, x)', 'c.cts': 'exports.x = 1 as number; ' + STACK}),
    'modules_that_common_js_requires': ('main.cts', {
        'main.cts': 'const m = require("./m.mts"); console.log(m.x, m.__esModule); import("./m.mts").then((n: any) => console.log(n.x === m.x, (globalThis as any).runs)); try { require("./tla.mts") } catch (e: any) { console.log(e.code) } console.log(require("./d.mts").default())',
        'm.mts': 'globalThis.runs = (globalThis.runs ?? 0) + 1; import { y } from "./y.mts"; export const x: object = { y }; ' + STACK, 'y.mts': 'export const y: number = 1; ' + STACK, 'tla.mts': 'await (1 as any); export {}', 'd.mts': 'export default () => "d" as string'}),
    'modules_that_are_imported_and_required': ('main.mts', {'main.mts': 'import { x } from "./m.mts"; import "./c.cjs"; console.log(x)', 'c.cjs': 'console.log(require("./m.mts").x, require("./n.mts").n)', 'm.mts': 'export const x: number = 5; ' + STACK, 'n.mts': 'import { x } from "./m.mts"; export const n: number = x; ' + STACK}),
    'without_a_type': ('main.mjs', {'main.mjs': 'import { x } from "./x.ts"; console.log(x); console.log((await import("./y.ts")).y)', 'x.ts': 'export const x: number = 1', 'y.ts': 'export const y: number = 1'}),
    'main_without_a_type': ('main.ts', {'main.ts': 'import { x } from "./x.ts"; console.log(x as number, typeof require)', 'x.ts': 'export const x: number = 1'}),
    'main_without_a_type_that_is_common_js': ('main.ts', {'main.ts': 'console.log(require("./x.ts") as number, typeof require)', 'x.ts': 'module.exports = 2 as number'}),
    'unknown_kinds': ('main.mjs', {'main.mjs': 'for (const n of ["./a.tsx", "./a.jsx", "./a.d.ts"]) await import(n).then(console.log, (e) => console.log(e.code, e.message))', 'a.tsx': '1', 'a.jsx': '1', 'a.d.ts': 'declare const a: number; export {}'}),
    'uncaught_error': ('main.mts', {'main.mts': 'import { f } from "./f.mts"\n\nconst x: number = 1;\n  f(x)', 'f.mts': '\n\nexport const f = (a: number): never => { throw new Error("told") }'}),
    'source_map_in_it': ('main.mts', {'main.mts': 'export const x: number = 1; console.log(x)\n//# sourceMappingURL=main.mts.map\n'}),
    'mark_in_common_js': ('main.cts', {'main.cts': b'\xef\xbb\xbfconst x: number = 1; console.log(x); ' + STACK.encode()}),
    'type_script_that_says_its_name': ('main.mts', {'main.mts': 'console.log(1 as number); ' + STACK + '\n//# sourceURL=other.js'}),
    'bytes_that_are_not_utf_8': ('main.mts', {'main.mts': b'const x: string = "\xff"; console.log(x.charCodeAt(0))'}),
}


class TypeScript(PackageTest):
    def assert_all_from_the_file(self, run):
        self.assertEqual(('hit', run.trace['modules'], 0, 0), tuple(run.trace[key] for key in ('result', 'hits', 'parsed', 'refused')), run)
        self.assertGreater(run.trace['modules'], 0)

    @on_each_version
    def test_a_change_is_seen_and_only_it_is_compiled(self, version):
        self.write({'main.mts': 'import { x } from "./x.mts"; import "./y.mts"; console.log(x as string)', 'x.mts': 'export const x: string = "one"', 'y.mts': 'export type Y = 1'})
        self.same_everywhere(version, 'main.mts')
        for text in ('export const x: string = "two"', 'export const x: "two" = "two"', 'export const x: enum = 1', 'export const x = "six"'):
            (self.sources / 'x.mts').write_text(text)
            plain = self.plain(version, 'main.mts')
            run = self.cached(version, 'main.mts')
            self.assertEqual((plain.seen, 'source_changed'), (run.seen, run.trace['reason'] if plain.code == 0 else 'source_changed'), run.trace)
            if plain.code == 0:
                self.assertEqual((3, 2), (run.trace['modules'], run.trace['hits']), run)
                self.assert_all_from_the_file(self.cached(version, 'main.mts'))

    @on_each_version
    def test_options_about_it(self, version):
        self.write({'main.mts': 'import { x } from "./x.mts"; console.log(x as number)', 'x.mts': 'export const x: number = 1', 'enum.mts': 'export enum E { a } console.log(E)', 'main.cts': 'console.log(require("./x.cts"))', 'x.cts': 'exports.x = 1 as number'})
        flags = {'22': ['--no-experimental-strip-types', '--experimental-transform-types', '--experimental-strip-types'], '24': ['--no-strip-types', '--experimental-transform-types', '--no-experimental-strip-types'], '26': ['--no-strip-types', '--strip-types']}
        for flag in flags[version]:
            for entry in 'main.mts', 'enum.mts', 'main.cts':
                with self.subTest(flag=flag, entry=entry):
                    plain = self.plain(version, entry, flags=[flag])
                    for _ in range(3):
                        run = self.cached(version, entry, flags=[flag])
                        self.assertEqual(plain.seen, run.seen, run.trace)
        # And each of them leaves what is kept without it.
        self.same_everywhere(version, 'main.mts')

    @on_each_version
    def test_without_a_package_json_the_text_says_what_it_is(self, version):
        with tempfile.TemporaryDirectory() as folder:
            self.sources = Path(folder).resolve()
            self.write({'main.mjs': 'import { x } from "./x.ts"; import { j } from "./j.js"; console.log(x, j, (await import("./y.ts")).y)', 'x.ts': 'export const x: number = 1; ' + STACK, 'y.ts': 'import { x } from "./x.ts"; console.log(import.meta.url.slice(-4)); export const y = x as number', 'j.js': 'export const j = "j"'})
            runs = self.same_everywhere(version, str(self.sources / 'main.mjs'), cwd=self.sources)
            self.assertEqual(b'', runs[0].stderr)
            self.assert_all_from_the_file(runs[3])
            self.write({'package.json': '{"type": "commonjs"}'})
            plain = self.plain(version, 'main.mjs')
            self.assertNotEqual(0, plain.code)
            self.assertEqual(plain.seen, self.cached(version, 'main.mjs', cwd=self.sources).seen)

    @on_each_version
    def test_damage_is_found(self, version):
        self.write({'main.mts': 'import { x } from "./x.mts"; console.log(x as number)', 'x.mts': 'export const x: number = 1'})
        plain = self.plain(version, 'main.mts')
        for _ in range(3):
            self.cached(version, 'main.mts')
        file, = self.cache.glob('*.cache')
        good = file.read_bytes()
        for part in range(40):
            at = len(good) * part // 40
            file.write_bytes(good[:at] + bytes([good[at] ^ 0x11]) + good[at + 1:])
            self.assertEqual(plain.seen, self.cached(version, 'main.mts').seen, at)

    @on_each_version
    def test_rxjs_as_it_is_written(self, version):
        sys.path.insert(0, str(PROJECT / 'bench'))
        try:
            import programs
        finally:
            sys.path.pop(0)
        programs.typescript_sources(str(self.sources / 'rxjs'))
        for path in self.sources.glob('rxjs/**/*'):
            os.utime(path, (1_700_000_000, 1_700_000_000))
        self.write(dict([programs.OTHER_ENTRIES['rxjs-ts']]))
        runs = self.same_everywhere(version, 'rxjs-ts.mts')
        self.assertEqual(b'1\n9\n25\n49\n81\n', runs[0].stdout)
        self.assert_all_from_the_file(runs[3])
        self.assertGreater(runs[3].trace['modules'], 200)


def add(name, entry, files, is_kept):
    def test(self, version):
        self.write(files)
        runs = [self.plain(version, entry, 'one')] + [self.cached(version, entry, 'one') for _ in range(3)]
        for which, run in zip(('first', 'second', 'third'), runs[1:]):
            self.assertEqual(runs[0].seen, run.seen, f'{which} run: {run.trace}')
        if is_kept:
            self.assert_all_from_the_file(runs[3])

    test.__name__ = 'test_' + name
    setattr(TypeScript, test.__name__, on_each_version(test))


for program, (its_entry, its_files) in KEPT.items():
    add(program, its_entry, its_files, True)
for program, (its_entry, its_files) in SAME.items():
    add(program, its_entry, its_files, False)

if __name__ == '__main__':
    unittest.main()
