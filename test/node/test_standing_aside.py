"""Where the package stands aside, the program runs as without it, nothing is written, and the trace says why."""

import base64
import json
import os
import shutil
import signal
import subprocess
import time
import unittest

from support import BINARIES, PackageTest, on_each_version

FILES = {
    'main.mjs': 'import { x } from "./x.mjs"; import "./c.cjs"; console.log(x, process.argv.slice(2))', 'x.mjs': 'export const x = "one"', 'c.cjs': 'console.log("c")',
    'main.js': 'console.log(require("./c.cjs"), require.main === module)',
    'compile.cjs': 'const { prototype } = require("module"), { _compile } = prototype; prototype._compile = function (text, ...rest) { return _compile.call(this, text.replace("\\"c\\"", "\\"patched\\""), ...rest) }',
    'resolve.cjs': 'const Module = require("module"), { _resolveFilename } = Module; Module._resolveFilename = function (...a) { if (a[0] === "./c.cjs") console.log("asked"); return _resolveFilename.apply(this, a) }',
    'load.cjs': 'const Module = require("module"), { _load } = Module; Module._load = function (...a) { return _load.apply(this, a) }',
    'extension.cjs': 'require.extensions[".txt"] = (module) => { module.exports = "text" }',
    'replaced.cjs': 'const before = require.extensions[".js"]; require.extensions[".js"] = (module, file) => { if (!/node_modules/.test(file)) console.log("replaced", file.split("/").pop()); before(module, file) }',
    'hooks.cjs': 'require("module").registerHooks({ load(url, context, next) { const r = next(url, context); return url.endsWith("x.mjs") ? { ...r, source: "export const x = \'hooked\'" } : r } })',
    'register.cjs': 'require("module").register("./hook.mjs", require("url").pathToFileURL(__filename))',
    'hook.mjs': 'export async function load(url, context, next) { const r = await next(url, context); return url.endsWith("x.mjs") ? { ...r, source: "export const x = \'hooked\'" } : r }',
    'nothing.cjs': '',
    'old.cjs': 'Object.defineProperty(process, "versions", { value: { ...process.versions, modules: "1" } })',
    'app.txt': 'console.log("an odd one")',
}

# reason: [flags and the entry, variables]; a flag -r stands before the package's own.
ASIDE = [
    ('coverage', ['main.mjs'], {'NODE_V8_COVERAGE': 'coverage'}),
    ('inspector', ['--inspect=127.0.0.1:0', 'main.mjs'], {}),
    ('inspector', ['--inspect-port=0', '--inspect', 'main.js'], {}),
    ('other_loader', ['--import', 'data:text/javascript,', 'main.mjs'], {}),
    ('other_loader', ['--import=./hook.mjs', 'main.mjs'], {}),
    ('other_loader', ['--experimental-loader', './hook.mjs', 'main.mjs'], {}),
    ('other_loader', ['-r', './compile.cjs', 'main.mjs'], {}),
    ('other_loader', ['-r', './compile.cjs', 'main.js'], {}),
    ('other_loader', ['-r', './resolve.cjs', 'main.js'], {}),
    ('other_loader', ['-r', './load.cjs', 'main.mjs'], {}),
    ('other_loader', ['-r', './extension.cjs', 'main.mjs'], {}),
    ('other_loader', ['-r', './replaced.cjs', 'main.js'], {}),
    ('other_loader', ['-r', './hooks.cjs', 'main.mjs'], {}),
    ('other_loader', ['-r', './register.cjs', 'main.mjs'], {}),
    ('permission_model', ['--permission', '--allow-fs-read=*', 'main.mjs'], {}),
    ('no_entry_file', ['-e', 'import("./x.mjs").then(console.log)'], {}),
    ('no_entry_file', ['-p', '1 + 1'], {}),
    ('no_entry_file', ['--check', 'main.js'], {}),
    ('source_maps', ['--enable-source-maps', 'main.mjs'], {}),
    ('flag', ['--jitless', 'main.mjs'], {}),
    ('unsupported_version', ['-r', './old.cjs', 'main.mjs'], {}),
    ('unknown_format', ['app.txt'], {}),
    ('', ['main.mjs'], {'BMES_CACHE': 'off'}),
]


