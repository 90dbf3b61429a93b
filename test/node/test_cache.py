"""The file: stale sources, damage, several starts at once, and the ways in that a user has."""

import os
import random
import struct
import subprocess
import time
import unittest

from support import BINARIES, VERSIONS, PackageTest, on_each_version


def sections(data):
    """Kind, offset and size of every section (docs/format.md, "Version 4")."""
    header_size, _, count = struct.unpack_from('<III', data, 24)
    rows = [struct.unpack_from('<IIQQ', data, header_size + i * 40) for i in range(count)]
    return [(kind, offset, size) for kind, _, offset, size in rows]


class Cache(PackageTest):
    def program(self, text='import { x } from "./x.mjs"; import "./c.cjs"; console.log(x)'):
        self.write({'main.mjs': text, 'x.mjs': 'export const x = "one"', 'c.cjs': 'console.log("c")'})

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

    def check_damage(self, version, entry, plain, file, data):
        """The program runs as ever, and the file is made anew."""
        file.write_bytes(data)
        file.chmod(0o600)
        run = self.cached(version, entry)
        self.assertEqual(plain.seen, run.seen)
        self.assertNotEqual('', run.trace['reason'], run.trace)
        self.assertLess(run.trace['hits'], run.trace['modules'])
        if self.cached(version, entry).trace['result'] != 'hit':
            self.assertEqual('hit', self.cached(version, entry).trace['result'])

    @on_each_version
    def test_any_damage_is_found(self, version):
        self.program('import { x } from "./x.mjs"; import j from "./j.json" with { type: "json" }; import "./c.cjs"; console.log(x, j); process.exitCode = 3')
        self.write({'j.json': '[1]'})
        plain = self.plain(version, 'main.mjs')
        for _ in range(3):
            self.cached(version, 'main.mjs')
        file, = self.cache.glob('*.cache')
        good = file.read_bytes()
        places = {0, 8, 16, 24, 30, len(good) - 1}
        for kind, offset, size in sections(good):
            places |= {offset, offset + size // 2, offset + size - 1} if size else set()
        self.assertGreater(len(places), 30)
        for at in sorted(places):
            with self.subTest(flipped=at):
                self.check_damage(version, 'main.mjs', plain, file, good[:at] + bytes([good[at] ^ 0x41]) + good[at + 1:])
        ends = {0, 1, 63, len(good) // 2, len(good) - 1} | {offset for _, offset, _ in sections(good)}
        for size in sorted(ends):
            with self.subTest(cut=size):
                self.check_damage(version, 'main.mjs', plain, file, good[:size])
        self.check_damage(version, 'main.mjs', plain, file, good + b'more')
        self.check_damage(version, 'main.mjs', plain, file, b'\0' * len(good))

    @on_each_version
    def test_any_damage_of_a_large_file_is_found(self, version):
        self.write({'main.mjs': 'import ts from "typescript"; console.log(ts.transpile("let x: string"))'})
        self.link_package('typescript')
        plain = self.plain(version, 'main.mjs')
        self.cached(version, 'main.mjs')
        file, = self.cache.glob('*.cache')
        good = file.read_bytes()
        self.assertGreater(len(good), 1 << 16)
        for part in range(6):
            at = len(good) * part // 6 + 11
            with self.subTest(flipped=at):
                self.check_damage(version, 'main.mjs', plain, file, good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])

    @on_each_version
    def test_what_is_no_file_of_ours_is_let_alone_or_replaced(self, version):
        self.program()
        plain = self.plain(version, 'main.mjs')
        self.cached(version, 'main.mjs')
        file, = self.cache.glob('*.cache')
        file.unlink()
        file.mkdir()
        for _ in range(2):
            self.assertEqual(plain.seen, self.cached(version, 'main.mjs').seen)
        file.rmdir()
        file.symlink_to(self.sources / 'x.mjs')
        self.assertEqual(plain.seen, self.cached(version, 'main.mjs').seen)
        self.assertEqual('export const x = "one"', (self.sources / 'x.mjs').read_text())
        file.unlink(missing_ok=True)
        self.cached(version, 'main.mjs')
        file.chmod(0o666)
        self.assertEqual((plain.seen, 'not_private'), (lambda run: (run.seen, run.trace['reason']))(self.cached(version, 'main.mjs')))

    @on_each_version
    def test_a_folder_that_cannot_be_written(self, version):
        self.program()
        self.cache.write_text('a file')
        plain = self.plain(version, 'main.mjs')
        run = self.cached(version, 'main.mjs')
        self.assertEqual((plain.seen, 0), (run.seen, run.trace['written_bytes']))
        self.assertNotEqual('', run.trace['reason'])

    def test_versions_keep_each_others_code(self):
        self.program()
        for _ in range(2):
            for version in VERSIONS:
                self.cached(version, 'main.mjs')
        for version in VERSIONS:
            self.assertEqual('hit', self.cached(version, 'main.mjs').trace['result'], version)

    @on_each_version
    def test_many_starts_at_once_of_which_some_are_killed(self, version):
        self.program()
        plain = self.plain(version, 'main.mjs')
        environment = self.environment(BMES_CACHE_DIR=self.cache)
        command = [BINARIES[version], '--experimental-vm-modules', '-r', 'bmes/register', 'main.mjs']
        chance = random.Random(16)
        for _ in range(3):
            started = [subprocess.Popen(command, cwd=self.sources, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(16)]
            killed = chance.sample(started, 5)
            for process in killed:
                time.sleep(chance.random() * 0.05)
                process.kill()
            for process in started:
                seen = process.communicate(timeout=60)
                if process not in killed:
                    self.assertEqual((plain.stdout, b'', 0), (*seen, process.returncode))
            run = self.cached(version, 'main.mjs')
            self.assertEqual(plain.seen, run.seen)
        for _ in range(100):
            if self.cached(version, 'main.mjs').trace['result'] == 'hit' and not list(self.cache.glob('*.tmp*')):
                return
            time.sleep(0.1)
        self.fail(f'no hit, or something was left behind: {list(self.cache.iterdir())}')

    @on_each_version
    def test_an_edit_that_keeps_size_and_times_is_seen(self, version):
        self.program()
        self.same_everywhere(version, 'main.mjs')
        for name, text in (('x.mjs', 'export const x = "two"'), ('c.cjs', 'console.log("d")')):
            self.write({name: text})  # with the times it had
            self.assertEqual(self.plain(version, 'main.mjs').seen, self.cached(version, 'main.mjs').seen)
            self.assertEqual('hit', self.cached(version, 'main.mjs').trace['result'])

    @on_each_version
    def test_a_missing_source_is_seen(self, version):
        self.write({'main.mjs': 'console.log(await import("./x.mjs").catch((e) => e.message), await import("./y.mjs").catch((e) => e.code))',
                    'x.mjs': 'import "./y.mjs"', 'y.mjs': 'export const y = 1'})
        self.same_everywhere(version, 'main.mjs')
        (self.sources / 'y.mjs').unlink()
        for _ in range(3):
            self.assertEqual(self.plain(version, 'main.mjs').seen, self.cached(version, 'main.mjs').seen)
        self.write({'y.mjs': 'export const y = 2'})
        self.same_everywhere(version, 'main.mjs')

    @on_each_version
    def test_what_common_js_resolves_to_is_looked_for_again(self, version):
        self.write({'main.js': 'console.log(require("./a"), require("p"), require("./b"))', 'a/index.js': 'module.exports = "a/index"', 'b.json': '"json"',
                    'node_modules/p/index.js': 'module.exports = "p/index"'})
        self.same_everywhere(version, 'main.js')
        for files in ({'a.js': 'module.exports = "a.js"'}, {'b.js': 'module.exports = "b.js"'}, {'node_modules/p/package.json': '{"main": "other.js"}', 'node_modules/p/other.js': 'module.exports = "other"'},
                      {'a': None}, {'b.json': '"changed"', 'b.js': None}):
            for name, text in files.items():
                if text is None:
                    (self.sources / (name if name != 'a' else 'a.js')).unlink()
            self.write({name: text for name, text in files.items() if text is not None})
            self.same_everywhere(version, 'main.js')

    @on_each_version
    def test_a_link_that_leads_elsewhere_is_seen(self, version):
        self.write({'main.mjs': 'import x from "./link.mjs"; import p from "p"; console.log(x, p, import.meta.url.length)', 'one.mjs': 'export default import.meta.url.slice(-7)',
                    'two.mjs': 'export default "2" + import.meta.url.slice(-7)', 'p1/package.json': '{"type":"module","main":"i.js"}', 'p1/i.js': 'export default "p1"',
                    'p2/package.json': '{"type":"module","main":"i.js"}', 'p2/i.js': 'export default "p2"', 'node_modules/empty.txt': ''})
        links = {'link.mjs': 'one.mjs', 'node_modules/p': '../p1'}
        for name, target in links.items():
            (self.sources / name).symlink_to(target)
        self.same_everywhere(version, 'main.mjs')
        for name, target in {'link.mjs': 'two.mjs', 'node_modules/p': '../p2'}.items():
            (self.sources / name).unlink()
            (self.sources / name).symlink_to(target)
            self.same_everywhere(version, 'main.mjs')

    @on_each_version
    def test_conditions_and_kept_links_are_part_of_the_key(self, version):
        self.write({'main.mjs': 'import p from "p"; import x from "./link.mjs"; console.log(p, x)', 'sub/one.mjs': 'export default import.meta.url.slice(-8)',
                    'node_modules/p/package.json': '{"exports": {"special": "./s.mjs", "default": "./d.mjs"}}', 'node_modules/p/s.mjs': 'export default "special"', 'node_modules/p/d.mjs': 'export default "default"'})
        (self.sources / 'link.mjs').symlink_to('sub/one.mjs')
        for flags in [], ['--conditions=special'], ['-C', 'special'], ['--preserve-symlinks'], ['--preserve-symlinks', '-C', 'special']:
            self.same_everywhere(version, 'main.mjs', flags=flags)
        for flags in [], ['-C', 'special'], ['--preserve-symlinks']:
            self.assertEqual('hit', self.cached(version, 'main.mjs', flags=flags).trace['result'], flags)

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
