"""What a program does is the same with the package and without: output, errors, exit codes, order."""

import unittest

from support import VERSIONS, PackageTest, on_each_version

# name: files. The entry is main.mjs, or else main.js. Warm runs are hits, unless '' says that Node itself runs the program ('off'), or that
# it ends by an error, of which nothing is kept, or that either will do ('any').
PROGRAMS = {
    'import_meta': {
        'main.mjs': '''import * as m from './sub/m.mjs'; console.log(import.meta, Object.keys(import.meta), import.meta.main, m.meta, m.meta.main);
            console.log(import.meta.resolve('./sub/m.mjs'), import.meta.resolve('fs'), import.meta.resolve('./absent.mjs'));
            try { import.meta.resolve('no-such-package') } catch (e) { console.log(e.code, e.message) }''',
        'sub/m.mjs': 'export const meta = import.meta',
    },
    'dynamic_import': {
        'main.mjs': '''const a = await import('./a.mjs'); const name = './' + 'b' + '.mjs'; const b = await import(name);
            console.log(a, b, a === await import('./a.mjs')); import('./c.mjs').then((c) => console.log(c.default));
            const f = await import('node:fs'); const g = await import('fs'); console.log(f === g, typeof f.readFileSync)''',
        'a.mjs': 'export const a = 1; export * from "./b.mjs"', 'b.mjs': 'export const b = 2', 'c.mjs': 'export default "c"',
    },
    'order_of_parallel_imports': {
        'main.mjs': '''import('./a.mjs').then(() => console.log('a done')); import('./b.mjs').then(() => console.log('b done'));
            Promise.resolve().then(() => console.log('micro')); process.nextTick(() => console.log('tick')); setImmediate(() => console.log('immediate'));
            console.log('main')''',
        'a.mjs': 'import "./a2.mjs"; console.log("a")', 'a2.mjs': 'import "./a3.mjs"; console.log("a2")', 'a3.mjs': 'console.log("a3")',
        'b.mjs': 'console.log("b")',
    },
    'order_of_ticks': {
        'main.mjs': '''process.nextTick(() => console.log('tick')); Promise.resolve().then(() => console.log('micro')); queueMicrotask(() => console.log('queued'));
            setTimeout(() => console.log('timeout')); console.log('main'); await null; console.log('after await')''',
    },
    'top_level_await_and_siblings': {
        'main.mjs': 'import "./a.mjs"; import "./b.mjs"; console.log("main")',
        'a.mjs': 'import "./c.mjs"; await 0; console.log("a")', 'b.mjs': 'console.log("b")', 'c.mjs': 'await 0; console.log("c")',
    },
    'cycles': {
        'main.mjs': 'import { b } from "./b.mjs"; export function a() { return "a" } console.log(b())',
        'b.mjs': 'import { a } from "./main.mjs"; export const b = () => "b" + a(); try { c } catch (e) { console.log(e.name) } let c = 1',
    },
    'error_in_a_module': {'': 'any', 'main.mjs': 'import "./a.mjs"', 'a.mjs': '\n\nfunction f() { throw new TypeError("told") }\nf()'},
    'error_of_a_thrown_string': {'': 'any', 'main.mjs': 'await 1; throw "a string"'},
    'error_remembered': {
        'main.mjs': '''for (let i = 0; i < 2; i++) await import('./a.mjs').catch((e) => console.log(e.message, (globalThis.e ??= e) === e))''',
        'a.mjs': 'console.log("once"); throw new Error("remembered")',
    },
    'import_of_absent_module': {
        'main.mjs': '''await import('./absent.mjs').catch((e) => console.log(e.name, e.code, e.message, Object.keys(e)));
            await import('absent-package').catch((e) => console.log(e.name, e.code, e.message));
            await import('./sub').catch((e) => console.log(e.name, e.code, e.message));
            await import('./bad.mjs').catch((e) => console.log(e.name, e.message, e.stack.split('\\n')[0]));
            await import('./link.mjs').catch((e) => console.log(e.name, e.message));
            await import('./j.json').catch((e) => console.log(e.name, e.code, e.message))''',
        'sub/x.mjs': '', 'bad.mjs': 'let let = 1', 'link.mjs': 'import { absent } from "./sub/x.mjs"', 'j.json': '{}',
    },
    'unhandled_rejection_of_an_import': {'': 'any', 'main.mjs': 'import("./a.mjs")', 'a.mjs': 'throw new Error("nobody cares")'},
    'unhandled_rejection_handler': {
        'main.mjs': '''process.on('unhandledRejection', (e) => console.log('rejection', e.message));
            process.on('uncaughtException', (e, origin) => console.log('exception', e.message, origin)); Promise.reject(new Error('r'));
            setTimeout(() => { throw new Error('later') })''',
    },
    'uncaught_exception_handler_of_main': {
        'main.mjs': '''import './handler.mjs'; throw new Error('of main')''',
        'handler.mjs': '''process.on('uncaughtException', (e, origin) => console.log('exception', e.message, origin))''',
    },
    'exit_code': {'main.mjs': 'process.exitCode = 7; console.log(process.listenerCount("exit"), process.listenerCount("beforeExit"), Object.hasOwn(process, "emit"))'},
    'process_exit': {'main.mjs': 'process.on("exit", (c) => console.log("exit", c)); setTimeout(() => process.exit(5), 1); await new Promise(() => {})'},
    'common_js': {
        'main.mjs': '''import d, { a, b } from './c.cjs'; import * as ns from './c.cjs'; import e from './e.cjs'; import { x } from './re.cjs';
            import { createRequire } from 'module'; const require = createRequire(import.meta.url);
            console.log(d, a, b, ns, e, x, require('./c.cjs') === d, Object.keys(require.cache).length)''',
        'c.cjs': 'exports.a = 1; exports.b = __filename.length; exports.parent = module.parent; exports.main = require.main === module; console.log("c", require.main, module.children.length)',
        'e.cjs': 'module.exports = function named() {}; module.exports.prop = 1', 're.cjs': 'module.exports = require("./re2.cjs")', 're2.cjs': 'exports.x = 3',
    },
    'common_js_that_is_required_before_it_is_imported': {
        'main.mjs': """import './c.cjs'; import { createRequire } from 'module'; const require = createRequire(import.meta.url); const d = require('./d.cjs');
            const m = await import('./m.mjs'); console.log(m.d === d, m.x, require('./n.mjs').default === d, (await import('./c.cjs')).default)""",
        'c.cjs': 'exports.late = require("./e.cjs")', 'd.cjs': 'exports.x = 4; console.log("d runs")', 'e.cjs': 'module.exports = 5',
        'm.mjs': 'import d, { x } from "./d.cjs"; import e from "./e.cjs"; export { d, x }; console.log(e)', 'n.mjs': 'import d from "./d.cjs"; import "./e.cjs"; export default d',
    },
    'common_js_in_order': {
        'main.mjs': 'import "./a.mjs"; import "./b.cjs"; import "./c.mjs"; console.log("main")',
        'a.mjs': 'console.log("a")', 'b.cjs': 'console.log("b")', 'c.mjs': 'console.log("c")',
    },
    'common_js_error': {'': 'any', 'main.mjs': 'import "./a.cjs"', 'a.cjs': '\nnull.x'},
    'common_js_names_that_are_missing': {'main.mjs': 'import { nope } from "./a.cjs"; console.log(nope)', 'a.cjs': 'module.exports = { yes: 1 }', '': 'off'},
    'import_from_common_js': {
        'main.mjs': '''import './c.cjs'; import { n } from './m.mjs'; console.log('n', n)''',
        'c.cjs': '''import('./m.mjs').then((m) => console.log('from cjs', m.n, globalThis.m === m)); eval("import('./m.mjs')").then((m) => console.log(m.n))''',
        'm.mjs': 'export let n = (globalThis.count = (globalThis.count ?? 0) + 1); console.log("m runs")',
    },
    'require_of_es_module': {
        'main.mjs': '''import { n } from './m.mjs'; import './c.cjs'; import { createRequire } from 'node:module';
            const m = createRequire(import.meta.url)('./m.mjs'); console.log(m.n === n, m.__esModule, m.default)''',
        'c.cjs': 'const m = require("./m.mjs"); console.log("c", m.n, m.__esModule, m.default); try { require("./t.mjs") } catch (e) { console.log(e.code) }; console.log(require("./d.mjs"))',
        'm.mjs': 'console.log("m runs"); export const n = {}; ', 't.mjs': 'await 1', 'd.mjs': 'export default 4; export { a as "module.exports" }; const a = "as is"',
    },
    'json': {
        'main.mjs': '''import j from './j.json' with { type: 'json' }; import { createRequire } from 'module'; console.log(j, createRequire(import.meta.url)('./j.json') === j);
            const k = await import('./k.json', { with: { type: 'json' } }); console.log(k.default)''',
        'j.json': '{"x": [1, 2]}', 'k.json': '\ufeff{"k": 1}',
    },
    'builtins': {
        'main.mjs': '''import fs, { readFileSync } from 'fs'; import * as ns from 'node:fs'; import process2 from 'process'; import { syncBuiltinESMExports } from 'module';
            console.log(fs.readFileSync === readFileSync, process2 === process, Object.keys(ns).length > 50, ns[Symbol.toStringTag]);
            fs.readFileSync = () => 'patched'; console.log(readFileSync === fs.readFileSync); syncBuiltinESMExports(); console.log(readFileSync(), ns.readFileSync())''',
    },
    'import_of_a_missing_export_of_a_builtin': {'main.mjs': 'import { nope } from "fs"', '': 'off'},
    'packages': {
        'main.mjs': '''import a from 'a'; import b from 'a/b'; import c from '#c'; import d from 'main-field'; import self from 'self/x'; import e from '@s/e';
            console.log(a, b, c, d, self, e); await import('a/hidden').catch((e) => console.log(e.code, e.message))''',
        'package.json': '{"name": "self", "exports": {"./x": "./x.mjs"}, "imports": {"#c": "./c.mjs"}}', 'x.mjs': 'export default "x"', 'c.mjs': 'export default "c"',
        'node_modules/a/package.json': '{"type": "module", "exports": {".": {"import": "./i.js", "require": "./r.cjs"}, "./b": {"node": "./b.js"}}}',
        'node_modules/a/i.js': 'export default "a"', 'node_modules/a/b.js': 'export default "b"', 'node_modules/a/hidden.js': '',
        'node_modules/main-field/package.json': '{"main": "./lib"}', 'node_modules/main-field/lib.js': 'module.exports = "main"',
        'node_modules/@s/e/package.json': '{"type": "module", "main": "./index.js"}', 'node_modules/@s/e/index.js': 'export default "e"',
    },
    'queries_are_modules_of_their_own': {
        'main.mjs': 'import "./m.mjs"; import "./m.mjs?x=1"; import "./m.mjs#f"; await import("./m.mjs?x=1"); import "./%6d.mjs"; console.log("main")',
        'm.mjs': 'console.log(import.meta.url.split("/").pop())',
    },
    'names_with_odd_characters': {'main.mjs': 'import { x } from "./a%20b%23ü.mjs"; console.log(x, "ü€😀")', 'a b#ü.mjs': 'export const x = import.meta.url.slice(-20) + "ü€😀"'},
    'texts_of_functions': {
        'main.mjs': 'import { f, g, h } from "./f.mjs"; console.log(f.toString(), g.toString(), h.toString())',
        'f.mjs': b'\xef\xbb\xbfexport function f() { return "\xc3\xbc" }\nexport function g(a, /* \xe2\x82\xac */ b) {}\nexport class h { m() { return `\xf0\x9f\x98\x80` } }',
    },
    'eval_and_functions': {
        'main.mjs': '''console.log(await eval("import('./m.mjs')"), await new Function("return import('./m.mjs')")().catch((e) => e.code), this)''', 'm.mjs': 'export const m = 1',
    },
    'missing_module': {'main.mjs': 'import "./absent.mjs"', '': 'off'},
    'missing_package': {'main.mjs': 'import "absent-package"', '': 'off'},
    'missing_export': {'main.mjs': 'import { x } from "./a.mjs"; import.meta', 'a.mjs': '', '': 'off'},
    'syntax_error': {'main.mjs': 'import "./a.mjs"; console.log("never")', 'a.mjs': '\n\n  let let = 1', '': 'off'},
    'ambiguous_star': {'main.mjs': 'import { x } from "./s.mjs"', 's.mjs': 'export * from "./a.mjs"; export * from "./b.mjs"', 'a.mjs': 'export let x', 'b.mjs': 'export let x', '': 'off'},
    'data_url': {'main.mjs': 'const m = await import("data:text/javascript,export default 5"); console.log(m.default)'},
    'static_data_url': {'main.mjs': 'import m from "data:text/javascript,export default 5"; console.log(m)'},
    'hashbang': {'main.mjs': '#!/usr/bin/env node\nconsole.log("hashbang")'},
    'worker': {'main.mjs': '''import { Worker } from 'worker_threads'; new Worker(new URL('./w.mjs', import.meta.url)).on('message', (m) => console.log(m))''',
               'w.mjs': 'import { parentPort } from "worker_threads"; import { x } from "./x.mjs"; parentPort.postMessage(x)', 'x.mjs': 'export const x = 9'},
    'hooks_registered_by_the_program': {
        'main.mjs': '''import { registerHooks } from 'module'; registerHooks({ resolve(s, c, n) { return s === 'made:up' ? { url: 'made:up', shortCircuit: true, format: 'module' } : n(s, c) },
            load(u, c, n) { return u === 'made:up' ? { source: 'export default "made up"', format: 'module', shortCircuit: true } : n(u, c) } });
            console.log((await import('made:up')).default)''', '': 'off',
    },
    'argv': {'main.mjs': 'console.log(process.argv.slice(1), process.execArgv.length > 0 || true, process.mainModule)'},
    'commonjs_main': {
        'main.js': '''const a = require('./a'); console.log(a, require.main === module, module.children.map((m) => m.id.length), module.parent, __filename, module.paths.length,
            Object.keys(require.cache).length, require.resolve('./a'), require.resolve.paths('x').length, this === module.exports, arguments.length, new Error('here').stack);
            import('./m.mjs').then((m) => console.log(m)); console.log(require('./j.json'), require('./d'));''',
        'a.js': 'exports.a = 1; exports.b = require("./b"); exports.stack = new Error("x").stack', 'b.js': 'exports.parent = module.parent.id.length; exports.loaded = module.parent.loaded',
        'm.mjs': 'export const m = 1', 'j.json': '{"j": 1}', 'd/index.js': 'module.exports = "index"',
    },
    'commonjs_error': {'': 'any', 'main.js': 'require("./a")', 'a.js': 'function f() {\n  throw new Error("of a")\n}\nf()'},
    'commonjs_missing': {'': 'any', 'main.js': 'try { require("./absent") } catch (e) { console.log(e.code, e.message, e.requireStack.length) } require("absent-package")'},
    'commonjs_syntax_error': {'': 'any', 'main.js': 'require("./bad")', 'bad.js': 'let let = 1'},
    'commonjs_cycle': {'main.js': 'exports.early = 1; const a = require("./a"); console.log(a); process.on("exit", () => console.log("exit"))', 'a.js': 'exports.main = require("./main").early'},
    'commonjs_hashbang_and_mark': {'main.js': '#!/usr/bin/env node\nconsole.log(require("./b"))', 'b.js': b'\xef\xbb\xbfmodule.exports = "mark"'},
    'commonjs_that_requires_es_modules': {'main.js': 'console.log(require("./m.mjs").m); import("./m.mjs").then((m) => console.log(m.m, globalThis.runs))',
                                          'm.mjs': 'globalThis.runs = (globalThis.runs ?? 0) + 1; export const m = 1'},
    'commonjs_that_is_forgotten_and_required_again': {
        'main.js': """require('./a'); const name = require.resolve('./a'); console.log(Object.keys(require.cache).map((n) => n.slice(-4)), require.cache[name].loaded);
            delete require.cache[name]; console.log(require('./a') === require('./a'), module.children.length); require.cache[name].exports = 'put there'; console.log(require('./a'))""",
        'a.js': 'console.log("a runs"); exports.a = module.id === __filename; exports.f = function f() { return f.toString().length }',
    },
    'commonjs_extensions_of_the_program': {
        'main.js': """require.extensions['.txt'] = (module, file) => { module.exports = require('fs').readFileSync(file, 'utf8') }; console.log(require('./t'), require('./t.txt'));
            const js = require.extensions['.js']; require.extensions['.js'] = (module, file) => { console.log('loads', file.slice(-4)); js(module, file) }; require('./a'); console.log(Object.keys(require.extensions))""",
        't.txt': 'text', 'a.js': '',
    },
    'commonjs_compiled_by_the_program': {
        '': 'any',
        'main.js': """const Module = require('module'); const m = new Module('/made/up.js', module); m.filename = '/made/up.js'; m.paths = module.paths; m._compile('exports.x = __filename + __dirname', '/made/up.js');
            console.log(m.exports); const n = new Module(require.resolve('./a')); n.load(n.id); console.log(n.exports, n.exports === require('./a')); console.log(Module.wrap('x'), Module._resolveFilename('./a', module) === n.id)""",
        'a.js': 'exports.a = 1',
    },
    'commonjs_that_is_patched_by_the_program': {
        '': 'any',
        'main.js': """const Module = require('module'); const { _load, prototype: { require: r, _compile } } = Module; Module._load = function (request, ...rest) { console.log('load', request); return _load.call(this, request, ...rest) };
            Module.prototype.require = function (id) { console.log('require', id); return r.call(this, id) }; Module.prototype._compile = function (text, file) { console.log('compile', text.length); return _compile.call(this, text.replace('1', '2'), file) };
            console.log(require('./a'))""",
        'a.js': 'exports.a = 1; require("./b")', 'b.js': '',
    },
    'commonjs_parts': {
        'main.js': """console.log(module.children.length, require('./d/e').parent, module.children.map((c) => c.id.slice(-4)), require('./j.json'), require.cache[require.resolve('./j.json')].children);
            const { createRequire, isBuiltin, builtinModules } = require('module'); console.log(createRequire(__dirname + '/d/')('./e').parent, isBuiltin('fs'), builtinModules.length > 30, require('node:test').name);
            try { require('./bad.json') } catch (e) { console.log(e.name, e.message.split('\\n').pop().slice(0, 30)) } try { require('') } catch (e) { console.log(e.code) } try { require(1) } catch (e) { console.log(e.code) }
            setTimeout(() => console.log(require('./late')(), require.main.children.length))""",
        'd/e.js': 'exports.parent = module.parent.filename.slice(-7); exports.paths = module.paths[0].slice(-20)', 'j.json': '[{"a": 1}]', 'bad.json': '{"a": }', 'late.js': 'module.exports = () => "late"',
    },
    'commonjs_of_a_package': {
        'main.js': """console.log(require('p'), require('p/sub'), require('#in'), require('q/lib/x'), require.resolve('q'), require.resolve.paths('q')[0].slice(-12)); try { require('p/hidden') } catch (e) { console.log(e.code) }
            import('p').then((m) => console.log(m.default))""",
        'package.json': '{"imports": {"#in": {"require": "./in.cjs", "import": "./in.mjs"}}}', 'in.cjs': 'module.exports = "in"',
        'node_modules/p/package.json': '{"exports": {".": {"import": "./i.mjs", "require": "./r.js"}, "./sub": "./sub.js"}}', 'node_modules/p/i.mjs': 'export default "import"',
        'node_modules/p/r.js': 'module.exports = "require"', 'node_modules/p/sub.js': 'module.exports = module.children.length + "sub"', 'node_modules/p/hidden.js': '',
        'node_modules/q/package.json': '{"main": "lib"}', 'node_modules/q/lib/index.js': 'module.exports = require("./x")', 'node_modules/q/lib/x.json': '"x"',
    },
    'stacks': {
        'main.mjs': """import { f } from './f.mjs'; import c from './c.cjs'; const at = (e) => e.stack.split('\\n').filter((l) => !/node:/.test(l)).join('|'); console.log(at(f(() => new Error('x')))); console.log(at(c(() => new Error('y'))));
            async function g() { await null; return new Error('z') } console.log(at(await g())); console.log(at((() => { try { null.x } catch (e) { return e } })())); console.log(await import('./thrown.mjs').catch(at));
            Error.prepareStackTrace = (e, sites) => sites.filter((s) => !/^node:/.test(s.getFileName() ?? '')).map((s) => [s.getFileName()?.slice(-8), s.getLineNumber(), s.getColumnNumber(), s.isAsync(), s.isToplevel(), s.getFunctionName(), s.isEval()].join()); console.log(f(() => new Error('s')).stack)""",
        'f.mjs': 'export function f(g) { return g() } export default class { static m() {} }', 'c.cjs': 'module.exports = function named(g) { return g() }', 'thrown.mjs': '\n\n   throw new RangeError("in a module")',
    },
    'live_bindings_and_hoisting': {
        'main.mjs': 'import { n, next, late } from "./n.mjs"; import * as ns from "./n.mjs"; console.log(n, next(), n, ns.n, late()); try { n = 1 } catch (e) { console.log(e.name) } console.log(Object.isFrozen(ns), Reflect.ownKeys(ns), f()); function f() { return typeof later }',
        'n.mjs': 'export let n = 1; export const next = () => ++n; export { later as late }; function later() { return "later" } export { n as "a name" }',
    },
    'events_of_the_process': {
        'main.mjs': '''process.on('beforeExit', function once() { process.off('beforeExit', once); console.log('before'); setTimeout(() => console.log('more')) }); process.on('exit', (c) => console.log('exit', c));
            process.on('warning', (w) => console.log('warning', w.message)); process.emitWarning('told'); import('./a.mjs').then(({ a }) => a())''',
        'a.mjs': 'export const a = () => { process.exitCode = 4; console.log(process.listenerCount("exit"), process.listeners("warning").length) }',
    },
    'a_fork': {
        'main.mjs': """import { fork } from 'child_process'; import { once } from 'events'; const child = fork(new URL('./child.mjs', import.meta.url), ['a'], { env: { ...process.env, BMES_TRACE: '' } });
            console.log((await once(child, 'message'))[0], await once(child, 'exit'))""",
        'child.mjs': 'import { x } from "./x.mjs"; process.send([x, process.argv.slice(2)]); process.disconnect(); process.exitCode = 2', 'x.mjs': 'export const x = 7',
    },
    'worker_of_common_js': {'main.js': """const { Worker, isMainThread, parentPort } = require('worker_threads'); if (isMainThread) { new Worker(__filename).on('message', console.log).on('exit', (c) => console.log('exit', c)) } else { parentPort.postMessage(require('./a')) }""", 'a.js': 'module.exports = 1'},
    'type_stripping': {'': 'off', 'main.mjs': 'import { x } from "./t.ts"; console.log(x)', 't.ts': 'interface I { a: number } export const x: I = { a: 1 }'},
    'type_script_from_common_js': {'main.js': 'console.log(require("./t.cts").x)', 't.cts': 'const x: number = 1; module.exports = { x }'},
    'data': {
        'main.mjs': """import { a } from 'data:text/javascript,export const a = 1; export { default as fs } from "node:fs"; export const meta = import.meta; export const name = "x.ts";';
            import b from 'data:text/javascript;base64,ZXhwb3J0IGRlZmF1bHQgJ2In'; import * as c from 'data:text/javascript;charset=utf-8,export const c = `%C3%A9 %25 %zz \u6f22`; console.log(`c runs`)';
            console.log(a, b, c, import.meta.resolve('data:text/javascript,1')); console.log((await import('./d.mjs')).d === c); import { meta } from 'data:text/javascript,export const meta = import.meta; export const f = () => new Error("x").stack.split("\\n")[1]; console.log(f())'; console.log(meta, typeof meta.resolve)""",
        'd.mjs': 'import * as c from "data:text/javascript;charset=utf-8,export const c = `%C3%A9 %25 %zz \u6f22`; console.log(`c runs`)"; export const d = c',
    },
    'data_that_is_imported_later': {
        'main.mjs': """import 'data:text/javascript,globalThis.a = 1'; const load = (x) => import(`data:text/javascript,export default {}; console.log("${x} runs")`); const [x, y] = [await load('x'), await load('x')]; console.log(x === y, globalThis.a);
            console.log((await import('./m.mjs')).x === x.default, await import('data:text/javascript,import "./m.mjs"').catch((e) => e.code), (await import('data:text/javascript,export default import("data:text/javascript,globalThis.a")')).default instanceof Promise)""",
        'm.mjs': """export { default as x } from 'data:text/javascript,export default {}; console.log("x runs")'""",
    },
    'data_that_is_odd': {'': 'any', 'main.mjs': """for (const url of ['data:text/javascript;base64,ZX hwb3J0IGRlZmF1bHQgJ2In', 'data:text/javascript;base64,!', 'data:application/javascript,console.log(1)', 'data:text/plain,1', 'data:,1', 'data:text/javascript;x=y,console.log(2)', 'data:application/json,3', 'data:text/javascript,console.log(4)#5'])
        await import(url).then((m) => console.log(Object.keys(m)), (e) => console.log(e.code, e.message)); await import('data:application/json,3', { with: { type: 'json' } }).then(console.log)"""},
    'data_in_a_graph_that_is_odd': {'': 'any', 'main.mjs': """import 'data:text/javascript;x=y,console.log(2)'; import j from 'data:application/json,3' with { type: 'json' }; import 'data:text/javascript,console.log(4)#5'; console.log(j)"""},
    'error_in_data': {'': 'any', 'main.mjs': "import 'data:text/javascript,throw new Error(`told`)'"},
    'web_assembly': {'': 'any', 'main.mjs': 'import * as m from "./m.wasm"; console.log(Object.keys(m))', 'm.wasm': b'\0asm\1\0\0\0'},
    'import_attributes_that_are_wrong': {'': 'any', 'main.mjs': """for (const [name, type] of [['./j.json', 'css'], ['./m.mjs', 'json'], ['./j.json', undefined]]) await import(name, type && { with: { type } }).catch((e) => console.log(e.code, e.message));
            console.log((await import('./m.mjs', {})).default)""", 'j.json': '1', 'm.mjs': 'export default 1'},
    'a_name_with_an_escape': {'main.mjs': 'import "./a%2Fb.mjs"', '': 'any'},
    'modules_changed_while_it_runs': {
        'main.mjs': """import { writeFileSync } from 'fs'; const at = new URL('./late.mjs', import.meta.url); writeFileSync(at, `export const x = ${process.argv.length}`); console.log((await import('./late.mjs')).x);
            writeFileSync(at, 'export const x = 99'); console.log((await import('./late.mjs')).x, (await import('./late.mjs?again')).x)""", '': 'any',
    },
    'main_without_an_extension': {'main': '#!/usr/bin/env node\nconsole.log(require("./a"), require.main.id)', 'a.js': 'module.exports = 1'},
    'main_without_an_extension_that_is_an_es_module': {'': 'any', 'main': 'import { a } from "./a.mjs"; console.log(a, typeof require)', 'a.mjs': 'export const a = 1'},
    'main_without_an_extension_of_type_module': {'': 'any', 'package.json': '{"type": "module"}', 'main': 'import { a } from "./a.js"; console.log(a)', 'a.js': 'export const a = 1'},
    'main_js_without_a_type_that_is_an_es_module': {'': 'any', 'main.js': 'import { a } from "./a.mjs"; console.log(a, import.meta.url.slice(-7))', 'a.mjs': 'export const a = 1'},
    'main_js_of_type_module': {'package.json': '{"type": "module"}', 'main.js': 'import { x } from "./x.js"; console.log(x, import.meta.url.slice(-7))', 'x.js': 'export const x = typeof require'},
    'never_settling': {'main.mjs': 'import "./a.mjs"; process.on("exit", (c) => console.log("exit", c, process.exitCode))', 'a.mjs': '\n\tawait new Promise(() => {})'},
    'never_settling_main': {'main.mjs': 'process.on("exit", (c) => console.log("exit", c)); await new Promise(() => {})'},
}


class Semantics(PackageTest):
    pass


def add(name, files):
    files = dict(files)
    expected = files.pop('', 'hit')
    entry = next(name for name in ('main.mjs', 'main.js', 'main') if name in files)

    def test(self, version):
        self.write(files)
        runs = [self.plain(version, entry, 'one', 'two')] + [self.cached(version, entry, 'one', 'two') for _ in range(3)]
        for which, run in zip(('first', 'second', 'third'), runs[1:]):
            self.assertEqual(runs[0].seen, run.seen, f'{which} run: {run.trace}')
        if expected == 'hit':
            self.assertEqual('hit', runs[3].trace.get('result'), runs[3])
        elif expected != 'any':
            self.assertNotEqual('hit', runs[3].trace.get('result'), runs[3])

    test.__name__ = 'test_' + name
    setattr(Semantics, test.__name__, on_each_version(test))


for program, its_files in PROGRAMS.items():
    add(program, its_files)

if __name__ == '__main__':
    assert VERSIONS
    unittest.main()
