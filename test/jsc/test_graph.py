#!/usr/bin/env python3
"""What a program's modules are and what each takes: a table, JSON, DOT, and a page that a browser shows and that can be clicked."""

import base64
import html
import json
import re
import shutil
import subprocess
import unittest

import support

BROWSER = shutil.which('chromium-headless-shell')
FILES = {
    'main.mjs': 'import { a } from "./lib/a.mjs"; import "./lib/b.mjs"; import "node:path"; console.log(a);',
    'lib/a.mjs': 'import "./b.mjs"; export const a = "</script><!--";' + '// long\n' * 50,
    'lib/b.mjs': 'export default 1;',
}


class GraphTest(support.CommandTest):
    def setUp(self):
        super().setUp()
        self.entry = self.write_all(FILES)
        self.settle()
        self.bmes('run', self.entry)

    def graph(self, *arguments):
        outcome = self.bmes('graph', *arguments)
        self.assertEqual((outcome.code, outcome.stderr), (0, b''), outcome)
        return outcome.stdout.decode()

    def told_by(self, page, clicks):
        """What clicks in the browser find out: they `tell(...)`."""
        script = '<script>{ const told = [], tell = (...what) => told.push(...what);' + clicks + \
                 "document.body.append(Object.assign(document.createElement('pre'), { id: 'told', textContent: JSON.stringify(told) })); }</script>"
        shown = self.write('clicked.html', page.replace('</html>', script + '</html>'))
        done = subprocess.run([BROWSER, '--no-sandbox', '--window-size=1200,800', '--dump-dom', f'file://{shown}'], env=self.environment(), capture_output=True, timeout=60)
        told = re.search(r'<pre id="told">(.*?)</pre>', done.stdout.decode())
        self.assertTrue(told, done.stderr.decode())
        return json.loads(html.unescape(told[1]))

    def test_JSON_has_modules_edges_and_sizes(self):
        told = json.loads(self.graph('--json', 'main.mjs'))
        self.assertEqual((told['entry'], told['file']), (str(self.entry), str(self.entry_file())))
        modules = told['modules']
        names = [m['url'].removeprefix(f'{self.sources}/') for m in modules]
        self.assertEqual(sorted(names), sorted(FILES))
        edges = {(names[i], names[to]) for i, m in enumerate(modules) for to in m['imports']}
        self.assertEqual(edges, {('main.mjs', 'lib/a.mjs'), ('main.mjs', 'lib/b.mjs'), ('lib/a.mjs', 'lib/b.mjs')})
        for name, m in zip(names, modules):
            self.assertEqual((m['source_bytes'], m['depth'], m['builtins']), (len(FILES[name]), 0 if name == 'main.mjs' else 1, ['node:path'] if name == 'main.mjs' else []), m)
            self.assertGreater(m['code_bytes'], 0)

    def test_a_table_has_the_largest_first(self):
        lines = self.graph('main.mjs').splitlines()
        self.assertEqual((len(lines), lines[0].split()), (5, ['source', 'cached', 'imports', 'importers', 'depth', 'module']))
        self.assertTrue(lines[-1].endswith('3 modules, 3 edges'), lines[-1])

    def test_DOT_has_a_node_for_each_module(self):
        dot = self.graph('--dot', 'main.mjs')
        self.assertEqual((len(re.findall(r'^  m\d+ \[label=', dot, re.M)), len(re.findall(r'^  m\d+ -> m\d+;', dot, re.M))), (3, 3))
        if shutil.which('dot'):
            subprocess.run(['dot', '-Tsvg'], input=dot.encode(), stdout=subprocess.DEVNULL, check=True)

    TIMED = {
        'timed.mjs': 'import "./slow.mjs"; import { late } from "./late.mjs"; import "./old.cjs"; console.log("ran", late, process.argv.slice(2).join());',
        'slow.mjs': 'for (const end = performance.now() + 80; performance.now() < end;);',
        'late.mjs': 'await new Promise((done) => setTimeout(done, 150)); export const late = 1; import "./slow.mjs";',
        'old.cjs': 'require("./older.cjs");',
        'older.cjs': 'for (const end = Date.now() + 60; Date.now() < end;);',
    }

    def timed(self, *arguments, stderr=None):
        outcome = self.bmes('graph', '--times', *arguments)
        self.assertEqual(outcome.code, 0, outcome)
        if stderr is not None:
            self.assertEqual(outcome.stderr, stderr, outcome)
        return outcome.stdout.decode()

    def test_a_program_that_is_run_has_the_times_of_its_modules(self):
        self.write_all(self.TIMED)
        self.settle()
        told = json.loads(self.timed('--json', 'timed.mjs', '--', '--json', 'b', stderr=b'ran 1 --json,b\n' * 4))
        self.assertEqual((told['runs']['cold']['result'], told['runs']['warm']['result']), ('off', 'hit'))
        for way in 'cold', 'warm':
            m = {m['url'].rpartition('/')[2]: m[way] for m in told['modules']}
            self.assertEqual(sorted(m), sorted(self.TIMED))
            for name, least in ('slow.mjs', 79), ('older.cjs', 59):
                self.assertGreater(m[name]['evaluation_ms'], least, way)
                self.assertEqual(round(m[name]['evaluation_ms'], 1), round(m[name]['total_evaluation_ms'], 1))
            self.assertGreater(m['old.cjs']['total_evaluation_ms'], m['older.cjs']['evaluation_ms'])
            self.assertGreater(m['timed.mjs']['total_evaluation_ms'], m['slow.mjs']['evaluation_ms'] + m['older.cjs']['evaluation_ms'])
            for name in 'timed.mjs', 'old.cjs', 'late.mjs':
                self.assertLess(m[name]['evaluation_ms'], 50, f'{name}: what others do, and waiting, is not its own')
            self.assertTrue(all(t['load_ms'] > 0 for t in m.values()), m)
            spans = told['runs'][way]['spans']
            for s in spans:
                self.assertLessEqual(s['begin_ms'], s['end_ms'])
                if s['parent'] is not None:
                    outer = spans[s['parent']]
                    self.assertTrue(outer['begin_ms'] <= s['begin_ms'] and s['end_ms'] <= outer['end_ms'] + 0.001, (outer, s))
            self.assertLess(max(s['end_ms'] for s in spans), told['runs'][way]['total_ms'])

    def test_a_table_of_times_has_the_slowest_first(self):
        self.write_all(self.TIMED)
        self.settle()
        lines = self.timed('timed.mjs').splitlines()
        self.assertEqual([line.rpartition('/')[2] for line in lines[2:4]], ['slow.mjs', 'older.cjs'])
        self.assertEqual((len(lines), lines[1].split()), (9, 'cached load run in all load run in all module'.split()))
        self.assertRegex(lines[-1], r'^the whole run: \d+\.\d ms from sources, \d+\.\d ms from the cache$')

    def test_programs_that_fail_or_exit_have_times_too(self):
        for name, ending, said in ('throws', 'throw new Error("x");', b'exit code 1'), ('exits', 'process.exit(7);', b'exit code 7'), ('rejects', 'await Promise.reject(1);', b'exit code 1'):
            self.write_all({f'{name}.mjs': f'import "./lib/b.mjs"; {ending}'})
            self.settle()
            outcome = self.bmes('graph', '--times', '--json', f'{name}.mjs')
            told = json.loads(outcome.stdout)
            self.assertEqual((outcome.code, told['runs']['warm']['result']), (0, 'hit'), outcome)
            self.assertIn(said, outcome.stderr)
            self.assertTrue(all(s['end_ms'] >= s['begin_ms'] for s in told['runs']['warm']['spans']))
        outcome = self.bmes('graph', '--times', self.write('killed.mjs', 'process.kill(process.pid, "SIGKILL");'))
        self.assertEqual((outcome.code, outcome.stdout), (1, b''), outcome)
        self.assertIn(b'ended by signal 9', outcome.stderr)

    def test_the_fastest_of_several_runs_counts(self):
        self.write_all({'main.mjs': 'console.log(1);'})
        self.settle()
        self.bmes('run', 'main.mjs')
        self.timed('--runs', '3', 'main.mjs', stderr=b'1\n' * 7)

    def test_only_programs_are_run(self):
        for arguments, code in (('--times', self.entry_file()), 1), (('--runs', '2', 'main.mjs'), 2), (('main.mjs', '--', 'argument'), 2):
            outcome = self.bmes('graph', *arguments)
            self.assertEqual((outcome.code, outcome.stdout), (code, b''), outcome)
        self.assertNotIn('runs', json.loads(self.graph('--json', 'main.mjs')))

    def test_conditions_and_links_are_those_of_the_run(self):
        self.write_all({'c/main.mjs': 'import "p"; console.log(1);', 'c/node_modules/p/package.json': '{"exports": {"special": "./s.mjs", "default": "./d.mjs"}}',
                        'c/node_modules/p/s.mjs': '', 'c/node_modules/p/d.mjs': ''})
        (self.sources / 'link.mjs').symlink_to('c/main.mjs')
        self.settle()
        urls = lambda *arguments: sorted(m['url'].removeprefix(f'{self.sources}/') for m in json.loads(self.graph('--json', *arguments))['modules'])
        special, plain = ['c/main.mjs', 'c/node_modules/p/s.mjs'], ['c/main.mjs', 'c/node_modules/p/d.mjs']
        self.bmes('compile', '--graph', '-C', 'special', 'c/main.mjs')
        self.assertEqual(self.bmes('graph', 'c/main.mjs').code, 1)
        self.assertEqual(urls('-C', 'special', 'c/main.mjs'), special)
        self.assertEqual(self.bmes('why', '-C', 'special', 'c/main.mjs').code, 0)
        self.assertEqual(self.bmes('why', 'c/main.mjs').code, 1)
        self.assert_settled(self.bmes('run', '-C', 'special', 'c/main.mjs'), 2)
        self.bmes('run', 'link.mjs')
        self.assertEqual(urls('link.mjs'), plain)
        self.assertEqual(self.bmes('why', 'link.mjs').code, 0)
        self.assertEqual(self.bmes('why', '--preserve-symlinks', 'link.mjs').code, 1)
        self.bmes('run', '--preserve-symlinks', 'c/main.mjs')
        self.assertEqual(urls('--preserve-symlinks', 'c/main.mjs'), plain)
        self.assertEqual(self.bmes('compile', '-C', 'special', 'c/main.mjs').code, 2)

    def test_a_file_can_be_shown_too(self):
        self.assertEqual(json.loads(self.graph('--json', self.entry_file()))['entry'], str(self.entry))
        outcome = self.bmes('graph', 'gone.mjs')
        self.assertEqual((outcome.code, outcome.stdout), (1, b''), outcome)

    def test_a_page_is_one_file_that_asks_nothing_of_a_network(self):
        page = self.graph('--html', 'main.mjs')
        self.assertEqual(re.findall(r'(?:src|href|url\(|import\s*\(|fetch|https?:)', page.split('<script type="application/json"')[0]), [])
        data = re.search(r'<script type="application/json" id="graph">(.*?)</script>', page, re.S)[1]
        self.assertEqual(json.loads(data), json.loads(self.graph('--json', 'main.mjs')))
        self.graph('--html', '-o', 'out.html', 'main.mjs')
        self.assertEqual((self.sources / 'out.html').read_text(), page)

    @unittest.skipUnless(BROWSER, 'needs chromium-headless-shell')
    def test_a_browser_shows_it_and_clicks_and_searches_are_answered(self):
        page = self.graph('--html', 'main.mjs')
        clicks = '''
          const boxes = [...document.querySelectorAll('#map button')];
          tell(boxes.length, document.querySelectorAll('#rows tr').length, document.title);
          boxes.find((b) => b.title.includes('b.mjs')).click();
          tell(document.querySelector('#about h2').textContent, document.querySelectorAll('#about a').length, document.querySelectorAll('.chosen').length);
          [...document.querySelectorAll('#about a')].find((a) => a.textContent === 'lib/a.mjs').click();
          tell(document.querySelector('#about h2').textContent);
          const heads = () => [...document.querySelectorAll('#heads th')];
          heads()[6].click();
          const first = () => document.querySelector('#rows tr td:last-child').textContent;
          tell(first());
          heads()[6].click();
          tell(first());
          const search = document.getElementById('search');
          search.value = 'A.MJS';
          search.dispatchEvent(new Event('input'));
          tell(document.querySelectorAll('#rows tr').length, document.querySelectorAll('#map .faded').length);
          const by = document.getElementById('by'), width = () => document.querySelector('#map button[title*="lib/a.mjs"]').style.width;
          const before = width();
          by.value = 'source_bytes';
          by.dispatchEvent(new Event('change'));
          tell(width() !== before);'''
        self.assertEqual(self.told_by(page, clicks), [3, 3, str(self.entry), 'lib/b.mjs', 4, 2, 'lib/a.mjs', 'lib/a.mjs', 'main.mjs', 1, 2, True])

    @unittest.skipUnless(BROWSER, 'needs chromium-headless-shell')
    def test_a_browser_shows_when_what_ran(self):
        self.assertNotIn('"runs"', self.graph('--html', 'main.mjs').split('<script type="application/json"')[1].split('</script>')[0])
        self.write_all(self.TIMED)
        self.settle()
        page = self.timed('--html', 'timed.mjs')
        told = self.told_by(page, '''
          const boxes = () => [...document.querySelectorAll('#flame button')], of = (name) => boxes().find((b) => b.title.startsWith(name));
          const width = (name) => parseFloat(of(name).style.width), left = (name) => parseFloat(of(name).style.left);
          tell(document.getElementById('timed').hidden, width('timed.mjs') > width('slow.mjs'), width('slow.mjs') > 20, of('slow.mjs').style.top > of('timed.mjs').style.top);
          tell(left('old.cjs') >= left('slow.mjs') + width('slow.mjs') - 1);
          const before = width('slow.mjs');
          of('slow.mjs').click();
          tell(document.querySelector('#about h2').textContent, width('slow.mjs') > before, document.querySelectorAll('#about div').length);
          document.getElementById('whole').click();
          tell(Math.abs(width('slow.mjs') - before) < 1);
          const run = document.getElementById('run'), shown = document.getElementById('shown').textContent;
          run.value = 'cold';
          run.dispatchEvent(new Event('change'));
          tell(document.getElementById('shown').textContent !== shown);
          const by = document.getElementById('by');
          by.value = 'warm_run';
          by.dispatchEvent(new Event('change'));
          const largest = document.querySelector('#map button');
          tell(largest.textContent, /\\d ms$/.test(largest.title), document.querySelectorAll('#heads th').length);''')
        self.assertEqual(told, [False, True, True, True, True, 'slow.mjs', True, 3, True, True, 'slow.mjs', True, 12])

    def test_the_page_about_a_file_has_its_bytes_and_fields(self):
        page = self.bmes('inspect', '--html', self.entry_file()).stdout.decode()
        data = json.loads(re.search(r'id="fields">(.*?)</script>', page, re.S)[1])
        self.assertEqual(data, json.loads(self.bmes('inspect', '--json', self.entry_file()).stdout))
        self.assertEqual(base64.b64decode(re.search(r'id="base64">(.*?)</script>', page)[1]), self.entry_file().read_bytes())
        damaged = self.write('damaged.bmes', self.entry_file().read_bytes()[:-1])
        outcome = self.bmes('inspect', '--html', damaged)
        self.assertEqual(outcome.code, 1)
        self.assertIn(b'"valid":false', outcome.stdout)

    @unittest.skipUnless(BROWSER, 'needs chromium-headless-shell')
    def test_a_browser_shows_the_bytes_of_a_field_and_follows_links(self):
        page = self.bmes('inspect', '--html', self.entry_file()).stdout.decode()
        told = self.told_by(page, '''
          const rows = () => [...document.querySelectorAll('#rows tr')], marks = () => [...document.querySelectorAll('#bytes mark')].map((m) => m.textContent).join('');
          tell(rows()[0].children[2].textContent, marks());
          [...document.querySelectorAll('nav button')].find((b) => b.textContent.startsWith('module')).click();
          const link = document.querySelector('#rows a');
          const to = link.textContent;
          link.click();
          const row = document.querySelector('#rows tr.chosen');
          tell(row.children[2].textContent, row.children[3].textContent === to, marks().length === 2 * to.length);
          const search = document.getElementById('search');
          search.value = '0x5';
          search.dispatchEvent(new Event('input'));
          tell(rows().length, rows()[0].children[2].textContent);''')
        self.assertEqual(told, ['header.magic', '53454d42', 'string_bytes', True, True, 1, 'header.version'])


if __name__ == '__main__':
    support.main()