class StandingAside(PackageTest):
    def setUp(self):
        super().setUp()
        self.write(FILES)

    def both(self, version, flags, where, **variables):
        """Plain Node, and the package before or after the given flags."""
        ours = ['--experimental-vm-modules', '-r', 'bmes/register']
        command = [*ours, *flags] if where == 'first' else [flags[0], *flags[1:-1], *ours, flags[-1]] if len(flags) > 1 and flags[0] not in ('-e', '-p') else [*ours, *flags]
        return self.command([BINARIES[version], *flags], **variables), self.command([BINARIES[version], *command], BMES_CACHE_DIR=self.cache, BMES_TRACE='json', **variables)

    @on_each_version
    def test_each_reason(self, version):
        for reason, flags, variables in ASIDE:
            for where in 'first', 'last':
                if reason.startswith('unsupported') and where == 'first':
                    continue
                with self.subTest(flags=flags, package=where):
                    shutil.rmtree(self.cache, ignore_errors=True)
                    plain, run = self.both(version, flags, where, **variables)
                    self.assertEqual((plain.stdout, plain.code), (run.stdout, run.code), run)
                    if not plain.stderr:
                        self.assertEqual(b'', run.stderr)
                    self.assertEqual(reason, run.trace.get('reason'), run)
                    self.assertIn(run.trace['result'], ('off', 'miss'))
                    self.assertFalse(self.cache.exists() and list(self.cache.glob('*.cache')), 'something was written')

    @on_each_version
    def test_without_the_flag_for_modules(self, version):
        for entry in 'main.mjs', 'main.js':
            plain = self.plain(version, entry)
            run = self.command([BINARIES[version], '-r', 'bmes/register', entry], BMES_TRACE='json', BMES_CACHE_DIR=self.cache)
            self.assertEqual((plain.seen, 'off', 'no_vm_modules'), (run.seen, run.trace['result'], run.trace['reason']))

    @on_each_version
    def test_another_preload_is_not_in_the_way(self, version):
        for _ in range(3):
            plain, run = self.both(version, ['-r', './nothing.cjs', 'main.mjs'], 'last')
            self.assertEqual(plain.seen, run.seen)
        self.assertEqual('hit', run.trace['result'], run)

    @on_each_version
    def test_standard_input(self, version):
        for flags in [], ['-'], ['--input-type=module', '-']:
            command = [BINARIES[version], '--experimental-vm-modules', '-r', 'bmes/register', *flags]
            text = b'console.log(typeof require, 1)' if not flags or len(flags) == 1 else b'import fs from "fs"; console.log(typeof fs)'
            done = subprocess.run(command, cwd=self.sources, input=text, env=self.environment(BMES_TRACE='json', BMES_CACHE_DIR=self.cache), capture_output=True, timeout=60)
            plain = subprocess.run([BINARIES[version], *flags], cwd=self.sources, input=text, env=self.environment(), capture_output=True, timeout=60)
            self.assertEqual((plain.stdout, plain.returncode), (done.stdout, done.returncode))
            self.assertFalse(self.cache.exists() and list(self.cache.glob('*.cache')))

    @on_each_version
    def test_the_test_runner(self, version):
        self.write({'some.test.mjs': 'import test from "node:test"; import { x } from "./x.mjs"; test(x, () => {}); test("bad", () => { throw new Error("told") })'})
        for flags in ['--test', 'some.test.mjs'], ['--test', '--experimental-test-isolation=none', 'some.test.mjs']:
            plain, run = self.both(version, flags, 'first')
            self.assertEqual(plain.code, run.code)
            self.assertEqual(plain.stdout.count(b'told'), run.stdout.count(b'told'), run)
            self.assertEqual('test_runner', run.trace.get('reason'), run)

    @on_each_version
    def test_watching_still_sees_what_modules_import(self, version):
        command = [BINARIES[version], '--experimental-vm-modules', '-r', 'bmes/register', '--watch', 'main.mjs']
        output = self.folder / 'output'
        with output.open('wb') as file:
            process = subprocess.Popen(command, cwd=self.sources, env=self.environment(BMES_CACHE_DIR=self.cache), stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True)
        try:
            for text in 'one', 'two', 'three':
                (self.sources / 'x.mjs').write_text(f'export const x = "{text}"')
                for _ in range(200):
                    if f'{text} []' in output.read_text():
                        break
                    time.sleep(0.05)
                else:
                    self.fail(f'{text} was not seen: {output.read_text()}')
                time.sleep(0.3)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    @on_each_version
    def test_hooks_that_the_program_registers(self, version):
        self.write({'hooking.mjs': 'import "./hooks.cjs"; console.log((await import("./x.mjs")).x)',
                    'registering.mjs': 'import "./register.cjs"; console.log((await import("./x.mjs")).x)',
                    'patching.js': 'require("./compile.cjs"); require("./c.cjs")',
                    'extending.js': 'require("./extension.cjs"); require("./replaced.cjs"); console.log(require("./note.txt")); require("./later.js")', 'note.txt': '', 'later.js': 'console.log("later")'})
        for entry in 'hooking.mjs', 'registering.mjs', 'patching.js', 'extending.js':
            with self.subTest(entry=entry):
                plain = self.plain(version, entry)
                for _ in range(3):
                    run = self.cached(version, entry)
                    self.assertEqual(plain.seen, run.seen, run.trace)

    @on_each_version
    def test_source_maps_that_the_program_asks_for(self, version):
        # Line 1 of what was generated is line 5 of its source.
        text = json.dumps({'version': 3, 'sources': ['orig.ts'], 'names': [], 'mappings': 'AAIA', 'sourcesContent': ['1\n2\n3\n4\nthrows']})
        link = '\n//# sourceMappingURL=data:application/json;base64,' + base64.b64encode(text.encode()).decode()
        asks = {'process': 'process.setSourceMapsEnabled(true)', 'module': 'process.getBuiltinModule("module").setSourceMapsSupport?.(true)', 'neither': 'process.setSourceMapsEnabled(false)'}
        self.write({'mapped.cjs': 'module.exports = () => new Error("told").stack.split("\\n")[1]' + link, 'mapped.mjs': 'export default () => new Error("told").stack.split("\\n")[1]' + link})
        for name, asked in asks.items():
            self.write({f'{name}.mjs': f'{asked}; console.log((await import("./mapped.mjs")).default(), (await import("./mapped.cjs")).default())', f'{name}.js': f'{asked}; console.log(require("./mapped.cjs")())'})
            for entry in f'{name}.mjs', f'{name}.js':
                with self.subTest(entry=entry):
                    plain = self.plain(version, entry)
                    for _ in range(3):
                        run = self.cached(version, entry)
                        self.assertEqual(plain.seen, run.seen, run.trace)
                    self.assertEqual('hit' if name == 'neither' else 'miss', run.trace['result'], run.trace)
                    if name == 'process':
                        self.assertIn(b'orig.ts:5', run.stdout)

    @on_each_version
    def test_the_modes(self, version):
        entry = lambda: [path.read_bytes() for path in self.cache.glob('*.cache')]
        self.assertEqual('miss', self.cached(version, 'main.mjs', BMES_CACHE='readonly').trace['result'])
        self.assertEqual([], entry())
        self.cached(version, 'main.mjs')
        self.assertEqual('hit', self.cached(version, 'main.mjs').trace['result'])
        kept = entry()
        self.assertEqual('hit', self.cached(version, 'main.mjs', BMES_CACHE='readonly').trace['result'])
        self.write({'x.mjs': 'export const x = "other"'})
        run = self.cached(version, 'main.mjs', BMES_CACHE='readonly')
        self.assertEqual((b'c\nother []\n', kept), (run.stdout, entry()))
        run = self.cached(version, 'main.mjs', BMES_CACHE='refresh')
        self.assertEqual(('miss', 'refresh'), (run.trace['result'], run.trace['reason']))
        self.assertEqual('hit', self.cached(version, 'main.mjs').trace['result'])


if __name__ == '__main__':
    unittest.main()
