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
