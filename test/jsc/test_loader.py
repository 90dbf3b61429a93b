#!/usr/bin/env python3
"""Modules are loaded, linked and evaluated as ECMA-262 says and as Node does it, wherever their records come from.

What is printed is what Node 24 and 26 print. With the path of such a node in `NODE` it is run as well.
"""

import os
import shutil
import subprocess

import support


class LoaderTest(support.CommandTest):
    # Modules of one text, by the names of two files or of one, of which each run has others, in other orders. Found by random-graphs (300542, 300745, 300563).
    SHARED = [
        {'main.mjs': 'await Promise.allSettled([import(process.argv[2] === "A" ? "./m1.mjs?x=1" : "./m5.mjs?x=1"), import("./m2.mjs?x=1")]); '
                     'import "./m2.mjs";',
         'm1.mjs': 'import { a } from "./m4.mjs";',
         'm2.mjs': 'if (process.argv[2] === "A") await import("./m1.mjs").catch(() => {}); else process.nextTick(() => console.log("m2"));',
         'm4.mjs': 'import * as n from "./m5.mjs?x=2"; export function a() {}', 'm5.mjs': 'import * as n from "./m2.mjs?x=2";'},
        {'main.mjs': 'queueMicrotask(() => { import("./m3.mjs").then(() => console.log("done"), console.log); });', 'm1.mjs': '',
         'm3.mjs': 'import i, * as n from "./m5.mjs";', 'm4.mjs': 'export { default as d } from "./m5.mjs#f";',
         'm5.mjs': 'export * as b from "./m6.mjs"; export default class {} if (process.argv[2] === "A") Promise.resolve().then(() => console.log("m5")); else '
                   'import("./m1.mjs?x=1").then(one => import("./m1.mjs?x=1").then(two => console.log(one === two)));',
         'm6.mjs': 'import(process.argv[2] === "A" ? "./m4.mjs" : "./m5.mjs?x=1").then(() => console.log("m6")); export * as d from "./m4.mjs#f";'},
        {'main.mjs': 'import { d } from "./m4.mjs?x=1#f"; console.log(d());', 'm2.mjs': 'import { a } from "./m4.mjs";',
         'm4.mjs': 'let count = 0; export function d() { return ++count; } export let a = 1; Promise.resolve().then(() => { import("./m8.mjs").finally(() => '
                   'console.log("m4")); }); if (process.argv[2] === "A") console.log(this); else process.nextTick(() => console.log("tick"));',
         'm8.mjs': 'process.nextTick(() => { import("./m2.mjs?x=1"); });'},
    ]

    def test_what_was_run_comes_from_the_cache_whichever_module_of_a_text_was_first(self):
        for number, files in enumerate(self.SHARED):
            with self.subTest(number):
                entry = self.write_all({f'{number}/{name}': text for name, text in files.items()})
                self.settle()
                uncached = {argument: self.bmes('run', '--cache=off', entry, argument) for argument in 'AB'}
                known = set()
                for argument in 'AABBABA':
                    outcome = self.bmes('run', entry, argument)
                    self.assert_seen(outcome, uncached[argument])
                    if argument in known:
                        self.assert_warm(outcome)
                    known.add(argument)

    def check(self, files, prints, code=0, stderr=(), modules=None, whole=True):
        """Uncached, into the cache, from it, and from it again: four times the same, which is what Node prints."""
        entry = self.write_all(files)
        self.settle()
        if os.environ.get('NODE'):
            node = subprocess.run([os.environ['NODE'], entry], cwd=self.sources, capture_output=True, timeout=50)
            self.assertEqual((node.stdout.decode(), node.returncode), (prints, code), 'Node')
            self.check_again(files)
        plain = self.bmes('run', '--cache', 'off', entry)
        self.assertEqual((plain.stdout.decode(), plain.code), (prints, code), plain)
        for text in stderr:
            self.assertIn(text, plain.stderr.decode())
        self.check_again(files)
        cold = self.bmes('run', entry)
        self.assert_seen(cold, plain)
        for _ in range(2):
            self.check_again(files)
            warm = self.bmes('run', entry)
            self.assert_seen(warm, plain)
            if whole:
                self.assert_warm(warm, modules)
        return plain

    def check_again(self, files):
        """Programs may make files. They are gone before the next run."""
        for path in self.sources.iterdir():
            if path.name not in files:
                path.unlink()

    # When import() evaluates

    def test_a_rejection_is_seen_by_all_who_import_the_module(self):
        self.check({
            'main.mjs': 'import "./m.mjs"; await import("./p.mjs"); console.log("main goes on");',
            'm.mjs': 'import "./n.mjs"; import("./p.mjs").catch(() => {});',
            'n.mjs': '',
            'p.mjs': 'throw "boom";',
        }, '', 1, stderr=['boom'])

    def test_a_deeper_graph_is_evaluated_after_a_shallower_one(self):
        deep = {'a.mjs': 'import "./a2.mjs"; console.log("a");', 'a2.mjs': 'import "./a3.mjs"; console.log("a2");', 'a3.mjs': 'console.log("a3");', 'b.mjs': 'console.log("b");'}
        self.check({'main.mjs': 'import("./a.mjs"); import("./b.mjs");', **deep}, 'b\na3\na2\na\n')
        self.cache_again()
        self.check({'main.mjs': 'import("./b.mjs"); import("./a.mjs");', **deep}, 'b\na3\na2\na\n')

    def cache_again(self):
        shutil.rmtree(self.cache, ignore_errors=True)

    def test_graphs_of_equal_depth_are_evaluated_in_the_order_of_the_calls(self):
        self.check({
            'main.mjs': 'for (const name of ["b", "a", "c"]) import(`./${name}.mjs`).then(() => console.log("then", name));',
            'a.mjs': 'import "./a2.mjs"; import "./a3.mjs"; import "./a4.mjs"; console.log("a");',
            'a2.mjs': 'console.log("a2"); //' + 'x' * 500000, 'a3.mjs': '', 'a4.mjs': '',
            'b.mjs': 'import "./b2.mjs"; console.log("b");', 'b2.mjs': 'console.log("b2");',
            'c.mjs': 'import "./c2.mjs"; console.log("c");', 'c2.mjs': 'console.log("c2");',
        }, 'b2\nb\na2\na\nc2\nc\nthen b\nthen a\nthen c\n')

    def test_modules_that_are_evaluated_already_count_for_the_depth(self):
        self.check({
            'main.mjs': 'import "./s.mjs"; import("./a.mjs").then(() => console.log("then a")); import("./b.mjs").then(() => console.log("then b"));',
            's.mjs': 'console.log("s");', 'a.mjs': 'import "./s.mjs"; console.log("a");', 'b.mjs': 'console.log("b");',
        }, 's\nb\na\nthen b\nthen a\n')

    def test_two_graphs_that_share_a_module_evaluate_it_once(self):
        self.check({
            'main.mjs': 'import("./a.mjs").then(() => console.log("then a")); import("./b.mjs").then(() => console.log("then b"));',
            'a.mjs': 'import "./s.mjs"; console.log("a");', 'b.mjs': 'import "./s.mjs"; console.log("b");', 's.mjs': 'console.log("s");',
        }, 's\na\nb\nthen a\nthen b\n')
        self.cache_again()
        self.check({
            'main.mjs': 'import("./a.mjs").then(() => console.log("then a")); import("./b.mjs").then(() => console.log("then b"));',
            'a.mjs': 'import "./b.mjs"; console.log("a");', 'b.mjs': 'console.log("b");',
        }, 'b\na\nthen b\nthen a\n')

    def test_a_module_imported_twice_fulfils_in_the_order_of_the_calls(self):
        for i, text in enumerate(['console.log("a");', 'console.log("a"); await 0;', 'console.log("a"); await new Promise(done => setTimeout(done, 2));']):
            with self.subTest(text):
                self.check({
                    f'main{i}.mjs': f'import("./a{i}.mjs").then(() => console.log(1)); import("./a{i}.mjs").then(() => console.log(2)); setImmediate(() => import("./a{i}.mjs").then(() => console.log(3)));',
                    f'a{i}.mjs': text,
                }, 'a\n1\n2\n3\n')
                self.cache_again()

    def test_ticks_timers_and_immediates_wait_for_what_was_imported_before_them(self):
        self.check({
            'main.mjs': 'import("./a.mjs").then(() => console.log("then")); process.nextTick(() => console.log("tick"));'
                        'setImmediate(() => console.log("immediate"));',
            **{f'{name}.mjs': f'import "./{below}.mjs"; console.log("{name}");' for name, below in ('ab', 'bc', 'cd')}, 'd.mjs': 'console.log("d");',
        }, 'd\nc\nb\na\nthen\ntick\nimmediate\n')
        self.cache_again()
        self.check({
            'main.mjs': 'setTimeout(() => { import("./a.mjs").then(() => console.log("then")); setTimeout(() => console.log("timer"), 0); process.nextTick(() => console.log("tick")); });',
            'a.mjs': 'console.log("a");',
        }, 'tick\na\nthen\ntimer\n')

    def test_what_a_static_module_imports_late_waits_for_the_static_modules(self):
        self.check({
            'main.mjs': 'import "./a.mjs"; import "./b.mjs"; console.log("main");',
            'a.mjs': 'import("./late.mjs").then(() => console.log("then")); console.log("a");', 'b.mjs': 'console.log("b");', 'late.mjs': 'console.log("late");',
        }, 'a\nb\nmain\nlate\nthen\n')

    def test_calls_of_one_turn_evaluate_in_their_order(self):
        self.check({
            'main.mjs': 'process.nextTick(() => import("./a.mjs")); queueMicrotask(() => import("./b.mjs")); import("./c.mjs");',
            **{f'{name}.mjs': f'console.log("{name}");' for name in 'abc'},
        }, 'c\nb\na\n')

    # Top-level await

    def test_siblings_of_an_awaiting_module_are_not_held_back(self):
        self.check({
            'main.mjs': 'import "./a.mjs"; import "./b.mjs"; console.log("main");',
            'a.mjs': 'import "./c.mjs"; await 0; console.log("a");', 'b.mjs': 'console.log("b");', 'c.mjs': 'await 0; console.log("c");',
        }, 'b\nc\na\nmain\n')
        self.cache_again()
        self.check({
            'main.mjs': 'import "./a.mjs"; import "./b.mjs"; import "./c.mjs"; console.log("main");',
            'a.mjs': 'console.log("a0"); await 0; await 0; console.log("a");', 'b.mjs': 'console.log("b0"); await 0; console.log("b");', 'c.mjs': 'import "./a.mjs"; console.log("c");',
        }, 'a0\nb0\nb\na\nc\nmain\n')

    def test_those_who_wait_for_one_module_go_on_in_the_order_of_evaluation(self):
        self.check({
            'main.mjs': 'import "./x.mjs"; import "./y.mjs"; import "./z.mjs"; console.log("main");', 'd.mjs': 'await 0; console.log("d");',
            'x.mjs': 'import "./d.mjs"; console.log("x");', 'y.mjs': 'import "./d.mjs"; console.log("y");', 'z.mjs': 'import "./y.mjs"; import "./x.mjs"; console.log("z");',
        }, 'd\nx\ny\nz\nmain\n')

    def test_a_sibling_of_an_awaiting_module_that_fails_goes_on(self):
        self.check({
            'main.mjs': 'import "./a.mjs"; import "./b.mjs"; console.log("never");',
            'a.mjs': 'await 0; console.log("a"); throw new Error("a fails");', 'b.mjs': 'console.log("b"); await 0; await 0; await 0; console.log("b goes on");',
        }, 'b\na\nb goes on\n', 1, stderr=['a fails'])

    def test_import_waits_for_an_evaluation_that_is_under_way(self):
        self.check({
            'main.mjs': 'import("./a.mjs").then(() => console.log(1)); setTimeout(() => import("./a.mjs").then(() => console.log(2)), 2);',
            'a.mjs': 'console.log("a"); await new Promise(done => setTimeout(done, 30)); console.log("a goes on");',
        }, 'a\na goes on\n1\n2\n')

    def test_a_member_of_a_cycle_is_there_when_the_cycle_is(self):
        self.check({
            'main.mjs': 'import("./a.mjs").then(() => console.log("then a")); import("./b.mjs").then(() => console.log("then b"));',
            'a.mjs': 'import "./b.mjs"; console.log("a"); await 0; console.log("a goes on");', 'b.mjs': 'import "./a.mjs"; console.log("b"); await 0; console.log("b goes on");',
        }, 'b\nb goes on\na\na goes on\nthen a\nthen b\n')

    def test_modules_that_await_each_other_wait_for_ever(self):
        self.check({
            'main.mjs': 'console.log("main"); await import("./a.mjs"); console.log("never");',
            'a.mjs': 'console.log("a"); await import("./main.mjs"); console.log("never");',
        }, 'main\na\n', 13, stderr=['unsettled top-level await'])
        self.cache_again()
        self.check({'main.mjs': 'console.log("main"); await import("./main.mjs"); console.log("never");'}, 'main\n', 13, stderr=['unsettled top-level await'])

    def test_a_module_can_import_itself_without_waiting(self):
        self.check({'main.mjs': 'import("./main.mjs").then(self => console.log("then", self.x)); export const x = 1; console.log("main");'}, 'main\nthen 1\n')

    # Errors

    CATCH = 'const caught = async name => { try { await import(name); } catch (e) { return e; } };'

    def test_a_module_that_threw_once_throws_again(self):
        for i, text in enumerate(['console.log("p"); throw new Error("p fails");', 'console.log("p"); await 0; throw new Error("p fails");', 'console.log("p"); null.x;']):
            with self.subTest(text):
                self.check({
                    f'main{i}.mjs': self.CATCH + f'const one = await caught("./p{i}.mjs"), two = await caught("./p{i}.mjs"); console.log(one instanceof Error, one === two);',
                    f'p{i}.mjs': text,
                }, 'p\ntrue true\n')
                self.cache_again()

    def test_who_imports_a_module_that_threw_is_not_evaluated(self):
        self.check({
            'main.mjs': self.CATCH + 'const one = await caught("./p.mjs"), two = await caught("./user.mjs"), three = await caught("./user.mjs"); console.log(one, one === two, two === three);',
            'user.mjs': 'import "./before.mjs"; import "./p.mjs"; import "./after.mjs"; console.log("never");',
            'before.mjs': 'console.log("before");', 'p.mjs': 'console.log("p"); throw "p fails";', 'after.mjs': 'console.log("never");',
        }, 'p\nbefore\np fails true true\n')

    def test_parallel_imports_of_a_module_that_throws_are_all_rejected(self):
        self.check({
            'main.mjs': 'const all = await Promise.allSettled(["./p.mjs", "./p.mjs", "./user.mjs"].map(name => import(name)));'
                        'console.log(all.map(one => one.status).join(), all.every(one => one.reason === all[0].reason));',
            'p.mjs': 'console.log("p"); throw {};', 'user.mjs': 'import "./p.mjs"; console.log("never");',
        }, 'p\nrejected,rejected,rejected true\n')

    def test_undefined_can_be_thrown(self):
        self.check({
            'main.mjs': 'for (let i = 0; i < 2; i++) await import("./p.mjs").then(() => console.log("never"), e => console.log("caught", e)); import "./q.mjs";',
            'p.mjs': 'throw undefined;', 'q.mjs': '',
        }, 'caught undefined\ncaught undefined\n')

    def test_a_missing_module_has_a_code(self):
        self.check({'main.mjs': self.CATCH + '''for (const name of ["./gone.mjs", "./user.mjs", "gone"]) {
            const e = await caught(name); console.log(e.name, e.constructor === Error, e.code, e instanceof TypeError); }''', 'user.mjs': 'import "./gone.mjs";'},
                   'Error true ERR_MODULE_NOT_FOUND false\n' * 3)

    def test_a_missing_module_that_is_imported_first_is_no_type_error(self):
        plain = self.check({'main.mjs': 'import "./gone.mjs"; console.log("never");'}, '', 1, stderr=['ERR_MODULE_NOT_FOUND', 'gone.mjs'], whole=False)
        self.assertNotIn(b'TypeError', plain.stderr)

    def test_a_missing_module_is_looked_for_again(self):
        self.check({
            'main.mjs': 'import { writeFileSync } from "fs"; ' + self.CATCH + '''
const one = await caught("./made.mjs"), two = await caught("./made.mjs"), three = await caught("./user.mjs");
console.log(one === two, one.code, three.code);
writeFileSync(import.meta.dirname + "/made.mjs", 'console.log("made");');
await import("./made.mjs"); await import("./user.mjs");
''',
            'user.mjs': 'import "./made.mjs"; console.log("user");',
        }, 'false ERR_MODULE_NOT_FOUND ERR_MODULE_NOT_FOUND\nmade\nuser\n', whole=False)

    def test_a_module_that_was_mended_is_read_again(self):
        self.check({
            'main.mjs': 'import { writeFileSync } from "fs"; ' + self.CATCH + '''
const file = import.meta.dirname + "/mended.mjs";
writeFileSync(file, "let let;");
const one = await caught("./mended.mjs"), two = await caught("./mended.mjs"), three = await caught("./user.mjs");
console.log(one === two, one.name, three.name);
writeFileSync(file, 'console.log("mended");');
await import("./user.mjs"); await import("./mended.mjs");
''',
            'user.mjs': 'import "./mended.mjs"; console.log("user");',
        }, 'false SyntaxError SyntaxError\nmended\nuser\n', whole=False)

    LINK_ERRORS = {
        'user.mjs': 'import "./good.mjs"; import { x } from "./empty.mjs"; import.meta; console.log("never");', 'empty.mjs': '', 'good.mjs': 'console.log("good");',
        'ambiguous.mjs': 'import { x } from "./stars.mjs";', 'stars.mjs': 'export * from "./one.mjs"; export * from "./two.mjs";', 'one.mjs': 'export let x;', 'two.mjs': 'export let x;',
        'default.mjs': 'import x from "./empty.mjs";', 'indirect.mjs': 'export { x } from "./empty.mjs";', 'circle.mjs': 'export { x } from "./circle.mjs";',
    }

    def test_link_errors_are_the_same_object_and_evaluate_nothing(self):
        self.check({
            'main.mjs': self.CATCH + '''for (const name of ["user", "ambiguous", "default", "indirect", "circle"]) {
                const one = await caught(`./${name}.mjs`), two = await caught(`./${name}.mjs`); console.log(name, one.name, one instanceof SyntaxError, one === two); }
                await import("./good.mjs"); await import("./empty.mjs");''',
            **self.LINK_ERRORS,
        }, ''.join(f'{name} SyntaxError true true\n' for name in ('user', 'ambiguous', 'default', 'indirect', 'circle')) + 'good\n')

    def test_link_errors_have_the_same_properties_from_sources_and_from_the_cache(self):
        entry = self.write_all({
            'main.mjs': '''for (const name of ["user", "ambiguous", "default", "indirect", "circle"]) await import(`./${name}.mjs`).catch(e => {
                console.log(e.message, Object.getOwnPropertyNames(e), Object.entries(Object.getOwnPropertyDescriptors(e)), e.stack, e); });''',
            **self.LINK_ERRORS,
        })
        self.assertIn("'x'", self.check_program(entry).stdout.decode())

    def test_a_link_error_of_the_entry_says_what_is_missing(self):
        for i, text in enumerate(['import { x } from "./n.mjs"; import.meta;', 'import x from "./n.mjs";', 'export { x } from "./n.mjs";', 'import { x } from "./n.mjs"; await 0;']):
            with self.subTest(text):
                plain = self.check({f'main{i}.mjs': text + ' console.log("never");', 'n.mjs': 'console.log("never");'}, '', 1, stderr=['SyntaxError', 'n.mjs'])
                self.assertRegex(plain.stderr.decode(), "'x'|default")
                self.cache_again()

    def test_a_rejection_that_nobody_handles_is_told_after_the_ticks(self):
        self.check({
            'main.mjs': 'import("./p.mjs"); setImmediate(() => console.log("immediate")); process.on("unhandledRejection", e => console.log("unhandled", e));',
            'p.mjs': 'console.log("p"); process.nextTick(() => console.log("tick")); queueMicrotask(() => console.log("job")); throw "p fails";',
        }, 'p\njob\ntick\nunhandled p fails\nimmediate\n')
        self.cache_again()
        self.check({'main.mjs': 'import("./p.mjs"); setImmediate(() => console.log("never"));', 'p.mjs': 'console.log("p"); throw new Error("p fails");'}, 'p\n', 1, stderr=['p fails'])

    def test_an_argument_that_is_no_specifier_is_a_rejection(self):
        self.check({
            'main.mjs': 'import({ toString() { throw 5; } }).catch(e => console.log("caught", e)); import("./main.mjs", 1).catch(e => console.log(e.name)); console.log("main");',
        }, 'main\ncaught 5\nTypeError\n')

    def test_json_without_its_attribute_is_a_type_error(self):
        self.check({
            'main.mjs': 'import data from "./d.json" with { type: "json" }; ' + self.CATCH + '''
console.log((await import("./d.json", { with: { type: "json" } })).default === data, (await caught("./d.json")).name);
console.log(await import("./d.json", { with: { type: "css" } }).catch(e => e.name), await import("./main.mjs", { with: { type: "json" } }).catch(e => e.name));''',
            'd.json': '{}',
        }, 'true TypeError\nTypeError TypeError\n', whole=False)

    # Queries and fragments

    def test_a_query_or_fragment_makes_a_module_of_its_own(self):
        self.check({
            'main.mjs': '''import { n as plain } from "./m.mjs"; import { n as one } from "./m.mjs?x=1"; import { n as again } from "./m.mjs?x=1"; import { n as two } from "./m.mjs?x=2";
                import { n as fragment } from "./m.mjs#f";
                const late = await Promise.all(["./m.mjs?x=1", "./m.mjs#f", "./m.mjs?x=3", "./m.mjs"].map(name => import(name)));
                console.log(plain !== one, one === again, one !== two, fragment !== plain, late.map(ns => ns.n).map(n => [plain, one, two, fragment].indexOf(n)).join());''',
            'm.mjs': 'console.log(import.meta.url.replace(/.*\\//, ""), import.meta.filename.replace(/.*\\//, "")); export const n = {};',
        }, 'm.mjs m.mjs\nm.mjs?x=1 m.mjs\nm.mjs?x=2 m.mjs\nm.mjs#f m.mjs\nm.mjs?x=3 m.mjs\ntrue true true true 1,3,-1,0\n')

    def test_what_a_module_with_a_query_imports_has_none(self):
        self.check({
            'main.mjs': 'import "./m.mjs?x"; import "./m.mjs#y";', 'm.mjs': 'import "./n.mjs"; console.log("m");', 'n.mjs': 'console.log(import.meta.url.replace(/.*\\//, ""));',
        }, 'n.mjs\nm\nm\n')

    # Records that come from the cache without code

    def test_a_module_that_was_loaded_but_not_evaluated_is_compiled_when_it_is(self):
        # Another module has its text, and code.
        text = 'export const b = 1; const called = () => 1; if (process.argv[2] === "B") console.log(called(), import.meta.url.slice(-5));'
        for jobs in range(7):
            for text_of_b in text, 'export const b = 2; console.log("b");':
                with self.subTest(jobs=jobs, text_of_b=text_of_b):
                    shutil.rmtree(self.cache, ignore_errors=True)
                    entry = self.write_all({
                        'main.mjs': 'import "./a.mjs"; import("./b.mjs").then(n => console.log(n.b), e => console.log(e));'
                                    f'if (process.argv[2] === "A") {{ for (let i = 0; i < {jobs}; i++) await 0; process.exit(0); }}',
                        'a.mjs': text, 'b.mjs': text_of_b,
                    })
                    plain = {argument: self.bmes('run', '--cache=off', entry, argument) for argument in 'AB'}
                    for argument in 'AABBA':
                        self.assert_seen(self.bmes('run', entry, argument), plain[argument])


if __name__ == '__main__':
    support.main()
