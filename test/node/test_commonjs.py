"""CommonJS: what the file gives to a program is what Node gives it, from stacks to a require() that leads elsewhere meanwhile."""

import json
import signal
import subprocess
import time
import unittest

from support import BINARIES, PackageTest, on_each_version

STACKS = '''console.log(new Error('m').stack); require('./a');
for (const bad of ['./absent', './syntax', 5]) try { require(bad) } catch (e) { console.log(e.stack) }
console.log(require.length, Object.keys(require), require.resolve.name, require.resolve.paths('x').length, require.resolve('./a'));
console.log(require('module')._extensions['.js'].length, Object.keys(require.extensions), require.main === module, require.cache === require('module')._cache)'''


class CommonJs(PackageTest):
    @on_each_version
    def test_stacks_are_those_of_node(self, version):
        self.write({'main.js': STACKS, 'a.js': 'exports.b = require("./b")', 'b.js': 'console.log(new Error("b").stack)', 'syntax.js': '\nlet let = 1'})
        self.same_everywhere(version, 'main.js', first='miss')

    @on_each_version
    def test_a_file_that_appears_before_another_is_required(self, version):
        self.write({'main.js': 'console.log(require("./x"), require("./d"))', 'x.json': '"json"', 'd/index.js': 'module.exports = "index"'})
        self.same_everywhere(version, 'main.js')
        self.write({'x.js': 'module.exports = "js"', 'd/package.json': '{"main": "main"}', 'd/main.js': 'module.exports = "main"'})
        self.same_everywhere(version, 'main.js')

    @on_each_version
    def test_folders_that_the_environment_names_count_as_long_as_it_names_them(self, version):
        self.write({'main.js': 'try { console.log(require("far")) } catch (e) { console.log(e.code) }', 'one/far/index.js': 'module.exports = 1',
                    'two/far/index.js': 'module.exports = 2'})
        for name in ('one', 'two', None, 'one', None, 'two'):
            settings = {'NODE_PATH': self.sources / name} if name else {}
            plain, run = self.plain(version, 'main.js', **settings), self.cached(version, 'main.js', **settings)
            self.assertEqual(plain.seen, run.seen, (name, run))
        self.assertEqual('hit', run.trace['result'], run)

    @on_each_version
    def test_a_program_requires_what_it_writes(self, version):
        self.write({'main.js': '''const fs = require('fs'), word = process.argv[2];
            fs.writeFileSync(__dirname + '/made.json', '"json"'); fs.rmSync(__dirname + '/made.js', { force: true });
            if (word !== 'json') fs.writeFileSync(__dirname + '/made.js', `module.exports = ${JSON.stringify(word)}`);
            console.log(require('./made'))'''})
        for word in ('json', 'one', 'json', 'two', 'two', 'one', 'json'):
            self.assertEqual(word + '\n', self.cached(version, 'main.js', word).stdout.decode())

    @on_each_version
    def test_a_program_requires_packages_that_it_changes(self, version):
        self.write({'sub/main.js': '''const fs = require('fs'), path = require('path'), [where, word] = process.argv.slice(2);
            const put = (name, text) => { const file = path.join(__dirname, '..', name); fs.mkdirSync(path.dirname(file), { recursive: true }); fs.writeFileSync(file, text); };
            const near = path.join(__dirname, 'node_modules');
            fs.rmSync(near, { recursive: true, force: true });
            for (const each of ['one', 'two']) put(`node_modules/p/${each}.js`, `module.exports = "${each}"`);
            if (where === 'main') put('node_modules/p/package.json', JSON.stringify({ main: word + '.js' }));
            if (where === 'exports') put('node_modules/p/package.json', JSON.stringify({ exports: `./${word}.js` }));
            if (where === 'near') { put('node_modules/p/package.json', '{"main": "one.js"}'); if (word === 'two') put('sub/node_modules/p/index.js', 'module.exports = "two"'); }
            console.log(require('p'))'''})
        for where in 'main', 'exports', 'near':
            for word in ('one', 'one', 'two', 'two', 'one'):
                self.assertEqual(word + '\n', self.cached(version, 'sub/main.js', where, word).stdout.decode(), where)

    @on_each_version
    def test_a_nearer_package_is_required(self, version):
        self.write({'sub/main.js': 'console.log(require("p"))', 'node_modules/p/index.js': 'module.exports = "far"'})
        self.same_everywhere(version, 'sub/main.js')
        self.write({'sub/node_modules/p/index.js': 'module.exports = "near"'})
        self.same_everywhere(version, 'sub/main.js')

    @on_each_version
    def test_requests_that_the_package_json_in_charge_answers(self, version):
        package = {'name': '@s/self', 'exports': {'.': './lib/index.js', './*.x': {'require': './lib/*.js'}, './no': None}, 'imports': {'#a': {'require': './lib/a.js'}, '#lib/*.js': ['./lib/*.js'], '#p': 'p', '#fs': 'fs'}}
        self.write({'package.json': json.dumps(package), 'main.js': """const ask = (name) => { try { return require(name) } catch (e) { return [e.code, e.message] } };
            console.log(['#a', '#lib/b.js', '#p', '#fs', '@s/self', '@s/self/b.x', '@s/self/no', '@s/self/c', '#absent', '#link/l.js'].map((n) => typeof ask(n) === 'object' && ask(n).readFileSync ? 'fs' : ask(n)));
            console.log(require('./sub/c'))""",
                    'lib/index.js': 'module.exports = "self"', 'lib/a.js': 'module.exports = "a"', 'lib/b.js': 'module.exports = "b"', 'node_modules/p/index.js': 'module.exports = "p"',
                    'sub/c.js': 'module.exports = require("#a") + require("@s/self")'})
        self.same_everywhere(version, 'main.js')
        file, = self.cache.glob('*.cache')
        kept = file.read_bytes()
        for request in '#a', '#lib/b.js', '@s/self', '@s/self/b.x':
            self.assertIn(b's\0' + request.encode() + b'\0\x01p', kept)
        for request in '#p', '#absent':
            self.assertNotIn(request.encode() + b'\0\x01p', kept)
        # What is in charge changes, and then something nearer is.
        package['imports']['#a'], package['exports']['.'] = './lib/b.js', './lib/a.js'
        self.write({'package.json': json.dumps(package)})
        self.same_everywhere(version, 'main.js')
        self.write({'sub/package.json': '{"imports": {"#a": "./d.js"}}', 'sub/d.js': 'module.exports = "nearer"'})
        self.same_everywhere(version, 'main.js')

    @on_each_version
    def test_the_package_json_in_charge_changes_while_the_program_runs(self, version):
        self.write({'main.js': """const fs = require('fs'), path = require('path'), put = (name, value) => fs.writeFileSync(path.join(__dirname, name), JSON.stringify(value));
            fs.rmSync(__dirname + '/sub/package.json', { force: true });
            put('package.json', { imports: { '#a': `./${process.argv[2]}.js` } }); if (process.argv[3]) put('sub/package.json', { imports: { '#a': './near.js' } });
            console.log(require('./sub/c'))""",
                    'package.json': '{"imports": {"#a": "./one.js"}}', 'one.js': 'module.exports = "one"', 'two.js': 'module.exports = "two"', 'sub/near.js': 'module.exports = "near"', 'sub/c.js': 'module.exports = require("#a")'})
        for words in ('one',), ('one',), ('one', 'near'), ('one', 'near'), ('one',), ('one',):
            plain = self.plain(version, 'main.js', *words)
            self.assertEqual(plain.seen, self.cached(version, 'main.js', *words).seen, words)

    @on_each_version
    def test_a_name_that_leads_by_a_link_is_left_to_node(self, version):
        self.write({'package.json': '{"imports": {"#a": "./link.js"}}', 'main.js': 'console.log(require("#a"))', 'one.js': 'module.exports = "one"', 'two.js': 'module.exports = "two"'})
        for target in 'one.js', 'two.js':
            (self.sources / 'link.js').unlink(missing_ok=True)
            (self.sources / 'link.js').symlink_to(target)
            self.same_everywhere(version, 'main.js')

    @on_each_version
    def test_text_that_others_change_is_compiled(self, version):
        self.write({'main.js': '''const M = require('module'), js = M._extensions['.js'];
            M._extensions['.js'] = function (m, f) { const c = m._compile; m._compile = function (t, n) { return c.call(m, t.replace('plain', 'changed'), n) }; return js(m, f) };
            console.log(require('./a')); M._extensions['.js'] = js; delete require.cache[require.resolve('./a')]; console.log(require('./a'));
            const m = new M('/none.js'); m._compile('module.exports = 7', '/none.js'); console.log(m.exports)''', 'a.js': 'module.exports = "plain"'})
        self.same_everywhere(version, 'main.js')

    @on_each_version
    def test_a_module_required_again_runs_again(self, version):
        self.write({'main.js': '''for (let i = 0; i < 3; i++) { require('./a'); delete require.cache[require.resolve('./a')] }''',
                    'a.js': 'console.log(globalThis.n = (globalThis.n ?? 0) + 1)'})
        self.same_everywhere(version, 'main.js')

    @on_each_version
    def test_es_modules_of_a_common_js_program_are_one_instance(self, version):
        self.write({'main.js': '''const m = require('./m.mjs'); import('./m.mjs').then(async (n) => { console.log(m === n || m.n === n.n, globalThis.runs);
            console.log((await import('./t.mjs')).t, (await import('./m.mjs?again')).n === n.n, globalThis.runs) })''',
                    'm.mjs': 'globalThis.runs = (globalThis.runs ?? 0) + 1; export const n = {}', 't.mjs': 'await 0; export const t = import.meta.url.slice(-5)'})
        self.same_everywhere(version, 'main.js')

    @on_each_version
    def test_stacks_of_required_es_modules_have_nothing_of_the_package(self, version):
        self.write({'main.js': 'Error.stackTraceLimit = 50; require("./m.mjs"); try { require("./t.mjs") } catch (e) { console.log(e.stack.split("\\n").filter((l) => !/node:/.test(l)).join("|")) } try { require("./t.mjs") } catch (e) { console.log(e.message) }',
                    'm.mjs': 'console.log(new Error("x").stack.split("\\n").filter((l) => !/node:/.test(l)).join("|"))', 't.mjs': 'throw new Error("told")'})
        self.same_everywhere(version, 'main.js')

    @on_each_version
    def test_what_is_still_running_cannot_be_required_again(self, version):
        self.write({
            'main.mjs': 'import "./a.cjs"; console.log("main");',
            'a.cjs': 'const ask = (path) => { try { console.log(path, Object.keys(require(path))); } catch (e) { console.log(path, e.code, e.name); } };'
                     'ask("./main.mjs"); ask("./b.mjs"); ask("./c.mjs"); ask("./c.mjs");',
            'b.mjs': 'import "./a.cjs"; export const b = 1;',
            'c.mjs': 'import "./d.cjs"; export const c = 1;', 'd.cjs': 'try { console.log(require("./c.mjs")); } catch (e) { console.log("again", e.code); }',
        })
        self.same_everywhere(version, 'main.mjs')

    @on_each_version
    def test_node_warns_each_time_of_a_package_without_a_main_file(self, version):
        for package in '{"type": "module"}', '{"type": "module", "main": "index"}', '{"type": "module", "main": "./"}':
            self.write({'main.mjs': 'import { a } from "p"; console.log(a);', 'node_modules/p/index.js': 'export const a = 1;', 'node_modules/p/package.json': package})
            plain = self.plain(version, 'main.mjs')
            self.assertIn(b'DEP0151', plain.stderr)
            for _ in range(3):
                cached = self.cached(version, 'main.mjs')
                self.assertEqual((plain.stdout, plain.code, plain.stderr.count(b'DEP0151')), (cached.stdout, cached.code, cached.stderr.count(b'DEP0151')), package)

    @on_each_version
    def test_a_program_starts_the_package_itself(self, version):
        self.write({'main.js': 'const s = require("bmes").start(); console.log(require("./a")); if (process.argv[2]) console.log(s.active)', 'a.js': 'module.exports = 1'})
        environment = {'BMES_CACHE_DIR': self.cache, 'BMES_TRACE': 'json'}
        runs = [self.plain(version, 'main.js', 'say', flags=['--experimental-vm-modules'], **environment) for _ in range(3)]
        for run in runs:
            self.assertEqual(b'1\ntrue\n', run.stdout)
        self.assertEqual('hit', runs[2].trace['result'], runs[2].trace)


