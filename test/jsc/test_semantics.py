#!/usr/bin/env python3
"""What a program can observe is the same whether its modules come from sources or from the cache."""

import support


class SemanticsTest(support.CommandTest):
    def check(self, files, *arguments, prints=None, **settings):
        """A program given as name to text, the entry first. `prints`: its stdout."""
        entry = self.write_all(files)
        outcome = self.check_program(entry, *arguments, **{'modules': len(files), **settings})
        if prints is not None:
            self.assertEqual(outcome.stdout.decode(), prints, outcome)
        return outcome

    # Order of evaluation

    def test_modules_are_evaluated_in_the_order_of_their_imports(self):
        self.check({
            'main.mjs': 'import "./a.mjs"; import "./b.mjs"; import "./c.mjs"; console.log("main");',
            'a.mjs': 'import "./c.mjs"; console.log("a");',
            'b.mjs': 'console.log("b");',
            'c.mjs': 'console.log("c");',
        }, prints='c\na\nb\nmain\n')

    def test_a_cycle_sees_bindings_before_they_have_values(self):
        self.check({
            'main.mjs': 'import { b, readA } from "./b.mjs"; export const a = "a"; export function hoisted() { return "hoisted"; } console.log(b, readA());',
            'b.mjs': 'import { a, hoisted } from "./main.mjs"; let early; try { early = a; } catch (e) { early = e.name; }'
                     'export const b = early + " " + hoisted(); export const readA = () => a;',
        }, prints='ReferenceError hoisted a\n')

    def test_a_longer_cycle_is_evaluated_once_each(self):
        files = {f'm{i}.mjs': f'import {{ n as next }} from "./m{(i + 1) % 20}.mjs"; export let n = {i}; console.log("m{i}"); setTimeout(() => console.log(next));' for i in range(20)}
        self.check(files, prints=''.join(f'm{i}\n' for i in range(19, -1, -1)) + ''.join(f'{(i + 1) % 20}\n' for i in range(19, -1, -1)))

    def test_a_module_that_imports_itself_sees_itself(self):
        self.check({'main.mjs': 'import * as self from "./main.mjs"; import { x as y } from "./main.mjs"; export let x = 1; x = 2; console.log(self.x, y, Object.keys(self));'},
                   prints="2 2 [ 'x' ]\n")

    def test_top_level_await_holds_back_only_those_who_import_it(self):
        self.check({
            'main.mjs': 'import "./a.mjs"; import "./b.mjs"; console.log("main"); await null; console.log("main after");',
            'a.mjs': 'console.log("a before"); await new Promise(done => setTimeout(done, 20)); console.log("a after");',
            'b.mjs': 'console.log("b before"); await new Promise(done => setTimeout(done, 5)); console.log("b after");',
        })

    def test_a_chain_of_top_level_awaits_is_evaluated_inside_out(self):
        files = {f'm{i}.mjs': f'import "./m{i + 1}.mjs"; console.log("{i} in"); await 0; console.log("{i} out");' for i in range(12)}
        files['m12.mjs'] = 'console.log("12 in"); await new Promise(done => setTimeout(done, 3)); console.log("12 out");'
        self.check(files, prints=''.join(f'{i} in\n{i} out\n' for i in range(12, -1, -1)))

    def test_a_cycle_with_top_level_await_is_evaluated(self):
        self.check({
            'main.mjs': 'import { b } from "./b.mjs"; export const a = await Promise.resolve(1); console.log("main", a, b);',
            'b.mjs': 'import { c } from "./c.mjs"; export const b = await Promise.resolve(2); console.log("b", b, c);',
            'c.mjs': 'import { a } from "./main.mjs"; export const c = 3; try { a; } catch (e) { console.log("c", e.name); }',
        }, prints='c ReferenceError\nb 2 3\nmain 1 2\n')

    def test_a_module_without_await_that_imports_one_with_it_waits(self):
        self.check({
            'main.mjs': 'import { a } from "./between.mjs"; console.log("main", a);',
            'between.mjs': 'export { a } from "./slow.mjs"; console.log("between");',
            'slow.mjs': 'export let a = 0; await new Promise(done => setTimeout(done, 2)); a = 7; console.log("slow");',
        }, prints='slow\nbetween\nmain 7\n')

    def test_promise_jobs_and_timers_keep_their_order(self):
        self.check({
            'main.mjs': 'import "./a.mjs"; console.log("main"); setTimeout(() => console.log("timer"), 0); Promise.resolve().then(() => console.log("job main"));'
                        'process.on("exit", code => console.log("exit", code));',
            'a.mjs': 'queueMicrotask(() => console.log("job a")); console.log("a");',
        }, prints='a\nmain\njob a\njob main\ntimer\nexit 0\n')

    def test_promise_jobs_of_the_first_modules_run_before_their_ticks(self):
        say = 'process.nextTick(() => console.log("tick {0}")); queueMicrotask(() => {{ console.log("job {0}"); process.nextTick(() => console.log("tick of job {0}")); }});'
        self.check({
            'main.mjs': 'import "./a.mjs"; ' + say.format('main') + ' await null; console.log("main after"); ' + say.format('after'),
            'a.mjs': say.format('a') + ' setTimeout(() => console.log("timer"));',
        })
        self.check_again(self.write('main.mjs', say.format('main')))
        self.check_again(self.write('main.mjs', say.format('main') + ' throw new Error("after all");'), code=1)
        self.check_again(self.write('main.mjs', say.format('main') + ' queueMicrotask(() => process.exit(3));'), code=3)
        self.check_again(self.write('main.mjs', say.format('main') + ' queueMicrotask(() => { throw new Error("in a job"); });'), code=1)
        self.check_again(self.write('main.mjs', say.format('main') + ' process.on("uncaughtException", e => console.log("heard", e)); throw "thrown";'))

    def test_a_program_that_waits_for_nothing_ends_with_exit_code_13(self):
        outcome = self.check({'main.mjs': 'console.log("a"); await new Promise(() => {}); console.log("never");'}, code=13, prints='a\n')
        self.assertIn(b'unsettled top-level await', outcome.stderr)

    def test_a_cycle_with_top_level_await_that_fails_ends_as_it_should(self):
        self.check({
            'main.mjs': 'import "./b.mjs"; await 0; console.log("never");',
            'b.mjs': 'import "./main.mjs"; console.log("b"); await 0; throw new Error("b fails");',
        }, code=1, prints='b\n')

    def test_a_module_with_a_function_then_is_treated_as_a_promise(self):
        self.check({
            'main.mjs': 'console.log(await import("./then.mjs")); console.log(await import("./then.mjs"));',
            'then.mjs': 'export function then(done) { console.log("then"); done("done"); }',
        }, prints='then\ndone\nthen\ndone\n')

    def test_a_namespace_object_is_the_same(self):
        self.check({'main.mjs': 'import * as self from "./main.mjs"; export const z = 1, a = 2; export { z as Z }; export default class {}; console.log(self, Reflect.ownKeys(self),'
                                'Object.getOwnPropertyDescriptor(self, "a"), Object.isExtensible(self)); try { self.a = 3; } catch (e) { console.log(e.message); } delete self.z;'}, code=1)

    # Bindings

    def test_every_kind_of_import_and_export_links(self):
        self.check({
            'main.mjs': 'import def, { x as y, "a b" as ab, default as again } from "./all.mjs"; import * as all from "./all.mjs";'
                        'import anonymous from "./anonymous.mjs"; import Klass from "./klass.mjs"; import value from "./value.mjs";'
                        'console.log(def(), y, ab, again === def, Object.keys(all).join(), all.inner.deep, all[""], anonymous.name, Klass.name, value);',
            'all.mjs': 'export default function named() { return "default"; } export let x = 1; const s = "space"; export { s as "a b", s as "" };'
                       'export * as inner from "./inner.mjs"; export * from "./stars.mjs"; export { deep as renamed } from "./inner.mjs";',
            'inner.mjs': 'export const deep = "deep";',
            'stars.mjs': 'export const star = 1; export const x = "hidden"; export default "never";',
            'anonymous.mjs': 'export default () => 1;',
            'klass.mjs': 'export default class {}',
            'value.mjs': 'export default 40 + 2;',
        }, prints='default 1 space true ,a b,default,inner,renamed,star,x deep space default default 42\n')

    def test_bindings_are_live(self):
        self.check({
            'main.mjs': 'import { n, add } from "./n.mjs"; const before = n; add(); console.log(before, n); try { n = 5; } catch (e) { console.log(e.name); }',
            'n.mjs': 'export let n = 1; export const add = () => { n++; };',
        }, prints='1 2\nTypeError\n')

    def test_a_name_that_two_stars_give_is_left_out(self):
        self.check({
            'main.mjs': 'import * as ns from "./stars.mjs"; console.log(Object.keys(ns).join());',
            'stars.mjs': 'export * from "./a.mjs"; export * from "./b.mjs";',
            'a.mjs': 'export const both = 1, a = 1;',
            'b.mjs': 'export const both = 2, b = 2;',
        }, prints='a,b\n')

    def test_one_binding_that_comes_by_two_ways_is_no_ambiguity(self):
        self.check({
            'main.mjs': 'import * as ns from "./stars.mjs"; import { both } from "./stars.mjs"; console.log(Object.keys(ns).join(), both, ns.whole.both);',
            'stars.mjs': 'export * from "./a.mjs"; export * from "./b.mjs";',
            'a.mjs': 'export { both } from "./c.mjs"; export * as whole from "./c.mjs";',
            'b.mjs': 'export * from "./c.mjs";',
            'c.mjs': 'export const both = 1; export default 2;',
        }, prints='both,whole 1 1\n')

    def test_stars_around_a_circle_bring_all_names(self):
        self.check({
            'main.mjs': 'import * as a from "./a.mjs"; import { c } from "./a.mjs"; import * as b from "./b.mjs";'
                        'console.log(Object.keys(a).join(), Object.keys(b).join(), c, b.a);',
            'a.mjs': 'export * from "./b.mjs"; export const a = 1;',
            'b.mjs': 'export * from "./c.mjs"; export const b = 2;',
            'c.mjs': 'export * from "./a.mjs"; export const c = 3;',
        }, prints='a,b,c a,b,c 3 1\n')

    def test_an_export_that_ends_nowhere_fails_where_it_is_imported(self):
        for i, what in enumerate(('export { gone } from "./b.mjs";', 'export * from "./b.mjs";', 'export { gone } from "./a2.mjs";')):
            with self.subTest(what):
                entry = self.write_all({
                    f'main{i}.mjs': f'import {{ gone }} from "./a{i}.mjs"; console.log(gone);',
                    f'a{i}.mjs': what,
                    'b.mjs': 'export const here = 1; export default 2;',
                })
                self.settle()
                plain = self.bmes('run', '--cache', 'off', entry)
                self.assertIn(b'SyntaxError', plain.stderr)
                self.assert_seen(self.bmes('run', entry), plain)
                warm = self.bmes('run', entry)
                self.assert_seen(warm, plain)
                self.assertEqual((warm.trace['result'], warm.trace['parsed']), ('hit', 0), warm)

    def test_re_exports_of_data_and_of_the_host_link(self):
        self.check({
            'main.mjs': 'import { data, sep, fs } from "./all.mjs"; import * as all from "./all.mjs";'
                        'console.log(data.x, sep, typeof fs.readFileSync, Object.keys(all).join());',
            'all.mjs': 'export { default as data } from "./d.json" with { type: "json" }; export { sep } from "node:path"; export * as fs from "node:fs";',
            'd.json': '{"x": 1}',
        }, prints='1 / function data,fs,sep\n')

    def test_a_module_with_3000_exports_links(self):
        names = [f'name{i}' for i in range(3000)]
        self.check({
            'main.mjs': 'import * as all from "./many.mjs"; import { name0, name2999 } from "./many.mjs"; console.log(Object.keys(all).length, name0, name2999);',
            'many.mjs': ''.join(f'export const {name} = {i};\n' for i, name in enumerate(names)),
        }, prints='3000 0 2999\n')

    def test_empty_modules_link(self):
        self.check({'main.mjs': 'import "./empty.mjs"; import * as e from "./empty.mjs"; console.log(Object.keys(e).length);', 'empty.mjs': ''}, prints='0\n')

    def test_modules_with_equal_texts_are_two_modules(self):
        counter = 'let n = 0; export const next = () => ++n;'
        self.check({
            'main.mjs': 'import { next as a } from "./a.mjs"; import { next as b } from "./b.mjs"; a(); a(); console.log(a(), b(), a !== b);',
            'a.mjs': counter,
            'b.mjs': counter,
        }, prints='3 1 true\n')

    def test_names_and_texts_beyond_ascii_are_kept(self):
        self.check({
            'main.mjs': 'import { größe, 数, "😀" as smile } from "./ñame.mjs"; console.log(größe, 数, smile, (() => "é😀数").toString());',
            'ñame.mjs': '// 数\nexport const größe = "ß", 数 = "\u2028数"; const s = "😀"; export { s as "😀" };',
        }, prints='ß \u2028数 😀 () => "é😀数"\n')

    def test_a_byte_order_mark_is_no_part_of_the_text(self):
        self.check({'main.mjs': b'\xef\xbb\xbfconsole.log((function f() { return 1; }).toString()); throw new Error("here");'}, code=1)

    def test_a_hashbang_is_a_comment(self):
        self.check({'main.mjs': '#!/usr/bin/env bmes\nconsole.log((() => 1).toString());'}, prints='() => 1\n')

    def test_carriage_returns_count_as_lines(self):
        outcome = self.check({'main.mjs': '// one\r\n// two\r\nthrow new Error("here");\r\n'}, code=1)
        self.assertIn(b'main.mjs:3:', outcome.stderr)

    def test_the_language_keeps_working_in_functions_from_the_cache(self):
        self.check({'main.mjs': r'''
const tag = (strings, ...values) => strings.raw.join("|") + values.join();
const site = () => (s => s)`a${1}b`;
class Base { #secret = 1; static count = 0; static { Base.count = 10; } get secret() { return this.#secret; } has(o) { return #secret in o; } }
class Derived extends Base { constructor() { super(); this.own = new.target === Derived; } *[Symbol.iterator]() { yield* [1, 2]; } }
async function* numbers() { for (let i = 0; i < 3; i++) yield i; }
const d = new Derived();
console.log(tag`x\n${1}y${2}`, site() === site(), d.secret, d.has(d), d.has({}), Base.count, d.own, [...d]);
const seen = []; for await (const n of numbers()) seen.push(n); console.log(seen, /(?<year>\d{4})-\p{Lu}/u.exec("2024-É")?.groups.year, 10n ** 20n);
label: for (const i of [1, 2, 3]) { for (;;) { if (i === 2) break label; continue label; } }
const { a = 1, ...rest } = { b: 2, c: 3 }; console.log(a, rest, typeof this, (() => typeof arguments)(), eval("1 + 1"), new Function("x", "return x * 2")(4));
function closure() { let n = 0; return { inc: () => ++n, get n() { return n; } }; } const c = closure(); c.inc(); c.inc(); console.log(c.n);
switch ("b") { case "a": console.log("no"); case "b": console.log("b"); default: console.log("fall"); }
try { null.x; } catch ({ name }) { console.log(name); } finally { console.log("finally"); }
console.log([3, 1, 2].sort((x, y) => x - y), `${[..."ab"].map(c => c.toUpperCase())}`, 0 ?? 1, null?.x, 2 ** 3, 1_000);
'''})

    # import()

    def test_a_module_imported_later_comes_from_the_cache(self):
        self.check({
            'main.mjs': 'const { later } = await import("./later.mjs"); console.log(later); console.log((await import("./later.mjs")).later === later);',
            'later.mjs': 'import { deep } from "./deep.mjs"; export const later = "later " + deep;',
            'deep.mjs': 'export const deep = "deep";',
        }, prints='later deep\ntrue\n')

    def test_a_module_that_both_ways_of_importing_lead_to_is_one(self):
        self.check({
            'main.mjs': 'import * as a from "./a.mjs"; const b = await import("./a.mjs"); console.log(a === b); import("./main.mjs").then(c => console.log(c.own)); export const own = 1;',
            'a.mjs': 'export const a = 1;',
        }, prints='true\n1\n')

    def test_two_imports_at_once_evaluate_a_module_once(self):
        self.check({
            'main.mjs': 'const [a, b] = await Promise.all([import("./a.mjs"), import("./a.mjs")]); console.log(a === b);',
            'a.mjs': 'console.log("evaluated"); await 1; export {};',
        }, prints='evaluated\ntrue\n')

    def test_a_module_that_is_new_to_the_cache_joins_it(self):
        entry = self.write_all({
            'main.mjs': 'import { shared } from "./shared.mjs"; const m = await import(`./${process.argv[2]}.mjs`); console.log(m.name, m.shared === shared);',
            'shared.mjs': 'export const shared = {};',
            'one.mjs': 'export const name = "one"; export * from "./shared.mjs";',
            'two.mjs': 'import { common } from "./common.mjs"; export const name = "two" + common; export * from "./shared.mjs";',
            'common.mjs': 'export const common = "!";',
        })
        self.assert_cold(self.bmes('run', entry, 'one'))
        self.assert_warm(self.bmes('run', entry, 'one'), modules=3)
        new = self.bmes('run', entry, 'two')
        self.assertEqual(new.stdout, b'two! true\n', new)
        self.assertEqual((new.trace['result'], new.trace['modules'], new.trace['hits'], new.trace['parsed']), ('partial', 4, 2, 2), new)
        self.assertGreater(new.trace['written_bytes'], 0, new)
        for name, modules in ('two', 4), ('one', 3):
            warm = self.bmes('run', entry, name)
            self.assertEqual(warm.stdout, b'two! true\n' if name == 'two' else b'one true\n', warm)
            self.assert_warm(warm, modules)

    def test_a_new_module_may_import_one_that_only_the_cache_knows(self):
        entry = self.write_all({
            'main.mjs': 'for (const name of process.argv.slice(2)) console.log((await import(`./${name}.mjs`)).default);',
            'known.mjs': 'import d from "./deep.mjs"; export default "known " + d;',
            'deep.mjs': 'export default "deep";',
            'new.mjs': 'import known from "./known.mjs"; import deep from "./deep.mjs"; export default `new ${known} ${deep}`;',
        })
        self.assert_cold(self.bmes('run', entry, 'known'))
        for arguments in ['new'], ['new', 'known'], ['known', 'new']:
            outcome = self.bmes('run', entry, *arguments)
            self.assert_seen(outcome, self.bmes('run', '--cache=off', entry, *arguments))
            self.assertEqual(outcome.code, 0, outcome)
        self.assert_warm(self.bmes('run', entry, 'new', 'known'), modules=4)

    def test_a_module_that_could_not_be_loaded_joins_the_cache_when_it_can(self):
        entry = self.write_all({
            'main.mjs': 'await import("./late.mjs").then(m => console.log(m.x), e => console.log("failed"));',
            'late.mjs': 'import y from "./missing.mjs"; export const x = y;',
        })
        for _ in range(2):
            self.assertEqual(self.bmes('run', entry).stdout, b'failed\n')
        self.write('missing.mjs', 'export default 5;')
        for _ in range(2):
            warm = self.bmes('run', entry)
            self.assertEqual(warm.stdout, b'5\n', warm)
        self.assert_warm(warm, 3)

    def test_an_import_that_fails_fails_each_time(self):
        outcome = self.check({
            'main.mjs': 'for (const name of ["throws", "throws", "syntax", "missing", "link"]) try { await import(`./${name}.mjs`); } catch (e) { console.log(name, e.name, e.message); }'
                        'console.log(await import("./throws.mjs").catch(a => import("./throws.mjs").catch(b => a === b)));',
            'throws.mjs': 'console.log("evaluated"); throw new RangeError("thrown");',
        }, modules=None)
        self.assertEqual(outcome.stdout.decode().count('evaluated'), 1)

    # Other kinds of modules

    def test_json_modules_come_from_the_cache(self):
        self.check({
            'main.mjs': 'import data from "./data.json" with { type: "json" }; import * as again from "./other.mjs"; console.log(data, again.default === data);'
                        'console.log((await import("./late.json", { with: { type: "json" } })).default);',
            'data.json': '{"answer": [42, null, "ü"]}',
            'other.mjs': 'import d from "./data.json" with { type: "json" }; export default d;',
            'late.json': '"late"',
        }, prints="{ answer: [ 42, null, 'ü' ] } true\nlate\n")

    def test_a_json_module_without_its_attribute_is_refused(self):
        entry = self.write_all({'main.mjs': 'import data from "./data.json"; console.log(data);', 'data.json': '{}'})
        for _ in range(2):
            outcome = self.bmes('run', entry)
            self.assertEqual((outcome.code, outcome.stdout), (1, b''), outcome)
            self.assertIn(b'json', outcome.stderr)

    def test_bad_json_is_a_syntax_error_every_time(self):
        entry = self.write_all({'main.mjs': 'import data from "./data.json" with { type: "json" };', 'data.json': '{"a": }'})
        first, second = self.bmes('run', entry), self.bmes('run', entry)
        self.assert_seen(second, first)
        self.assertEqual(first.code, 1, first)
        self.assertIn(b'SyntaxError', first.stderr)

    def test_modules_of_the_host_are_there(self):
        self.check({
            'main.mjs': 'import { readFileSync, existsSync } from "fs"; import fs from "node:fs"; import path, { join } from "path"; import "./dep.mjs";'
                        'console.log(existsSync(import.meta.filename), fs.readFileSync === readFileSync, join("a", "..", "b"), path.basename(import.meta.url));',
            'dep.mjs': 'import { sep } from "node:path"; const os = await import("os"); console.log(sep, typeof os.cpus);',
        })

    def test_import_meta_is_the_same(self):
        self.check({'main.mjs': 'import m from "./in%20ner/a%23b.mjs"; console.log(import.meta.url, import.meta.filename, import.meta.dirname, Object.keys(import.meta), m);',
                    'in ner/a#b.mjs': 'export default import.meta.url;'})

    def test_extensions_and_index_files_are_added(self):
        self.check({
            'main.mjs': 'import "./a"; import "./b"; import "./folder"; import "./c.mjs"; import "../sources/./a.js"; console.log("main");',
            'a.js': 'console.log("a");',
            'b.mjs': 'console.log("b");',
            'folder/index.js': 'console.log("index");',
            'c.mjs': 'console.log("c");',
        }, prints='a\nb\nindex\nc\nmain\n')

    # Errors

    def test_an_error_at_the_top_level_has_the_same_stack(self):
        outcome = self.check({
            'main.mjs': 'import { fail } from "./fail.mjs";\n\n  fail(1);',
            'fail.mjs': 'class Special extends Error { name = "Special"; code = 7; }\nexport const fail = x => {\n  if (x)   throw new Special("message", { cause: new TypeError("why") });\n};',
        }, code=1)
        for part in b'Special: message', b'fail.mjs:3:', b'main.mjs:3:', b'why':
            self.assertIn(part, outcome.stderr)

    def test_an_error_in_a_dependency_keeps_the_rest_from_running(self):
        self.check({
            'main.mjs': 'import "./a.mjs"; import "./b.mjs"; console.log("never");',
            'a.mjs': 'console.log("a");',
            'b.mjs': 'throw "not an error object";',
        }, code=1, prints='a\n')

    def test_an_error_in_a_function_compiled_later_has_the_same_stack(self):
        self.check({
            'main.mjs': 'import { run } from "./late.mjs"; setTimeout(() => { try { run(() => undefined.x); } catch (e) { console.log(e.stack); } setTimeout(() => run(() => { throw new Error("late"); }), 1); }, 1);',
            'late.mjs': '\n\nexport function run(f) {\n  const inner = () =>\n    f();\n  return inner();\n}\n',
        }, code=1)

    def test_a_stack_through_many_kinds_of_functions_is_the_same(self):
        self.check({'main.mjs': '''
const log = e => console.log(e.stack);
class A { constructor() { log(new Error("constructor")); } static s() { log(new Error("static")); } get g() { log(new Error("getter")); } async am() { await 0; log(new Error("async method")); } }
const a = new A(); A.s(); a.g; await a.am();
[1].map(function mapper() { log(new Error("mapper")); });
(function* g() { log(new Error("generator")); })().next();
eval("log(new Error('eval'))");
new Function("log", "log(new Error('Function'))")(log);
JSON.parse("[1]", function reviver() { log(new Error("reviver")); });
Promise.resolve().then(function job() { log(new Error("job")); });
'''})

    def test_toString_gives_the_text_of_every_kind_of_function(self):
        self.check({
            'main.mjs': 'import * as f from "./f.mjs"; for (const name of Object.keys(f)) console.log(name, Function.prototype.toString.call(f[name]));'
                        'console.log(f.Class.prototype.method.toString(), Object.getOwnPropertyDescriptor(f.Class.prototype, "x").get.toString(), f.outer().toString());',
            'f.mjs': '// é keeps the text in sixteen bits\nexport function plain(a, b = 1) { /* comment */ return a; }\nexport async   function waits() {}\nexport function* yields() {}\n'
                     'export const arrow = (  x ) =>   x + 1, short = x=>x;\nexport class Class { static y = 1; method( ) { return 1 } get x() { return 2 } }\n'
                     'export const outer = function () { return function inner(  ) { return "ü" } };\nexport default function () { }\n',
        })

    def test_toString_is_the_same_without_characters_beyond_latin_1(self):
        self.check({'main.mjs': 'export function f( a ) { return  a }\nclass C { m( ) { } }\nconsole.log(f.toString(), C.toString(), C.prototype.m.toString(), String(Math.max));'})

    def test_a_name_that_no_module_exports_is_an_error_every_time(self):
        entry = self.write_all({'main.mjs': 'import { nothing } from "./a.mjs"; console.log("never");', 'a.mjs': 'export const a = 1;'})
        outcomes = [self.bmes('run', entry) for _ in range(3)]
        self.assertEqual((outcomes[0].code, outcomes[0].stdout), (1, b''), outcomes[0])
        self.assertIn(b'SyntaxError', outcomes[0].stderr)
        self.assertIn(b'nothing', outcomes[0].stderr)
        for outcome in outcomes[1:]:
            self.assert_seen(outcome, outcomes[0])

    def test_a_missing_module_ends_with_exit_code_1(self):
        entry = self.write_all({'main.mjs': 'import "./gone.mjs"; console.log("never");'})
        for _ in range(2):
            outcome = self.bmes('run', entry)
            self.assertEqual((outcome.code, outcome.stdout), (1, b''), outcome)
            self.assertIn(b"Cannot find module '%s/gone.mjs' imported from %s" % (bytes(entry.parent), bytes(entry)), outcome.stderr)

    def test_a_bare_specifier_ends_with_exit_code_1(self):
        outcome = self.bmes('run', self.write('main.mjs', 'import "lodash-es";'))
        self.assertEqual(outcome.code, 1, outcome)
        self.assertIn(b"Cannot find package 'lodash-es'", outcome.stderr)

    def test_a_missing_entry_ends_with_exit_code_1(self):
        outcome = self.bmes('run', 'gone.mjs')
        self.assertEqual((outcome.code, outcome.stdout), (1, b''), outcome)
        self.assertIn(b'gone.mjs', outcome.stderr)

    def test_a_syntax_error_names_file_and_line(self):
        for files in ({'main.mjs': 'let a = 1;\nlet b = 2;\nlet a = 3;\n'}, {'main.mjs': 'import "./dep.mjs";', 'dep.mjs': '\n\nreturn 1;\n'}):
            with self.subTest(files=files):
                self.write_all(files)
                bad = self.sources / list(files)[-1]
                for _ in range(2):
                    outcome = self.bmes('run', self.sources / 'main.mjs')
                    self.assertEqual((outcome.code, outcome.stdout), (1, b''), outcome)
                    self.assertIn(b'SyntaxError', outcome.stderr)
                    self.assertIn(bytes(bad) + b':3', outcome.stderr)

    def test_an_uncaught_rejection_ends_with_exit_code_1(self):
        for text in ('Promise.reject(new Error("nobody")); setTimeout(() => console.log("never"), 1000);', 'await Promise.reject(new Error("nobody"));',
                     '(async () => { await 1; throw new Error("nobody"); })();'):
            with self.subTest(text=text):
                entry = self.write('main.mjs', text)
                self.assertIn(b'Error: nobody', self.check_again(entry, code=1).stderr)

    def check_again(self, entry, **settings):
        if self.cache.exists():
            for file in self.cache.iterdir():
                file.unlink()
        return self.check_program(entry, **settings)

    def test_exit_codes_are_the_programs(self):
        for text, code in (('process.exit(3); console.log("never");', 3), ('process.exitCode = 4;', 4), ('setTimeout(() => process.exit(5), 1);', 5),
                           ('await 1; process.exit();', 0), ('process.on("exit", () => { process.exitCode = 6; });', 6), ('throw 1;', 1)):
            with self.subTest(text=text):
                self.check_again(self.write('main.mjs', text), code=code)

    def test_exit_during_evaluation_keeps_what_was_loaded(self):
        entry = self.write_all({'main.mjs': 'import "./a.mjs"; import "./b.mjs"; console.log("never");', 'a.mjs': 'process.exit(9);', 'b.mjs': 'console.log("never");'})
        outcomes = [self.bmes('run', entry) for _ in range(3)]
        for outcome in outcomes:
            self.assertEqual((outcome.code, outcome.stdout, outcome.stderr), (9, b'', b''), outcome)
        self.assert_warm(outcomes[2])

    # What the cache learns

    def test_functions_of_a_later_run_join_the_cache(self):
        entry = self.write('main.mjs', 'const f = { one() { return (() => "one")(); }, two() { return (() => "two")(); } }; console.log(f[process.argv[2]]());')
        self.assert_cold(self.bmes('run', entry, 'one'))
        self.assert_warm(self.bmes('run', entry, 'one'), 1)
        learning = self.bmes('run', entry, 'two')
        self.assertEqual((learning.stdout, learning.trace['result'], learning.trace['parsed']), (b'two\n', 'hit', 1), learning)
        self.assertGreater(learning.trace['written_bytes'], 0, learning)
        for name in 'one', 'two':
            warm = self.bmes('run', entry, name)
            self.assertEqual(warm.stdout.decode(), name + '\n')
            self.assert_warm(warm, 1)

    def test_a_module_whose_functions_never_ran_is_parsed_when_they_do(self):
        self.write('f.mjs', 'export function outer() { function inner() { return new Error("x").stack.split("\\n").length; } return inner; }')
        entry = self.write('main.mjs', 'import { outer } from "./f.mjs"; if (process.argv[2]) console.log(outer()() > 1, outer.toString());')
        self.assert_cold(self.bmes('run', entry))
        for _ in range(2):
            outcome = self.bmes('run', entry, 'more')
            self.assert_seen(outcome, self.bmes('run', '--cache=off', entry, 'more'))
        self.assert_warm(outcome, 2)

    def test_two_cold_runs_write_the_same_bytes(self):
        entry = self.write_all({'main.mjs': 'import * as f from "./f.mjs"; console.log(f.a(), await import("./g.mjs"));', 'f.mjs': 'export const a = () => (() => 1)();', 'g.mjs': 'export * from "./f.mjs";'})
        self.settle()
        self.bmes('run', entry)
        first = self.entry_file().read_bytes()
        self.bmes('run', '--cache=refresh', entry)
        self.assertEqual(first, self.entry_file().read_bytes())


if __name__ == '__main__':
    support.main()
