#!/usr/bin/env python3
"""Real packages run from the cache as they run from their sources."""

import shutil
import unittest

import support
from support import PACKAGES


@unittest.skipUnless(PACKAGES.is_dir(), 'no node_modules: run scripts/setup')
class ProgramsTest(support.CommandTest):
    def check_text(self, text, *, at_least, prints=None, **settings):
        """A program that imports packages; PACKAGES in its text is where they are."""
        entry = self.write('main.mjs', text.replace('PACKAGES', str(PACKAGES)))
        warm = self.check_program(entry, **settings)
        self.assertGreaterEqual(warm.trace['modules'], at_least, warm)
        self.assertNotEqual(warm.stdout, b'')
        if prints is not None:
            self.assertEqual(warm.stdout.decode(), prints)

    def test_lodash_es(self):
        self.check_text('''
import _, { chunk, debounce, template } from 'PACKAGES/lodash-es/lodash.js';
console.log(chunk([1, 2, 3, 4, 5], 2), _.VERSION, _.functions(_).length, _.groupBy(['a', 'bb', 'cc'], 'length'));
console.log(template('<%- name %> is <%= 1 + 1 %>')({ name: '<b>' }), _(_.range(10)).filter(n => n % 2).map(n => n * n).sum());
debounce(() => console.log('debounced'), 5)();
''', at_least=641)

    def test_three(self):
        self.check_text('''
import * as THREE from 'PACKAGES/three/build/three.module.js';
const scene = new THREE.Scene(), camera = new THREE.PerspectiveCamera(60, 1.5, 0.1, 100);
camera.position.set(1, 2, 3); camera.lookAt(0, 0, 0); camera.updateMatrixWorld();
const mesh = new THREE.Mesh(new THREE.TorusKnotGeometry(1, 0.4, 32, 8), new THREE.MeshBasicMaterial({ color: 'tomato' }));
scene.add(mesh); mesh.geometry.computeBoundingSphere();
const hits = new THREE.Raycaster(camera.position, new THREE.Vector3().sub(camera.position).normalize()).intersectObjects(scene.children);
console.log(Object.keys(THREE).length, mesh.geometry.boundingSphere.radius.toFixed(4), mesh.material.color.getHexString(), hits.length, camera.quaternion.toArray().map(n => n.toFixed(3)).join());
''', at_least=2)

    def test_date_fns_with_its_locales(self):
        self.check_text('''
import * as dateFns from 'PACKAGES/date-fns/index.js';
import * as locales from 'PACKAGES/date-fns/locale.js';
const date = new Date(Date.UTC(2024, 1, 29, 12));
for (const [name, locale] of Object.entries(locales)) console.log(name, dateFns.format(date, 'PPPP', { locale }), dateFns.formatDistance(0, 864e5 * 40, { locale }));
console.log(dateFns.addMonths(date, 12).toISOString(), Object.keys(dateFns).length);
''', at_least=700)

    def test_rxjs(self):
        # Its modules ask for "tslib", a name that only a package manager could resolve.
        shutil.copytree(PACKAGES / 'rxjs/dist/esm', self.sources / 'rxjs', ignore=shutil.ignore_patterns('*.map'))
        shutil.copy(PACKAGES / 'tslib/tslib.es6.mjs', self.sources)
        for path in (self.sources / 'rxjs').rglob('*.js'):
            text = path.read_text()
            if '"tslib"' in text:
                path.write_text(text.replace('"tslib"', f'"{self.sources}/tslib.es6.mjs"'))
        self.check_text('''
import { from, interval, of, firstValueFrom, catchError, map, mergeMap, scan, take, throwError, toArray, zip } from './rxjs/index.js';
from([1, 2, 3]).pipe(mergeMap(n => of(n, n * 10)), scan((sum, n) => sum + n, 0), toArray()).subscribe(all => console.log(all));
zip(interval(1), of('a', 'b', 'c')).pipe(take(2)).subscribe({ next: pair => console.log(pair), complete: () => console.log('complete') });
throwError(() => new Error('wrong')).pipe(catchError(e => of(e.message))).subscribe(console.log);
console.log(await firstValueFrom(from((async function* () { yield 'from an async generator'; })()).pipe(map(s => s.length))));
''', at_least=150)

    def test_d3_modules(self):
        names = [p.name for p in sorted(PACKAGES.glob('d3-*')) if (p / f'dist/{p.name}.mjs').exists()]
        alone = [n for n in names if not any(line.startswith(('import', 'export')) and ('from "' in line or "from '" in line)
                                             for line in (PACKAGES / n / f'dist/{n}.mjs').read_text().splitlines())]
        self.assertIn('d3-path', alone)
        text = ''.join(f"import * as m{i} from 'PACKAGES/{n}/dist/{n}.mjs';\n" for i, n in enumerate(alone))
        text += ''.join(f'console.log({n!r}, Object.keys(m{i}).length);\n' for i, n in enumerate(alone))
        path = alone.index('d3-path')
        self.check_text(text + f"const p = m{path}.path(); p.moveTo(1, 2); p.arc(0, 0, 5, 0, 1); console.log(String(p));", at_least=len(alone) + 1)

    def test_graphql(self):
        # Executing a query needs AbortController, which the host doesn't have.
        self.check_text('''
import { buildSchema, lexicographicSortSchema, parse, print, printSchema, validate } from 'PACKAGES/graphql/index.mjs';
const schema = buildSchema('type Query { hello(name: String = "you"): String, list: [Int!]! } enum E { B A }');
console.log(validate(schema, parse('{ hello(name: 1) wrong }')).map(String).join(), validate(schema, parse('{ list }')).length);
console.log(print(parse('query Q($a:Int){a(b:$a){...f}} fragment f on T{c}')), printSchema(lexicographicSortSchema(schema)));
try { parse('{ a('); } catch (e) { console.log(String(e)); }
''', at_least=150)

    def test_preact(self):
        self.check_text('''
import { h, Fragment, toChildArray, isValidElement, createContext } from 'PACKAGES/preact/dist/preact.mjs';
const element = h('div', { id: 'a', key: 1 }, 'text', h(Fragment, null, [1, null, h('b')]));
console.log(isValidElement(element), element.type, element.props.children.length, toChildArray(element.props.children).length, typeof createContext(1).Provider);
''', at_least=2)

    def test_prettier_with_top_level_await(self):
        self.check_text('''
import * as prettier from 'PACKAGES/prettier/standalone.mjs';
import * as babel from 'PACKAGES/prettier/plugins/babel.mjs';
import * as estree from 'PACKAGES/prettier/plugins/estree.mjs';
import * as postcss from 'PACKAGES/prettier/plugins/postcss.mjs';
const plugins = [babel, estree, postcss];
console.log(await prettier.format('const   {a,b}=await x( ()=>{ return  1 }, `t${ 1 }`) ; class A{#b=1;static{}}', { parser: 'babel', plugins, semi: false }));
console.log(await prettier.format('a{b:c;d:e}', { parser: 'css', plugins }));
console.log(await prettier.format('const = 1', { parser: 'babel', plugins }).catch(e => e.message));
''', at_least=5, prints='''const { a, b } = await x(() => {
  return 1
}, `t${1}`)
class A {
  #b = 1
  static {}
}

a {
  b: c;
  d: e;
}

Unexpected token (1:7)
> 1 | const = 1
    |       ^
''')

    def test_typescript_as_one_module(self):
        text = (PACKAGES / 'typescript/lib/typescript.js').read_text()
        self.write('typescript.mjs', f'var module = {{ exports: {{}} }};\n{text}\nexport default module.exports;\n')
        self.check_text('''
import ts from './typescript.mjs';
const { outputText, diagnostics } = ts.transpileModule('enum E { A = 1 } export const x: number = E.A satisfies number; abstract class C<T> { constructor(private readonly t?: T) {} }', { reportDiagnostics: true });
console.log(ts.version, outputText, diagnostics.length);
''', at_least=2)

    def test_500_small_modules_in_a_tree(self):
        for i in range(500):
            children = [c for c in (3 * i + 1, 3 * i + 2, 3 * i + 3) if c < 500]
            imports = ''.join(f'import {{ sum as s{c}, names as n{c} }} from "./m{c}.mjs";\n' for c in children)
            self.write(f'tree/m{i}.mjs', f'{imports}export const sum = {i}{"".join(f" + s{c}" for c in children)};\n'
                                         f'export function names() {{ return ["m{i}"{"".join(f", ...n{c}()" for c in children)}]; }}\n')
        entry = self.write('main.mjs', 'import { sum, names } from "./tree/m0.mjs"; console.log(sum, names().length, names().join());')
        warm = self.check_program(entry, modules=501)
        self.assertTrue(warm.stdout.startswith(b'124750 500 m0,m1,m4,'), warm)

    def test_lodash_es_while_garbage_is_collected_all_the_time(self):
        entry = self.write('main.mjs', f"import _ from '{PACKAGES}/lodash-es/lodash.js'; console.log(_.functions(_).length, _.map(_.range(50), n => _.padStart(n, 3)).join());")
        plain = self.bmes('run', '--cache=off', entry)
        self.assertEqual(plain.code, 0, plain)
        for name, value in (('JSC_collectContinuously', '1'), ('JSC_slowPathAllocsBetweenGCs', '20')):
            with self.subTest(name):
                shutil.rmtree(self.cache, ignore_errors=True)
                cold = self.bmes('run', entry, env={name: value})
                self.assert_seen(cold, plain)
                self.assert_cold(cold)
                warm = self.bmes('run', entry, env={name: value})
                self.assert_seen(warm, plain)
                self.assert_warm(warm, 641)
                self.assert_warm(self.bmes('run', entry), 641)


if __name__ == '__main__':
    support.main()
