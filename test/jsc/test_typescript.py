#!/usr/bin/env python3
"""TypeScript: a program prints what it prints under Node 26, uncached, into the cache and from it, where its types are not erased again.

Where there is a Node to compare with it is run as well; the table holds what it prints.
"""

import concurrent.futures
import os
import subprocess
import sys
from pathlib import Path

import support

NODE = Path(os.environ.get('NODE') or support.PROJECT / 'backends/v8/versions/node_modules/node-26/bin/node')
UNSUPPORTED, INVALID = 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX', 'ERR_INVALID_TYPESCRIPT_SYNTAX'

# Name: files, the first of them the entry; what the program prints.
PROGRAMS = {
    'types_of_all_kinds': ({'main.ts': '''
interface Point { x: number; readonly y?: number }
type Pair<T> = [T, T];
declare const nowhere: string;
declare module "nothing" { export const x: number }
namespace OnlyTypes { export type A = 1 }
abstract class Shape<T extends Point = Point> implements Iterable<T> {
  private readonly points: T[] = [];
  declare id: number;
  protected static made?: number = 1;
  constructor(...points: T[]) { this.points = points; }
  abstract area(this: Shape<T>): number;
  public *[Symbol.iterator](): IterableIterator<T> { yield* this.points; }
}
class Line extends Shape { override area(): number { return this[Symbol.iterator]().next().value!.x as number; } }
function first(a: string): string;
function first<T,>(a: T): T;
function first(a: unknown) { return a; }
const is = (v: unknown): v is string => typeof v === "string";
const pair = [1, 2] satisfies Pair<number>;
let definite!: number;
try { throw new Error("x"); } catch (e: unknown) { console.log((e as Error).message); }
console.log(new Line({ x: 3 }).area(), first<number>(4), is("5"), pair, Object.keys(new Line()), definite);
'''}, "x\n3 4 true [ 1, 2 ] [ 'points' ] undefined\n"),
    'commonjs_by_its_text': ({'main.ts': 'const path = require("node:path"); const s: string = path.sep; console.log(s, typeof module, this === module.exports);'}, '/ object true\n'),
    'a_module_by_its_text': ({'main.ts': 'const x: number = await 2; console.log(x, typeof require, import.meta.filename.split("/").pop());'}, '2 undefined main.ts\n'),
    'a_module_by_its_package': ({'main.ts': 'const x: number = 1; console.log(this, x);', 'package.json': '{"type":"module"}'}, 'undefined 1\n'),
    'commonjs_by_its_package': ({'main.ts': 'const x: number = 1; console.log(typeof exports, x);', 'package.json': '{"type":"commonjs"}'}, 'object 1\n'),
    'mts_and_cts': ({'main.mts': 'import { s } from "./c.cts"; import c from "./c.cts"; console.log(s as string, c, import.meta.dirname.length > 0);',
                     'c.cts': 'const s: string = "cts"; module.exports = { s };', 'package.json': '{"type":"commonjs"}'}, "cts { s: 'cts' } true\n"),
    'require_of_both': ({'main.cjs': 'console.log(require("./a.ts"), require("./b.mts").b, require("./c.cts"));', 'a.ts': 'const a: number = 1; module.exports = a;',
                         'b.mts': 'export const b: number = 2;', 'c.cts': 'exports.c = 3 as number;'}, '1 2 { c: 3 }\n'),
    'imports_of_types': ({'main.mts': 'import type { X } from "./absent.ts"; import { type Y, z } from "./z.ts"; export type { X }; export type * from "./absent.ts";\n'
                                      'import { type Y as Q } from "./z.ts"; const y: Y | Q = { z }; console.log(y);',
                          'z.ts': 'console.log("z"); export interface Y { z: number } export const z: number = 3;'}, 'z\n{ z: 3 }\n'),
    'import_of_typescript_while_it_runs': ({'main.mjs': 'for (const name of ["a.ts", "b.mts"]) console.log((await import("./" + name)).default);',
                                            'a.ts': 'export default 1 as number;', 'b.mts': 'export default <T,>(x: T) => x;'}, '1\n[Function: default]\n'),
    'names_of_commonjs': ({'main.mts': 'import { a, b } from "./c.ts"; console.log(a, b);', 'c.ts': 'const a: number = 1; exports.a = a; exports.b = (2 as number);',
                           'package.json': '{"type":"commonjs"}'}, '1 2\n'),
    'other_scripts_and_a_mark': ({'main.mts': '\ufeffconst größe: "日𝒳é" | null = "日𝒳é" as "日𝒳é"; type Ñ = "😀日é"; console.log(größe satisfies string, ((x: Ñ) => x).toString());'},
                                 '日𝒳é (x  \xa0) => x\n'),
    'what_a_function_says_of_itself': ({'main.mts': 'function f<T>(x: T, y?: number): T { return x as T }\nconsole.log(f.toString().length, String(f));'},
                                       '52 function f   (x   , y         )    { return x      }\n'),
    'a_line_that_starts_it': ({'main.ts': '#!/usr/bin/env bmes\nconst x: number = 1; console.log(x);'}, '1\n'),
    'brackets_that_say_a_type': ({'main.mts': 'type g = 2; const f = (x) => x, h = 3; console.log(f < g, g > (h)); const k = <T,>(x: T) => x; console.log(k<number>(h));'}, '3\n3\n'),
}

