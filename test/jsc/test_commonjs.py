#!/usr/bin/env python3
"""CommonJS modules and packages found by name: a program prints what it prints under Node, uncached, into the cache and from it.

What is printed is what Node 26 prints. With the path of such a node in `NODE` it is run as well.
"""

import os
import shutil
import subprocess

import support


class CommonJsTest(support.CommandTest):
    def make(self, files, links=()):
        """Makes the sources, and symbolic links (path to target). The first source is the entry."""
        entry = self.write_all(files)
        for name, target in dict(links).items():
            path = self.sources / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(target)
        self.settle()
        return entry

    def check(self, files, prints, links=(), options=(), code=0, stderr=(), modules=None, settles=True):
        """Uncached, into the cache, from it, and from it again: four times the same, which is what Node prints."""
        entry = self.make(files, links)
        if os.environ.get('NODE'):
            node = subprocess.run([os.environ['NODE'], *options, entry], cwd=self.sources, capture_output=True, timeout=50)
            self.assertEqual((node.stdout.decode(), node.returncode), (prints, code), 'Node')
        plain = self.bmes('run', *options, '--cache', 'off', entry)
        self.assertEqual((plain.stdout.decode(), plain.code), (prints, code), plain)
        for text in stderr:
            self.assertIn(text, plain.stderr.decode())
        cold = self.bmes('run', *options, entry)
        self.assert_seen(cold, plain)
        self.assert_cold(cold)
        for outcome in plain, cold:
            self.assertGreater(outcome.trace['load_ms'], 0, outcome)
        for _ in range(2):
            warm = self.bmes('run', *options, entry)
            self.assert_seen(warm, plain)
            if settles:
                self.assert_settled(warm, modules)
        self.assertEqual(warm.trace['modules'], cold.trace['modules'], warm)
        return entry

    def check_change(self, entry, prints, options=()):
        """After a change on the disk: the next run is what an uncached one is, and the one after it comes from the cache."""
        self.settle()
        plain = self.bmes('run', *options, '--cache', 'off', entry)
        self.assertEqual((plain.stdout.decode(), plain.code), (prints, 0), plain)
        if os.environ.get('NODE'):
            node = subprocess.run([os.environ['NODE'], *options, entry], cwd=self.sources, capture_output=True, timeout=50)
            self.assertEqual((node.stdout.decode(), node.returncode), (prints, 0), 'Node')
        changed = self.bmes('run', *options, entry)
        self.assert_seen(changed, plain)
        self.assertNotEqual(changed.trace['result'], 'hit', changed)
        warm = self.bmes('run', *options, entry)
        self.assert_seen(warm, plain)
        self.assert_warm(warm)

    def start_again(self):
        for folder in self.sources, self.cache:
            shutil.rmtree(folder, ignore_errors=True)
        self.sources.mkdir()

    # CommonJS modules that are imported

    def test_a_commonjs_module_is_imported_by_names_and_as_a_whole(self):
        self.check({
            'main.mjs': 'import whole, { a, b as renamed } from "./c.cjs"; import * as ns from "./c.cjs"; import { default as again } from "./c.cjs";'
                        'console.log(a, renamed, whole.c, whole === again, whole === ns["module.exports"], Object.keys(ns).join());'
                        'const late = await import("./c.cjs"); console.log(late === ns, late.a);',
            'c.cjs': 'exports.a = 1; exports.b = 2; exports[["c"][0]] = 3;',
        }, '1 2 3 true true a,b,default,module.exports\ntrue 1\n', modules=2)

    def test_exports_may_be_any_value(self):
        self.check({
            'main.mjs': 'import f from "./f.cjs"; import n from "./n.cjs"; import u from "./u.cjs"; import C, { D } from "./class.cjs"; console.log(f(2), n, u, new C().x, D === C);',
            'f.cjs': 'module.exports = x => x * 2;', 'n.cjs': 'module.exports = null;', 'u.cjs': 'module.exports = 5;',
            'class.cjs': 'class C { x = 7; } module.exports = C; module.exports.D = C;',
        }, '4 null 5 7 true\n', modules=5)

    def test_names_of_re_exported_modules_are_names(self):
        self.check({
            'main.mjs': 'import { a } from "./whole.cjs"; import { b } from "./star.cjs"; import { c, own } from "./keys.cjs"; import { x, y } from "./literal.cjs"; import * as all from "./spread.cjs";'
                        'console.log(a, b, c, own, x, y, Object.keys(all).join());',
            'whole.cjs': 'module.exports = require("./a.cjs");', 'a.cjs': 'exports.a = "a";',
            'star.cjs': 'const __exportStar = (m, e) => Object.assign(e, m); __exportStar(require("./b.cjs"), exports);', 'b.cjs': 'exports.b = "b";',
            'keys.cjs': '''"use strict"; Object.defineProperty(exports, "__esModule", { value: true }); exports.own = "own";
var _c = require("./c.cjs");
Object.keys(_c).forEach(function (key) {
  if (key === "default" || key === "__esModule") return;
  Object.defineProperty(exports, key, { enumerable: true, get: function () { return _c[key]; } });
});''',
            'c.cjs': 'exports.c = "c";', 'literal.cjs': 'const x = "x", y = "y"; module.exports = { x, y };',
            'spread.cjs': 'module.exports = { ...require("./a.cjs"), ...require("./b.cjs"), z: 1 };',  # nothing behind them is looked at
        }, 'a b c own x y a,b,default,module.exports\n', modules=9)

    def test_an_es_module_in_commonjs_form_has_its_default(self):
        self.check({
            'main.mjs': 'import d, { __esModule, n } from "./c.cjs"; console.log(typeof d, d.default, __esModule, n);',
            'c.cjs': 'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = "default"; exports.n = 1;',
        }, 'object default true 1\n', modules=2)

    def test_a_name_that_a_commonjs_module_has_not_is_a_syntax_error(self):
        self.check({
            'main.mjs': 'await import("./user.mjs").catch(e => console.log(e.name)); console.log("main goes on");',
            'user.mjs': 'import { gone } from "./c.cjs"; console.log("never");', 'c.cjs': 'exports.a = 1;',
        }, 'SyntaxError\nmain goes on\n')

    def test_modules_run_in_the_order_of_their_imports_and_once(self):
        self.check({
            'main.mjs': 'import "./one.cjs"; import "./two.mjs"; import "./three.cjs"; console.log("main");',
            'one.cjs': 'console.log("one"); require("./four.cjs");', 'two.mjs': 'import "./four.cjs"; console.log("two");', 'three.cjs': 'console.log("three"); require("./one.cjs");',
            'four.cjs': 'console.log("four");',
        }, 'one\nfour\ntwo\nthree\nmain\n', modules=5)

    # require()

    def test_modules_that_require_each_other_see_what_is_there_yet(self):
        self.check({
            'main.cjs': 'console.log("main"); const a = require("./a.cjs"), b = require("./b.cjs"); console.log("in main", a.done, b.done);',
            'a.cjs': 'console.log("a"); exports.done = false; const b = require("./b.cjs"); console.log("in a", b.done); exports.done = true;',
            'b.cjs': 'console.log("b"); exports.done = false; const a = require("./a.cjs"); console.log("in b", a.done); exports.done = true;',
        }, 'main\na\nb\nin b false\nin a true\nin main true true\n', modules=3)

    def test_a_commonjs_module_has_its_own_names(self):
        self.check({
            'main.cjs': 'console.log(this === module.exports, exports === module.exports, __filename === module.filename, __dirname === module.path, __filename.slice(__dirname.length));'
                        'console.log(typeof arguments, arguments.length, arguments[1] === require, typeof module.require, require("./sub/m.cjs"));'
                        'var here = 1; console.log(globalThis.here, (function () { return this === globalThis; })());',
            'sub/m.cjs': 'module.exports = [__filename, __dirname].map(p => p.slice(require.main.path.length)).join(); this.never = 1;',
        }, 'true true true true /main.cjs\nobject 5 true function /sub/m.cjs,/sub\nundefined true\n', modules=2)

    def test_module_objects_tell_who_required_whom(self):
        self.check({
            'main.cjs': 'const short = p => p.slice(__dirname.length); require("./a.cjs"); require("./b.cjs");'
                        'console.log(require.main === module, module.id, module.loaded, module.children.map(m => short(m.id)).join(), Object.keys(require.cache).map(short).join());'
                        'console.log(require.cache[__filename] === module, module.children[0].loaded, module.children[0].children.length);'
                        'console.log(module.constructor === require("module"), module.children[0].exports.isMain);',
            'a.cjs': 'exports.isMain = require.main === module; require("./b.cjs"); require("./c.cjs");', 'b.cjs': '', 'c.cjs': '',
        }, 'true . false /a.cjs,/b.cjs /main.cjs,/a.cjs,/b.cjs,/c.cjs\ntrue true 2\ntrue false\n', modules=4)

    def test_what_is_taken_from_the_cache_of_modules_runs_again(self):
        self.check({
            'main.cjs': 'const a = require("./a.cjs"), again = require("./a.cjs"); console.log(a === again);'
                        'delete require.cache[require.resolve("./a.cjs")]; console.log(require("./a.cjs") === a);'
                        'require.cache[require.resolve("./b.cjs")] = { exports: "mine" }; console.log(require("./b.cjs"));',
            'a.cjs': 'console.log("a"); exports.x = {};', 'b.cjs': 'console.log("never");',
        }, 'a\ntrue\na\nfalse\nmine\n')

    def test_what_is_taken_from_the_cache_of_modules_and_changed_is_read_again(self):
        entry = self.make({'main.cjs': '''
if (process.argv[2]) { console.log(require("./made.cjs"), require("./made.json"), require("./made.js")); process.exit(); }
const fs = require("fs"), path = (name) => __dirname + "/" + name;
function again(name, text) {
  if (text === null) fs.unlinkSync(path(name)); else fs.writeFileSync(path(name), text);
  delete require.cache[path(name)];
  try { console.log(require("./" + name)); } catch (e) { console.log(e.code ?? e.name); }
}
for (let i = 0; i < 3; i++) again("made.cjs", "module.exports = require('./other.cjs') + " + i), again("made.json", `{"v": ${i}}`), again("made.js", `exports.v = ${i}`);
again("made.cjs", "no program"); again("made.cjs", "exports.ok = 1"); again("made.cjs", null);
again("made.cjs", "exports.last = 1"); again("made.json", "{}");
''', 'other.cjs': 'module.exports = 10;'})
        expected = ''.join(f"{10 + i}\n{{ v: {i} }}\n{{ v: {i} }}\n" for i in range(3)) + 'SyntaxError\n{ ok: 1 }\nENOENT\n{ last: 1 }\n{}\n'
        if os.environ.get('NODE'):
            self.assertEqual(subprocess.run([os.environ['NODE'], entry], capture_output=True).stdout.decode(), expected)
        for cache in 'off', 'auto', 'auto', 'auto':
            outcome = self.bmes('run', '--cache', cache, entry)
            self.assertEqual((outcome.stdout.decode(), outcome.code), (expected, 0), outcome)
        # What is kept of them is what they were last.
        self.settle()
        for _ in range(2):
            outcome = self.bmes('run', entry, 'read')
            self.assertEqual((outcome.stdout.decode(), outcome.code), ('{ last: 1 } {} { v: 2 }\n', 0), outcome)
        self.assertEqual((outcome.trace['result'], outcome.trace['parsed']), ('hit', 0), outcome)

    def test_names_of_a_changed_module_are_those_of_its_new_text(self):
        entry = self.make({
            'main.mjs': 'import * as first from "./a.cjs"; import { createRequire } from "node:module"; import fs from "node:fs"; const require = createRequire(import.meta.url);'
                        'const path = require.resolve("./a.cjs"); console.log(Object.keys(first)); fs.writeFileSync(path, "exports.two = 2;"); delete require.cache[path];'
                        'console.log(require(path));',
            'a.cjs': 'exports.one = 1;',
        })
        for names in ('one',), ('two',), ('two',):
            outcome = self.bmes('run', entry)
            self.assertEqual((outcome.stdout.decode(), outcome.code), ("[ 'default', 'module.exports', '%s' ]\n{ two: 2 }\n" % names, 0), outcome)
            self.settle()

    def test_an_imported_module_that_becomes_no_program_is_read_again_until_it_is_one(self):
        entry = self.make({
            'main.mjs': 'import first from "./a.cjs"; import { createRequire } from "node:module"; import fs from "node:fs"; const require = createRequire(import.meta.url);'
                        'const path = require.resolve("./a.cjs"); console.log(first); for (const text of ["no program", "no program", "exports.x = 2", "exports.x = 1"]) {'
                        'fs.writeFileSync(path, text); delete require.cache[path]; for (let i = 0; i < 2; i++) try { console.log(require(path)); } catch (e) { console.log(e.name); } }',
            'a.cjs': 'exports.x = 1',
        })
        expected = '{ x: 1 }\n' + 'SyntaxError\n' * 4 + '{ x: 2 }\n' * 2 + '{ x: 1 }\n' * 2
        if os.environ.get('NODE'):
            self.assertEqual(subprocess.run([os.environ['NODE'], entry], capture_output=True).stdout.decode(), expected)
        for cache in 'off', 'auto', 'auto', 'auto':
            outcome = self.bmes('run', '--cache', cache, entry)
            self.assertEqual((outcome.stdout.decode(), outcome.code), (expected, 0), outcome)

    def test_json_can_be_required_and_imported(self):
        self.check({
            'main.mjs': 'import data from "./d.json" with { type: "json" }; import user from "./user.cjs"; console.log(data.a, user.a, user.same, user.bare.b);',
            'user.cjs': 'const d = require("./d.json"); module.exports = { a: d.a, same: d === require("./d"), bare: require("pkg/package.json") };',
            'd.json': '{"a": [1, 2]}', 'node_modules/pkg/package.json': '{"name": "pkg", "b": 3}',
        }, '[ 1, 2 ] [ 1, 2 ] true 3\n')

    def test_json_that_is_none_throws_a_syntax_error_that_names_the_file(self):
        self.check({
            'main.cjs': 'for (let i = 0; i < 2; i++) try { require("./d.json"); } catch (e) { console.log(e.name, e.message.startsWith(__dirname + "/d.json: ")); }',
            'd.json': '{"a": }',
        }, 'SyntaxError true\n' * 2)

    def test_a_module_that_threw_runs_again_when_it_is_required_again(self):
        self.check({
            'main.cjs': 'for (let i = 0; i < 2; i++) try { require("./t.cjs"); } catch (e) { console.log(e.message, require.resolve("./t.cjs") in require.cache); }',
            't.cjs': 'console.log("t"); require("./n.cjs"); throw new Error("t fails");', 'n.cjs': 'console.log("n");',
        }, 't\nn\nt fails false\nt\nt fails false\n', modules=3)

    def check_columns(self, first, column):
        # Engines differ in where in an expression an error is, so that the first line is compared with another one.
        first += 'const columns = []; '
        push = f'columns.push({column});'
        self.check({'main.cjs': first + push + '\n' + ' ' * len(first) + push + 'console.log(columns[0] === columns[1], columns[0] > 20);'}, 'true true\n', modules=1)

    def test_stacks_have_the_columns_of_the_file(self):
        self.check_columns('', '+Error("x").stack.match(/:[0-9]+:([0-9]+)/)[1]')

    def test_call_sites_have_the_columns_of_the_file(self):
        self.check_columns('Error.prepareStackTrace = (e, sites) => sites[0].getColumnNumber(); ', 'Error().stack')

    def test_a_syntax_error_of_the_first_line_is_shown_where_it_is(self):
        entry = self.make({'main.cjs': 'let a = ;'})
        plain = self.bmes('run', '--cache=off', entry)
        self.assertEqual((plain.stderr.decode(), plain.code), (f"{entry}:1:9\nlet a = ;\n        ^\n\nSyntaxError: Unexpected token ';'\n", 1), plain)
        for _ in range(2):
            self.assert_seen(self.bmes('run', entry), plain)

    def test_a_module_that_threw_is_no_child(self):
        self.check({
            'main.cjs': 'const ids = () => console.log(module.children.map(m => m.id.slice(__dirname.length)).join()); require("./a.cjs");'
                        'try { require("./t.cjs"); } catch (e) { console.log(e.stack.split("\\n")[0]); } ids(); require("./b.cjs"); ids();',
            'a.cjs': '', 'b.cjs': '', 't.cjs': 'throw new Error("t fails");',
        }, 'Error: t fails\n/a.cjs\n/a.cjs,/b.cjs\n', modules=4)

    def test_an_es_module_that_is_required_cannot_import_what_is_still_running(self):
        self.check({
            'main.cjs': 'for (let i = 0; i < 2; i++) try { require("./m.mjs"); } catch (e) { console.log(e.code, e.message.replaceAll(__dirname, "")); }'
                        'exports.a = 1; setTimeout(() => console.log(require("./m.mjs").a));',
            'm.mjs': 'import "./n.mjs"; import { a } from "./main.cjs"; export { a };', 'n.mjs': '',
        }, 'ERR_REQUIRE_CYCLE_MODULE Cannot import CommonJS Module ./main.cjs in a cycle. (from /m.mjs)\n' * 2 + '1\n', modules=3)

    def test_top_level_await_is_told_before_a_cycle(self):
        self.check({
            'main.mjs': 'import "./a.cjs"; console.log("main"); await 0;',
            'a.cjs': 'try { require("./main.mjs"); } catch (e) { console.log(e.code); }',
        }, 'ERR_REQUIRE_ASYNC_MODULE\nmain\n', modules=2)

    def test_an_import_of_a_module_that_threw_rejects_again(self):
        self.check({
            'main.mjs': 'const caught = name => import(name).then(() => "never", e => e); const one = await caught("./t.cjs"), two = await caught("./t.cjs"); console.log(one, one === two);',
            't.cjs': 'console.log("t"); throw "t fails";',
        }, 't\nt fails true\n', modules=2)

    def test_an_error_that_nobody_catches_ends_the_program(self):
        self.check({'main.cjs': 'console.log("main"); process.on("exit", code => console.log("exit", code)); require("./t.cjs"); console.log("never");', 't.cjs': 'throw new TypeError("t fails");'},
                   'main\nexit 1\n', code=1, stderr=['TypeError', 't fails', 't.cjs'])

    def test_a_module_that_is_not_found_has_nodes_code_message_and_stack(self):
        self.check({
            'main.cjs': 'require("./user.cjs");',
            'user.cjs': 'for (const name of ["./gone", "gone", "@scope/gone/x", "#gone"]) try { require(name); } catch (e) {'
                        'console.log(e.name, e.code, e.message.replaceAll(__dirname, "")); console.log(String(e.requireStack?.map(p => p.slice(__dirname.length)))); }',
        }, ''.join(f"Error MODULE_NOT_FOUND Cannot find module '{name}'\nRequire stack:\n- /user.cjs\n- /main.cjs\n/user.cjs,/main.cjs\n" for name in ('./gone', 'gone', '@scope/gone/x', '#gone')))

    def test_an_argument_that_is_no_specifier_throws(self):
        self.check({'main.cjs': 'for (const id of [undefined, 5, {}, ""]) try { require(id); } catch (e) { console.log(e.name, e.code); }'},
                   'TypeError ERR_INVALID_ARG_TYPE\n' * 3 + 'TypeError ERR_INVALID_ARG_VALUE\n')

    def test_require_resolve_finds_without_running(self):
        self.check({
            'main.cjs': 'const short = p => p.slice(__dirname.length); console.log(short(require.resolve("./a")), short(require.resolve("pkg")), require.resolve("fs"), require.resolve("node:path"));'
                        'console.log(short(require.resolve("pkg/x.js", { paths: [__dirname + "/sub"] })), require.resolve.paths("x").slice(0, 1).map(short).join());',
            'a.js': 'console.log("never");', 'node_modules/pkg/package.json': '{"main": "lib"}', 'node_modules/pkg/lib/index.js': 'console.log("never");', 'sub/node_modules/pkg/x.js': '',
        }, '/a.js /node_modules/pkg/lib/index.js fs node:path\n/sub/node_modules/pkg/x.js /node_modules\n')

    def test_an_es_module_has_require_by_create_require(self):
        self.check({
            'main.mjs': 'import { createRequire, isBuiltin } from "node:module"; const require = createRequire(import.meta.url);'
                        'console.log(require("./c.cjs").a, require("pkg"), require("./d.json").d, createRequire(import.meta.dirname + "/sub/none.js")("./m.cjs"));'
                        'console.log(isBuiltin("fs"), isBuiltin("node:path"), isBuiltin("pkg"), require.resolve("./c.cjs") === import.meta.dirname + "/c.cjs", require.main);',
            'c.cjs': 'exports.a = 1;', 'node_modules/pkg/index.js': 'module.exports = "pkg";', 'd.json': '{"d": 4}', 'sub/m.cjs': 'module.exports = "m";',
        }, '1 pkg 4 m\ntrue true false true undefined\n')

    def test_modules_of_the_host_are_required(self):
        self.check({
            'main.cjs': 'const fs = require("fs"), path = require("node:path"); console.log(typeof fs.readFileSync, path.join("a", "b"), require("fs") === fs, require("node:fs") === fs, require("process") === process);'
                        'try { require("node:gone"); } catch (e) { console.log(e.code, e.message); }',
        }, 'function a/b true true true\nERR_UNKNOWN_BUILTIN_MODULE No such built-in module: node:gone\n')

    def test_stacks_have_the_lines_of_the_source(self):
        self.check({
            'main.cjs': 'const line = e => e.stack.split("\\n").find(l => l.includes(".cjs")).match(/:(\\d+):\\d+\\)?$/)[1]; console.log(line(new Error("x")));\n'
                        'function f() {\n  return line(new Error("x"));\n}\nconsole.log(f(), line(new Error("x")), require("./c.cjs").map(line).join());',
            'c.cjs': '#!/usr/bin/env node\nmodule.exports = [new Error("x"),\n(() => new Error("x"))()];',
        }, '1\n3 5 2,3\n', modules=2)

    # ES modules that are required

    def test_an_es_module_can_be_required(self):
        self.check({
            'main.cjs': 'const m = require("./m.mjs"); console.log(m.a, m.default, m.__esModule, m === require("./m.mjs"), require("./whole.mjs"), Object.keys(require("./plain.mjs")).join());'
                        'import("./m.mjs").then(ns => console.log(ns.a, ns.default));',
            'm.mjs': 'import { b } from "./n.mjs"; import c from "./c.cjs"; export const a = b + c; export default "d"; console.log("m");', 'n.mjs': 'export const b = "b";', 'c.cjs': 'module.exports = "c";',
            'whole.mjs': 'const f = "whole"; export { f as "module.exports" };', 'plain.mjs': 'export let x, y;',
        }, 'm\nbc d true true whole x,y\nbc d\n', modules=6)

    def test_an_es_module_that_awaits_can_not_be_required(self):
        self.check({
            'main.cjs': 'for (const name of ["./m.mjs", "./user.mjs"]) try { require(name); } catch (e) { console.log(e.name, e.code); } import("./m.mjs").then(ns => console.log(ns.x));',
            'm.mjs': 'export const x = await 1; console.log("m");', 'user.mjs': 'import "./m.mjs"; console.log("never");',
        }, 'Error ERR_REQUIRE_ASYNC_MODULE\n' * 2 + 'm\n1\n')

    def test_an_es_module_of_a_cycle_can_not_be_required(self):
        self.check({
            'main.mjs': 'import "./a.cjs"; console.log("main"); export const x = 1;',
            'a.cjs': 'try { require("./main.mjs"); } catch (e) { console.log(e.name, e.code); }',
        }, 'Error ERR_REQUIRE_CYCLE_MODULE\nmain\n', modules=2)

    def test_an_es_module_that_throws_throws_the_same_again(self):
        self.check({
            'main.cjs': 'const caught = () => { try { require("./m.mjs"); } catch (e) { return e; } }; const one = caught(), two = caught(); console.log(one.message, one === two);',
            'm.mjs': 'console.log("m"); throw new Error("m fails");',
        }, 'm\nm fails true\n', modules=2)

    # What a .js file is

    def test_the_nearest_package_json_says_what_a_js_file_is(self):
        say = 'console.log(typeof require, typeof module);'
        self.check({
            'main.mjs': 'import "./es/a.js"; import "./cjs/a.js"; import "./es/deep/a.js"; import "./es/c.cjs"; import "./cjs/m.mjs";',
            'es/package.json': '{"type": "module"}', 'es/a.js': say, 'es/c.cjs': say, 'es/deep/a.js': say,
            'cjs/package.json': '{"type": "commonjs"}', 'cjs/a.js': say, 'cjs/m.mjs': say,
        }, 'undefined undefined\nfunction object\nundefined undefined\nfunction object\nundefined undefined\n', modules=6)

    def test_without_a_type_the_text_decides(self):
        self.check({
            'main.js': 'import "./c.js"; import "./awaits.js"; import "./meta.js"; import "./strict.js"; import "./redeclares.js"; console.log(typeof require, this);',
            'c.js': 'console.log(typeof require, this === module.exports);', 'awaits.js': 'await 0; console.log("awaits", typeof require);', 'meta.js': 'console.log("meta", typeof require, typeof import.meta.url);',
            'strict.js': 'with ({ a: "sloppy" }) console.log(a);', 'redeclares.js': 'const require = 1, module = 2; export { require }; console.log(require, module);', 'package.json': '{}',
        }, 'function true\nmeta undefined string\nsloppy\n1 2\nawaits undefined\nundefined undefined\n', modules=6)

    def test_a_file_without_an_extension_is_commonjs(self):
        self.check({'tool': '#!/usr/bin/env node\nconsole.log(typeof require, require("./lib").x);', 'lib.js': 'exports.x = 1;', 'package.json': '{}'}, 'function 1\n', modules=2)

    def test_a_commonjs_text_that_is_no_text_is_a_syntax_error(self):
        self.check({
            'main.cjs': 'for (const name of ["./bad.cjs", "./closes.cjs", "./imports.cjs"]) try { require(name); } catch (e) { console.log(e.name); } require("./comment.cjs");',
            'bad.cjs': 'let let;', 'closes.cjs': '}); (function () {', 'imports.cjs': 'import "fs";', 'comment.cjs': 'console.log("comment") // at the end',
        }, 'SyntaxError\n' * 3 + 'comment\n', settles=False)

    # Packages

    def test_packages_are_found_in_the_folders_above(self):
        self.check({
            'app/src/main.mjs': 'import near from "near"; import far from "far"; import sub from "near/sub.js"; import dep from "@scope/pkg"; import part from "@scope/pkg/part.js"; console.log(near, far, sub, dep, part);',
            'app/node_modules/near/index.js': 'module.exports = "near, " + require("deep");', 'app/node_modules/near/sub.js': 'module.exports = "sub";', 'app/node_modules/near/node_modules/deep/index.js': 'module.exports = "deep";',
            'node_modules/far/package.json': '{"main": "./lib/far"}', 'node_modules/far/lib/far.js': 'module.exports = "far";', 'node_modules/near/index.js': 'never',
            'app/node_modules/@scope/pkg/package.json': '{"name": "@scope/pkg", "type": "module", "main": "m.js"}', 'app/node_modules/@scope/pkg/m.js': 'export default "scoped";', 'app/node_modules/@scope/pkg/part.js': 'export default "part";',
        }, 'near, deep far sub scoped part\n', modules=7)

    CONDITIONS = {
        'node_modules/pkg/package.json': '''{"name": "pkg", "exports": {
  ".": {"import": "./import.mjs", "require": "./require.cjs"}, "./nested": {"browser": "./never.js", "node": {"require": "./require.cjs", "default": "./default.mjs"}},
  "./custom": {"custom": "./custom.mjs", "default": "./default.mjs"}, "./files/*.js": "./src/*.mjs", "./files/private/*": null, "./self": "./self.mjs"}}''',
        **{f'node_modules/pkg/{name}.mjs': f'export default "{name}";' for name in ('import', 'default', 'custom', 'src/a')},
        'node_modules/pkg/require.cjs': 'module.exports = "require";', 'node_modules/pkg/self.mjs': 'import a from "pkg"; import b from "pkg/files/a.js"; export default a + ", " + b;',
    }

    def test_exports_have_conditions_patterns_and_the_package_itself(self):
        self.check({
            'main.mjs': 'import a from "pkg"; import b from "pkg/nested"; import c from "pkg/custom"; import d from "pkg/files/a.js"; import e from "pkg/self"; import f from "./c.cjs"; console.log([a, b, c, d, e, f].join("; "));',
            'c.cjs': 'module.exports = [require("pkg"), require("pkg/nested"), require("pkg/custom").default].join();', **self.CONDITIONS,
        }, 'import; default; default; src/a; import, src/a; require,require,default\n')

    def test_conditions_can_be_given_and_programs_with_them_have_files_of_their_own(self):
        files = {'main.mjs': 'import c from "pkg/custom"; console.log(c);', **self.CONDITIONS}
        entry = self.check(files, 'custom\n', options=['-C', 'custom'], modules=2)
        plain = self.bmes('run', entry)
        self.assertEqual(plain.stdout, b'default\n', plain)
        self.assert_cold(plain)
        again = self.bmes('run', '--conditions=custom', entry)
        self.assertEqual(again.stdout, b'custom\n', again)
        self.assert_warm(again, 2)

    def test_what_a_package_does_not_export_has_nodes_code_and_message(self):
        self.check({
            'main.mjs': 'import { createRequire } from "module"; const require = createRequire(import.meta.url), short = e => console.log(e.name, e.code, e.message.replaceAll(import.meta.dirname, ""));'
                        'for (const name of ["pkg/gone", "pkg/files/private/a.js"]) { await import(name).catch(short); try { require(name); } catch (e) { short(e); } }',
            **self.CONDITIONS,
        }, ''.join(f"Error ERR_PACKAGE_PATH_NOT_EXPORTED Package subpath './{name}' is not defined by \"exports\" in /node_modules/pkg/package.json{by}\n"
                   for name in ('gone', 'files/private/a.js') for by in (' imported from /main.mjs', '')))

    def test_imports_of_the_package_itself(self):
        self.check({
            'main.js': 'import lib from "#lib"; import dep from "#dep"; import a from "#f/a"; import self from "app/lib"; import c from "./c.cjs"; console.log(lib, dep, a, lib === self, c);'
                       'await import("#gone").catch(e => console.log(e.name, e.code));',
            'package.json': '{"name": "app", "type": "module", "imports": {"#lib": "./lib.js", "#dep": {"import": "pkg", "require": "./by-require.cjs"}, "#f/*": "./f/*.js"}, "exports": {"./lib": "./lib.js"}}',
            'lib.js': 'export default "lib";', 'f/a.js': 'export default "f/a";', 'by-require.cjs': 'module.exports = "by require";', 'c.cjs': 'module.exports = require("#dep");', 'node_modules/pkg/index.js': 'module.exports = "pkg";',
        }, 'lib pkg f/a true by require\nTypeError ERR_PACKAGE_IMPORT_NOT_DEFINED\n')

    LINKED = {
        'main.mjs': 'import a from "a"; import b from "./b.cjs"; console.log(a, b);', 'b.cjs': 'module.exports = require("a");',
        'node_modules/.store/a@1/node_modules/a/package.json': '{"name": "a"}',
        'node_modules/.store/a@1/node_modules/a/index.js': 'module.exports = require("b") + " of " + __dirname.replace(/.*\\/sources/, "");',
        'node_modules/.store/b@1/node_modules/b/index.js': 'module.exports = "b";',
    }
    LINKS = {'node_modules/a': '.store/a@1/node_modules/a', 'node_modules/.store/a@1/node_modules/b': '../../b@1/node_modules/b'}

    def test_linked_packages_are_where_they_lie(self):
        self.check(self.LINKED, ' '.join(['b of /node_modules/.store/a@1/node_modules/a'] * 2) + '\n', self.LINKS, modules=4)

    def test_links_can_be_preserved(self):
        self.check({
            'main.mjs': 'import a from "./real.mjs"; import b from "./link.mjs"; console.log(a === b);', 'real.mjs': 'console.log(import.meta.url.replace(/.*\\//, "")); export default {};',
        }, 'real.mjs\nlink.mjs\nfalse\n', {'link.mjs': 'real.mjs'}, ['--preserve-symlinks'], modules=3)

    # What makes a program stale

    def test_an_edited_package_json_is_seen(self):
        entry = self.check({
            'main.mjs': 'import a from "pkg"; import b from "./c.cjs"; console.log(a, b);', 'c.cjs': 'module.exports = require("pkg");',
            'node_modules/pkg/package.json': '{"main": "one.js"}', 'node_modules/pkg/one.js': 'module.exports = "one";', 'node_modules/pkg/two.js': 'module.exports = "two";',
        }, 'one one\n', modules=3)
        self.write('node_modules/pkg/package.json', '{"main": "two.js"}')
        self.check_change(entry, 'two two\n')
        self.write('node_modules/pkg/package.json', '{"exports": {"import": "./one.js", "require": "./two.js"}}')
        self.check_change(entry, 'one two\n')

    def test_a_package_json_that_another_type_is_in_is_seen(self):
        entry = self.check({'main.mjs': 'import "./a.js";', 'a.js': 'console.log(typeof require);', 'package.json': '{}'}, 'function\n', modules=2)
        self.write('package.json', '{"type": "module"}')
        self.check_change(entry, 'undefined\n')

    def test_a_file_that_comes_before_what_was_found_is_seen(self):
        entry = self.check({
            'app/main.cjs': 'console.log(require("./a"), require("pkg"), require("./sub"));', 'app/a.json': '"json"', 'node_modules/pkg/index.js': 'module.exports = "far";', 'app/sub/index.js': 'module.exports = "index";',
        }, 'json far index\n', modules=4)
        self.write('app/a.js', 'module.exports = "js";')
        self.check_change(entry, 'js far index\n')
        self.write('app/node_modules/pkg/index.js', 'module.exports = "near";')
        self.check_change(entry, 'js near index\n')
        self.write('app/sub/package.json', '{"main": "other"}')
        self.write('app/sub/other.js', 'module.exports = "other";')
        self.check_change(entry, 'js near other\n')

    def test_a_package_json_that_appears_is_seen(self):
        entry = self.check({'app/main.mjs': 'import "./a.js";', 'app/a.js': 'console.log(typeof require);'}, 'function\n', modules=2)
        self.write('app/package.json', '{"type": "module"}')
        self.check_change(entry, 'undefined\n')

    def test_a_link_that_leads_to_another_package_is_seen(self):
        entry = self.check(self.LINKED, ' '.join(['b of /node_modules/.store/a@1/node_modules/a'] * 2) + '\n', self.LINKS)
        self.write('node_modules/.store/a@2/node_modules/a/index.js', 'module.exports = "second";')
        link = self.sources / 'node_modules/a'
        link.unlink()
        link.symlink_to('.store/a@2/node_modules/a')
        self.check_change(entry, 'second second\n')

    def test_names_that_are_reexported_are_those_of_now(self):
        entry = self.check({'main.mjs': 'import * as ns from "./a.cjs"; console.log(Object.keys(ns).join());', 'a.cjs': 'module.exports = require("./b.cjs");',
                            'b.cjs': 'module.exports = require("./c.cjs");', 'c.cjs': 'exports.one = 1;'}, 'default,module.exports,one\n')
        self.write('c.cjs', 'exports.one = 1; exports.two = 2;')
        self.check_change(entry, 'default,module.exports,one,two\n')
        self.write('main.mjs', 'import { two } from "./a.cjs"; console.log(two);')
        self.check_change(entry, '2\n')
        self.write('c.cjs', 'exports.two = 3; exports.four = 4;')
        self.check_change(entry, '3\n')

    def test_a_star_export_of_names_that_are_not_known_hides_none(self):
        files = {'main.mjs': 'import * as ns from "./m.mjs"; console.log(Object.keys(ns).join());', 'm.mjs': 'export * from "./c.cjs"; export * from "./b.mjs";',
                 'c.cjs': 'exports.x = 1;', 'b.mjs': 'export const y = "b";'}
        entry = self.check(files, 'module.exports,x,y\n')
        # A run that only requires it learns of its new text, but not its names.
        self.write('c.cjs', 'exports.x = 1; exports.y = "c";')
        self.write('main.mjs', 'import { createRequire } from "node:module"; console.log(createRequire(import.meta.url)("./c.cjs").y); '
                               'if (process.argv[2]) console.log(Object.keys(await import("./m.mjs")).join());')
        self.settle()
        for arguments, prints in ([], 'c\n'), ([], 'c\n'), (['all'], 'c\nmodule.exports,x\n'), (['all'], 'c\nmodule.exports,x\n'):
            self.assertEqual((self.bmes('run', '--cache', 'off', entry, *arguments).stdout.decode()), prints)
            outcome = self.bmes('run', entry, *arguments)
            self.assertEqual((outcome.stdout.decode(), outcome.code), (prints, 0), outcome)

    def test_an_edited_commonjs_module_is_seen(self):
        entry = self.check({'main.mjs': 'import { a } from "./c.cjs"; import * as ns from "./c.cjs"; console.log(a, Object.keys(ns).join());', 'c.cjs': 'exports.a = require("./n.cjs");', 'n.cjs': 'module.exports = 1;'},
                           '1 a,default,module.exports\n', modules=3)
        self.write('n.cjs', 'module.exports = 2;')
        self.check_change(entry, '2 a,default,module.exports\n')
        self.write('c.cjs', 'exports.a = require("./n.cjs"); exports.b = 1;')
        self.check_change(entry, '2 a,b,default,module.exports\n')

    def test_what_one_run_did_not_require_is_learned_by_another(self):
        entry = self.make({'main.cjs': 'console.log(require(process.argv[2]));', 'a.cjs': 'module.exports = "a";', 'b.cjs': 'module.exports = "b";'})
        for name in 'abab':
            outcome = self.bmes('run', entry, f'./{name}.cjs')
            self.assertEqual((outcome.stdout.decode(), outcome.code), (name + '\n', 0), outcome)
        self.assert_settled(outcome, 2)


if __name__ == '__main__':
    support.main()
