"""Makes programs of CommonJS and ES modules, JSON and packages by chance: a seed is a program of a few modules, the same on every machine.

They require and import each other in all ways there are, in cycles, with the argument B some more than without; they throw, ask for what is not there, give
their exports away, and tell what they see: names, order, `module.children`, codes of errors.
"""

import json
import random

KINDS = ['cjs', 'cjs', 'js', 'mjs', 'json', 'package', 'package of ES modules']
COMMON_JS = 'cjs', 'js', 'package'
PACKAGES = 'package', 'package of ES modules'


class Maker:
    def __init__(self, seed):
        self.chance = random.Random(f'CommonJS {seed}')
        count = self.chance.randint(3, 9)
        self.kinds = [self.chance.choice(['cjs', 'js', 'mjs'])] + [self.chance.choice(KINDS) for _ in range(count - 1)]
        # Node refuses to require what an import() is about to load, which depends on how far that is.
        self.requires_es_modules = self.chance.random() < 0.5
        self.files = {}

    def often(self, probability):
        return self.chance.random() < probability

    def file(self, i):
        stem = f'm{i}' if i else 'main'
        return f'node_modules/p{i}/index.js' if self.kinds[i] in PACKAGES else f'{stem}.{self.kinds[i]}'

    def specifier(self, to, by, require=False):
        if self.kinds[to] in PACKAGES:
            return f'p{to}'
        name = self.file(to)
        if require and self.kinds[to] in ('js', 'json') and self.often(0.4):
            name = name.rpartition('.')[0]
        return ('../../' if self.kinds[by] in PACKAGES else './') + name

    def common_js(self, i, targets):
        lines = [f'const seen = (what, x) => console.log("m{i}", what, typeof x, Object.keys(x ?? {{}}).join(), x?.a);',
                 # Whom an error of a cycle names, and whether there is a child then, depends in Node on who asked first.
                 'let failures = 0;', f'const failed = (what, e) => console.log("m{i}", what, ++failures, e?.code, e?.name, e?.code?.startsWith("ERR") ? "" : e?.message?.split("\\n")[0].replaceAll(require.main?.path, ""));']
        if self.often(0.5):
            lines.append(f'exports.a = "a{i}";')
        for to in targets:
            is_es_module = self.kinds[to] in ('mjs', 'package of ES modules')
            required = json.dumps(self.specifier(to, i, require=True))
            way = self.chance.random()
            if is_es_module and not self.requires_es_modules:
                lines.append(f'import({json.dumps(self.specifier(to, i))}).then(x => seen("import {to}", x), e => failed("import {to}", e));')
            elif way < 0.7:
                lines.append(f'try {{ seen("require {to}", require({required})); }} catch (e) {{ failed("require {to}", e); }}')
            elif way < 0.76 and self.kinds[to] in PACKAGES:
                lines.append(f'try {{ console.log(require("p{to}/sub").sub); }} catch (e) {{ failed("sub", e); }}')
            elif way < 0.82:
                lines.append(f'try {{ require("./gone{to}"); }} catch (e) {{ console.log(e.code, e.requireStack.length > 0); }}')
            elif way < 0.88:
                lines.append(f'console.log(require.resolve({required}).split("/").slice(-2).join("/").replace(/^.*(?=\\/m)/, ""));')
            else:
                lines.append(f'if (process.argv[2] === "B") try {{ seen("B {to}", require({required})); }} catch (e) {{ failed("B {to}", e); }}')
        end = self.chance.random()
        if end < 0.3:
            lines.append(f'module.exports = {{ a: "A{i}", b: {i}, get c() {{ return "c{i}"; }} }};')
        elif end < 0.5:
            lines.append(f'exports.b = () => {i}; Object.defineProperty(exports, "__esModule", {{ value: true }}); exports.default = "d{i}";')
        elif end < 0.6 and targets and self.kinds[targets[0]] in COMMON_JS:
            lines.append(f'module.exports = require({json.dumps(self.specifier(targets[0], i, require=True))});')
        elif end < 0.66:
            lines.append(f'throw new RangeError("m{i} throws");')
        lines.append(f'console.log("m{i} ends", failures || module.children.length, require.main === module, module.loaded, this === exports);')
        if self.often(0.2):
            lines.append(f'process.nextTick(() => console.log("tick {i}")); Promise.resolve().then(() => console.log("job {i}"));')
        return [f'console.log("m{i}");', *lines]

    def es_module(self, i, targets):
        requests, lines = [], [f'console.log("m{i}");']
        for to in targets:
            specifier = json.dumps(self.specifier(to, i))
            name = f'n{len(requests)}'
            if self.kinds[to] == 'json':
                requests.append(f'import {name} from {specifier} with {{ type: "json" }};')
            elif self.often(0.6):
                requests.append(f'import * as {name} from {specifier};')
                lines.append(f'try {{ console.log("m{i} sees {to}", Object.keys({name}).join(), typeof {name}.default); }} catch (e) {{ console.log("m{i}", e.name); }}')
            elif self.often(0.5) and not self.requires_es_modules:
                lines.append(f'await import({specifier}).then(x => console.log("m{i} imports {to}", Object.keys(x).join()), e => console.log("m{i} fails", e?.code, e?.name));')
            else:
                requests.append(f'import {specifier};')
        if self.often(0.4):
            requests.append('import { createRequire } from "node:module";')
            lines.append('const require = createRequire(import.meta.url);')
            for to in targets[:2]:
                if self.requires_es_modules or self.kinds[to] not in ('mjs', 'package of ES modules'):
                    lines.append(f'try {{ console.log("m{i} has {to}", typeof require({json.dumps(self.specifier(to, i, require=True))})); }} '
                                 f'catch (e) {{ console.log("m{i}", e?.code, e?.name); }}')
        return [*requests, *lines, f'export const a = "a{i}"; export default {i}; console.log("m{i} ends");']

    def program(self):
        for i, kind in enumerate(self.kinds):
            targets = [self.chance.randrange(len(self.kinds)) for _ in range(self.chance.randint(1 if i == 0 else 0, 4))]
            if kind in PACKAGES:
                exports = {'exports': {'.': {'require': './index.js', 'default': './index.js'}, './sub': './sub.cjs'}} if self.often(0.5) else {}
                # Without a main file Node warns of the package, and its program is not kept there.
                kind_of = {'type': 'module', 'main': './index.js'} if kind != 'package' else {}
                self.files[f'node_modules/p{i}/package.json'] = json.dumps({'name': f'p{i}', **kind_of, **exports})
                self.files[f'node_modules/p{i}/sub.cjs'] = f'exports.sub = {i};\n'
            if kind == 'json':
                text = json.dumps({'a': i})
            else:
                text = '\n'.join(self.common_js(i, targets) if kind in COMMON_JS else self.es_module(i, targets)) + '\n'
            self.files[self.file(i)] = text
        return {'package.json': '{ "name": "program" }', **self.files}


def make(seed):
    return Maker(seed).program()