# Name: files; the code of the error, its message, the place that is printed.
ERRORS = {
    'enums': ({'main.ts': 'const before = 1;\nenum Color { Red }\nconsole.log(Color.Red);'}, UNSUPPORTED, 'TypeScript enum is not supported in strip-only mode', '2:1'),
    'namespaces': ({'main.mts': 'namespace A { export const x = 1 }'}, UNSUPPORTED, 'TypeScript namespace declaration is not supported in strip-only mode', '1:1'),
    'parameter_properties': ({'main.cts': 'class A { constructor(private x: number) {} }'}, UNSUPPORTED,
                             'TypeScript parameter property is not supported in strip-only mode', '1:31'),
    'import_equals': ({'main.cts': 'import fs = require("fs");'}, UNSUPPORTED, 'TypeScript import equals declaration is not supported in strip-only mode', '1:1'),
    'export_assignment': ({'main.cts': 'const x = 1; export = x;'}, UNSUPPORTED, 'TypeScript export assignment is not supported in strip-only mode', '1:14'),
    'assertions_in_brackets': ({'main.ts': 'const x = <number>(1 as unknown);'}, UNSUPPORTED, 'The angle-bracket syntax for type assertions, `<T>expr`', '1:11'),
    'broken_text': ({'main.ts': 'const a: number = ;'}, INVALID, 'Expression expected', '1:19'),
    'node_modules': ({'main.mjs': 'import "p";', 'node_modules/p/package.json': '{"exports":"./i.ts"}', 'node_modules/p/i.ts': 'export const x: number = 1'},
                     'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING', 'Stripping types is currently unsupported for files under node_modules, for "', ''),
    'no_extension_is_added': ({'main.mts': 'import "./z";', 'z.ts': ''}, 'ERR_MODULE_NOT_FOUND', "Cannot find module '", ''),
    'js_does_not_mean_ts': ({'main.mts': 'import "./z.js";', 'z.ts': ''}, 'ERR_MODULE_NOT_FOUND', "Cannot find module '", ''),
    'require_adds_no_extension': ({'main.cjs': 'require("./z");', 'z.ts': ''}, 'MODULE_NOT_FOUND', "Cannot find module './z'", ''),
}