class Ends(PackageTest):
    @on_each_version
    def test_what_an_uncaught_error_ends_is_kept(self, version):
        self.write({'main.mjs': 'import "./a.mjs"; setTimeout(() => { throw new Error("late") })', 'a.mjs': 'process.on("exit", (c) => console.log("exit", c))'})
        self.same_everywhere(version, 'main.mjs')

    @on_each_version
    def test_exit_codes_and_last_words(self, version):
        for i, end in enumerate(('process.exitCode = 3', 'process.on("exit", () => { process.exitCode = 4 })', 'process.on("exit", () => process.exit(5))',
                                 'process.emit("exit", 9); console.log("lives")', 'process.on("beforeExit", () => console.log("before"))',
                                 'process.stdout.write("x".repeat(1 << 20))', 'process.on("exit", (c) => console.log("last", c))')):
            with self.subTest(end=end):
                self.write({f'main{i}.mjs': end})
                self.same_everywhere(version, f'main{i}.mjs')

    @on_each_version
    def test_an_error_of_the_last_listener(self, version):
        self.write({'main.mjs': 'process.on("exit", () => { throw new Error("in exit") })'})
        self.same_everywhere(version, 'main.mjs', result='miss')

    @on_each_version
    def test_a_server_ended_by_a_signal_is_kept(self, version):
        self.write({'main.mjs': 'setInterval(() => {}, 100); setTimeout(() => console.log("up"), process.argv[2] ? 0 : 2600)'})
        command = [BINARIES[version], '--experimental-vm-modules', '-r', 'bmes/register', 'main.mjs']
        server = subprocess.Popen(command, cwd=self.sources, env=self.environment(BMES_CACHE_DIR=self.cache), stdout=subprocess.PIPE)
        self.assertEqual(b'up\n', server.stdout.readline())
        time.sleep(0.3)
        server.send_signal(signal.SIGTERM)
        self.assertEqual(-signal.SIGTERM, server.wait())
        server.stdout.close()
        self.assertEqual(1, len(list(self.cache.glob('*.cache'))))


if __name__ == '__main__':
    unittest.main()