class TypeScriptTest(support.CommandTest):
    def node(self, entry):
        if not NODE.exists():
            return None
        return subprocess.run([NODE, entry], cwd=self.sources, env=self.environment(), stdin=subprocess.DEVNULL, capture_output=True, timeout=50)

    def check(self, entry, prints):
        node = self.node(entry)
        if node:
            self.assertEqual((node.stdout.decode(), node.returncode), (prints, 0), node.stderr)
        warm = self.check_program(entry)
        self.assertEqual(warm.stdout.decode(), prints)
        for option in '--check=hash', '--check=none':
            self.assert_settled(self.bmes('run', option, entry))

    def check_error(self, files, code, message, place):
        entry = self.write_all(files)
        node = self.node(entry)
        if node:
            self.assertIn(f'code: \'{code}\'', node.stderr.decode())
            self.assertIn(message, node.stderr.decode())
            self.assertEqual((node.stdout, node.returncode), (b'', 1))
        for option in '--cache=off', '--cache=auto', '--cache=auto':
            seen = self.bmes('run', option, entry)
            self.assertEqual((seen.stdout, seen.code), (b'', 1), seen)
            for text in f"code: '{code}'", message, f'{entry}:{place}\n' if place else '':
                self.assertIn(text, seen.stderr.decode(), seen)

    # Beyond Node

    def test_tsx_without_jsx_runs(self):
        entry = self.write_all({'main.tsx': 'import { f } from "./f.tsx"; console.log(f<number>(1 as number));', 'f.tsx': 'export const f = <T,>(x: T): T => x;'})
        self.assertEqual(self.check_program(entry).stdout, b'1\n')

    def test_jsx_is_a_clear_error(self):
        entry = self.write('main.tsx', 'const x: number = 1;\nexport const y = (\n  <b>{x as number}</b>\n);')
        for option in '--cache=off', '--cache=auto':
            seen = self.bmes('run', option, entry)
            self.assertEqual(seen.code, 1, seen)
            self.assertIn(f'{entry}:3:3\n  <b>{{x as number}}</b>\n  ^', seen.stderr.decode())
            self.assertIn('JSX is not supported', seen.stderr.decode())
            self.assertIn(UNSUPPORTED, seen.stderr.decode())

    def test_positions_are_those_of_the_source(self):
        text = """type A = {
  a: number;
};
function thrower(x: number, y?: A): never { throw new Error("at " + (x as number)); }
try { thrower(1 as number, {} as A); } catch (e) { console.log((e as Error).stack!.replaceAll("main.ts", "erased.js")); }
"""
        self.write('package.json', '{"type":"module"}')
        entry = self.write('main.ts', text)
        self.write('erase.mjs', 'import fs from "node:fs"; import m from "node:module"; fs.writeFileSync("erased.js", m.stripTypeScriptTypes(fs.readFileSync("main.ts", "utf8")));')
        self.assertEqual(self.bmes('run', '--cache=off', 'erase.mjs').code, 0)
        erased = self.bmes('run', '--cache=off', 'erased.js')
        self.assertIn(b'erased.js:4:', erased.stdout)
        self.assertEqual(len((self.sources / 'erased.js').read_text()), len(text))
        self.assertEqual(self.check_program(entry).stdout, erased.stdout)

    # Freshness

    def test_an_edit_is_noticed(self):
        entry = self.write_all({'main.mts': 'import { x } from "./x.ts"; console.log(x);', 'x.ts': 'export const x: number = 1;'})
        self.check_program(entry)
        # The types alone change, the size does not.
        self.write('x.ts', 'export const x: string = 1;')
        self.settle()
        changed = self.bmes('run', entry)
        self.assertEqual((changed.stdout, changed.trace['result'], changed.trace['parsed']), (b'1\n', 'partial', 1), changed)
        self.assert_settled(self.bmes('run', entry), 2)
        self.write('x.ts', 'export const x: number = 2;')
        self.settle()
        self.assertEqual(self.bmes('run', entry).stdout, b'2\n')
        self.assert_settled(self.bmes('run', '--check=hash', entry), 2)

    def test_a_touched_source_is_a_hit(self):
        entry = self.write('main.ts', 'const x: number = 1; console.log(x);')
        self.check_program(entry)
        os.utime(entry)
        self.assert_warm(self.bmes('run', entry))

    def test_a_source_that_becomes_broken_fails_and_comes_back(self):
        entry = self.write_all({'main.mts': 'import { x } from "./x.ts"; console.log(x);', 'x.ts': 'export const x: number = 1;'})
        self.check_program(entry)
        self.write('x.ts', 'export const x: number = ;')
        self.settle()
        broken = self.bmes('run', entry)
        self.assertEqual(broken.code, 1, broken)
        self.assertIn(INVALID, broken.stderr.decode())
        self.write('x.ts', 'export const x: number = 3;')
        self.settle()
        self.assertEqual(self.bmes('run', entry).stdout, b'3\n')

    # What a warm run has of the text

    def test_a_function_that_the_cache_has_not_is_compiled_from_the_erased_text(self):
        entry = self.write('main.mts', 'function late<T extends number>(x: T): string { return `late ${x as number}`; }\n'
                                       'class Kept { field?: number = 1; declare none: string }\n'
                                       'console.log(process.argv[2] ? late<number>(1) : 0, process.argv[2] ? String(late) + String(Kept) : "");')
        self.settle()
        self.assertEqual(self.bmes('run', entry).stdout, b'0 \n')
        plain = self.bmes('run', '--cache=off', entry, 'x')
        entry.unlink()
        late = self.bmes('run', '--check=none', entry, 'x')
        self.assert_seen(late, plain)
        self.assertEqual((late.trace['result'], late.trace['parsed']), ('hit', 1), late)
        warm = self.bmes('run', '--check=none', entry, 'x')
        self.assert_seen(warm, plain)
        self.assert_settled(warm)

    def test_the_same_bytes_are_another_program_where_they_are_javascript(self):
        text = 'const f = () => f, x = 1; f.valueOf = () => 0; console.log(f < x > (x));'
        entry = self.write_all({'main.mjs': 'import "./a.js"; import "./a.ts"; import "./b.ts"; import "./b.js";', 'a.js': text, 'a.ts': text, 'b.ts': text, 'b.js': text,
                                'package.json': '{"type":"module"}'})
        self.check(entry, 'false\n[Function: f] { valueOf: [Function (anonymous)] }\n[Function: f] { valueOf: [Function (anonymous)] }\nfalse\n')

    # The other commands

    def test_compile_makes_a_file_of_it(self):
        self.write_all({'main.ts': 'import { x } from "./x.ts"; const y: number = x; console.log(y);', 'x.ts': 'export const x: number = 1;'})
        self.assertEqual(self.bmes('compile', '-o', 'out.bmes', 'main.ts', 'x.ts').code, 0)
        self.assertEqual(self.bmes('validate', 'out.bmes').code, 0)
        self.assertIn(b'TypeScript', self.bmes('inspect', '--all', 'out.bmes').stdout)
        self.write('bad.ts', 'let a = 1;\nenum B { C }')
        self.assertIn(b'bad.ts:2:1: SyntaxError: TypeScript enum is not supported', self.bmes('compile', 'bad.ts').stderr)
        self.assertEqual(self.bmes('compile', '--format-version', '1', 'x.ts').code, 0)

    def test_compile_graph_makes_the_first_run_a_hit(self):
        self.write_all({'main.ts': 'import { x } from "./x.mts"; const y: number = x; console.log(y);', 'x.mts': 'export const x: number = 1;'})
        self.settle()
        made = self.bmes('compile', '--graph', 'main.ts')
        self.assertEqual(made.code, 0, made)
        first = self.bmes('run', 'main.ts')
        self.assertEqual(first.stdout, b'1\n')
        self.assert_warm(first, 2)
        self.assertEqual(self.bmes('why', 'main.ts').code, 0)
        self.assertIn(b'main.ts', self.bmes('graph', 'main.ts').stdout)

    def test_stripping_is_there_for_programs(self):
        entry = self.write('main.mjs', '''import { stripTypeScriptTypes as strip } from "node:module";
console.log(strip("let a: number = 1"), strip("let a: number = 1", { mode: "strip", sourceUrl: "x.ts" }));
for (const bad of [["enum A {}"], [1], ["", 1], ["", { mode: "transform" }], ["", { sourceMap: true }], ["", { sourceUrl: 1 }], ["let a: ;"]])
  try { strip(...bad); } catch (e) { console.log(e.name, e.code, e.message); }
console.log(process.features.typescript);''')
        node = self.node(entry)
        seen = self.bmes('run', '--cache=off', entry)
        if node:
            self.assertEqual(seen.stdout.decode(), node.stdout.decode())
        self.assertIn(b"SyntaxError ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX TypeScript enum is not supported in strip-only mode\n", seen.stdout)

    # A real program

    def write_rxjs(self):
        sys.path.insert(0, str(support.PROJECT / 'bench'))
        import programs
        programs.typescript_sources(str(self.sources / 'rxjs'))
        file, text = programs.OTHER_ENTRIES['rxjs-ts']
        return self.write(file, text)

    def test_rxjs_in_typescript(self):
        self.check(self.write_rxjs(), '1\n9\n25\n49\n81\n')

    def test_a_busy_machine_erases_the_same(self):
        # WebAssembly went wrong in one of seven such runs when faster code took the place of what ran.
        entry = self.write_rxjs()
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            for seen in pool.map(lambda _: self.bmes('run', '--cache=off', entry), range(18)):
                self.assertEqual((seen.stdout, seen.stderr, seen.code), (b'1\n9\n25\n49\n81\n', b'', 0))


def add(name, check):
    setattr(TypeScriptTest, 'test_' + name, check)


for each, (files, prints) in PROGRAMS.items():
    add(each, lambda self, files=files, prints=prints: self.check(self.write_all(files), prints))
for each, given in ERRORS.items():
    add(each + '_fail_as_in_node', lambda self, given=given: self.check_error(*given))

if __name__ == '__main__':
    support.main()
