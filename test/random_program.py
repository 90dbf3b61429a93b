"""Makes programs by chance: a seed is a program of a few modules, the same on every machine.

The graph has cycles, stars that conflict, renames and namespaces; the code says in which order it runs, sees bindings before they have values, imports
more modules in all ways there are, and fails. Statements are one line each, so that a failing program can be made smaller by leaving lines out.

What a program prints must not depend on how fast it runs: it uses timers of one delay, or immediates, or both in callbacks whose order does not show.
"""

import random

NAMES = ['a', 'b', 'c', 'd', 'e']

HOST = '''// What all modules of this program use.
globalThis.say = (...values) => console.log(...values);
globalThis.read = get => { try { return get(); } catch (error) { return what(error); } };
globalThis.show = value => value === null || (typeof value !== "object" && typeof value !== "function") ? value : typeof value;
globalThis.jobs = (text, count) => { let last = Promise.resolve(); for (let i = 1; i <= count; i++) last = last.then(() => say(text, "job", i)); };
globalThis.lately = [];
'''
EXIT = 'process.on("exit", code => say("exit", code, lately.sort().join()));\n'
WHAT_NODE = 'globalThis.what = error => error instanceof Error ? error.name : show(error);\n'
WHAT = '''globalThis.what = error => error instanceof Error ? `${error.name}: ${error.message} ${error.code} ${Object.getOwnPropertyNames(error)}` : show(error);
'''
WHAT_STACK = WHAT.replace('getOwnPropertyNames(error)}', 'getOwnPropertyNames(error)}\\n${error.stack}')

BROKEN = ['let let = 1;', 'export { nothing };', 'say("never"', 'import { a } from;', 'export let a; export let a;', 'return 1;', 'await = 2;']


class Module:
    def __init__(self, number):
        self.number = number
        self.file = f'm{number}.mjs' if number else 'main.mjs'
        self.requests = []  # lines with a request, in their order
        self.locals = {}    # exported name -> kind of the local binding of that name, or of `own` for default
        self.indirect = {}  # exported name -> (module, name there; None is its namespace)
        self.stars = []
        self.statics = []   # modules that are requested
        self.late = []      # modules that import() asks for
        self.lines = []


def resolve(module, name, seen=None):
    """ResolveExport: (module, local name), 'ambiguous' or None."""
    seen = set() if seen is None else seen
    if (module, name) in seen:
        return None
    seen.add((module, name))
    if name in module.locals:
        return module, name
    if name in module.indirect:
        target, other = module.indirect[name]
        return (target, '*') if other is None else resolve(target, other, seen)
    if name == 'default':
        return None
    found = None
    for star in module.stars:
        one = resolve(star, name, seen)
        if one == 'ambiguous':
            return one
        if one and found and one != found:
            return 'ambiguous'
        found = found or one
    return found


class Maker:
    """`kind`: `any`, or one of two for comparisons with Node from version 24 on: `node` for the order of evaluation, `jobs` for all that is printed, to
    the promise job. `package` is for Node with the npm package: as `any`, but with specifiers that Node understands, CommonJS and packages."""

    def __init__(self, seed, kind='any'):
        self.chance = random.Random(f'{kind} {seed}')
        self.for_node = kind == 'node'
        self.names_errors = kind in ('node', 'jobs')
        self.for_package = kind == 'package'
        self.count = 0
        chance = self.chance
        self.macro = 'none' if self.for_node else chance.choice(['timer', 'timer', 'immediate', 'late', 'none'])
        self.delay = chance.randrange(3)
        self.awaits = chance.random() < 0.6
        self.fails = chance.random() < 0.5
        self.late_imports = chance.random() < 0.85
        self.exits = not self.for_node and chance.random() < 0.12
        self.rejects = not self.for_node and chance.random() < 0.15
        self.variants = chance.random() < 0.15
        self.branches = not self.for_node
        self.modules = [Module(i) for i in range(chance.choice([2, 3, 4, 5, 5, 6, 7, 8, 10]))]
        self.files = {}
        self.extra = []  # specifiers that modules import() besides those of the modules
        self.broken = []

    def often(self, likely):
        return self.chance.random() < likely

    def tag(self, module):
        self.count += 1
        return f'"m{module.number}.{self.count}"'

    # The graph

    def exports(self, module):
        """The local bindings that a module exports."""
        chance, own = self.chance, f'm{module.number}'
        for name in chance.sample(NAMES, chance.randrange(0, 4)):
            kind = module.locals[name] = chance.choice(['let', 'let', 'const', 'var', 'function', 'class', 'renamed', 'bump'])
            if kind == 'function':
                module.lines.append(f'export function {name}() {{ return "{name} of {own}"; }}')
            elif kind == 'class':
                module.lines.append(f'export class {name} {{ static text = "{name} of {own}"; }}')
            elif kind == 'renamed':
                module.lines.append(f'let own_{name} = "{name} of {own}"; export {{ own_{name} as {name} }};')
            elif kind == 'bump':
                module.lines.append(f'let count_{name} = 0; export function {name}() {{ return ++count_{name}; }}')
            else:
                module.lines.append(f'export {kind} {name} = "{name} of {own}";')
        if self.often(0.4):
            module.locals['default'] = 'default'
            module.lines.append('export default ' + chance.choice([f'"default of {own}"', f'function () {{ return "default of {own}"; }}', 'class {}', f'() => "{own}"',
                                                                   f'function named() {{ return "default of {own}"; }}']) + ';')

    def specifier(self, module):
        variant = ''
        if self.variants and self.often(0.25):
            variant = self.chance.choice(['?x=1', '?x=2', '#f', '?x=1#f'])
        name = module.file
        if not self.names_errors and not self.for_package and not variant and self.often(0.06):
            name = name.removesuffix('.mjs')
        return f'./{name}{variant}'

    def request(self, module, target):
        """One request of `module`: adds what it exports by it now, what it imports is chosen in `imports`."""
        chance, specifier = self.chance, self.specifier(target)
        module.statics.append(target)
        kind = chance.choice(['imports', 'imports', 'imports', 'star', 'star as', 'from', 'bare'])
        if kind == 'star':
            module.stars.append(target)
            module.requests.append(f'export * from "{specifier}";')
        elif kind == 'star as':
            name = self.free_name(module)
            if name:
                module.indirect[name] = target, None
                module.requests.append(f'export * as {name} from "{specifier}";')
                return
        elif kind == 'from':
            known = [*target.locals, *(name for name in target.indirect if target is not module)]
            name = self.free_name(module)
            if known and name:
                other = chance.choice(known)
                module.indirect[name] = target, other
                if resolve(module, name):
                    module.requests.append(f'export {{ {other} as {name} }} from "{specifier}";')
                    return
                del module.indirect[name]
        if kind != 'star':
            module.requests.append((kind == 'bare', target, specifier))

    def free_name(self, module):
        free = [name for name in [*NAMES, 'default'] if name not in module.locals and name not in module.indirect]
        return self.chance.choice(free) if free else None

    def imports(self, module):
        """Chooses what is imported, now that it is known what all modules export."""
        chance = self.chance
        module.bindings = []  # (local name, kind of what it leads to)
        for place, request in enumerate(module.requests):
            if isinstance(request, str):
                continue
            bare, target, specifier = request
            names = [name for name in NAMES if isinstance(resolve(target, name), tuple)]
            clauses = []
            if not bare:
                if isinstance(resolve(target, 'default'), tuple) and self.often(0.5):
                    clauses.append(self.bind(module, target, 'default'))
                if not names or self.often(0.35):
                    self.count += 1
                    clauses.append(f'* as n{self.count}')
                    module.bindings.append((f'n{self.count}', '*'))
                else:
                    inner = [f'{name} as {self.bind(module, target, name)}' for name in chance.sample(names, chance.randrange(1, len(names) + 1))]
                    clauses.append('{ ' + ', '.join(inner) + ' }')
            module.requests[place] = f'import {", ".join(clauses)} from "{specifier}";' if clauses else f'import "{specifier}";'

    def bind(self, module, target, name):
        self.count += 1
        local = f'i{self.count}'
        origin, other = resolve(target, name)
        module.bindings.append((local, '*' if other == '*' else origin.locals[other]))
        return local

    @staticmethod
    def reached(start, next_ones):
        reached, todo = set(), [start]
        while todo:
            module = todo.pop()
            if module not in reached:
                reached.add(module)
                todo += next_ones(module)
        return reached

    # Statements

    def import_call(self, module):
        """A call of import() and the module's name in the output."""
        chance = self.chance
        special = self.extra + self.broken
        if special and self.often(0.25):
            specifier = chance.choice(special)
        else:
            specifier = self.specifier(self.late_target(module))
        attributes = ', { with: { type: "json" } }' if specifier.endswith('.json') else ''
        if self.branches and self.often(0.08):
            return f'import(process.argv[2] === "A" ? "{specifier}" : "{self.specifier(chance.choice(self.modules))}"{attributes})'
        if self.often(0.1):
            return f'import({", ".join(["`" + specifier[:3] + "${" + chr(34) + specifier[3:] + chr(34) + "}`"])}{attributes})'
        return f'import("{specifier}"{attributes})'

    def late_target(self, module):
        """Mostly one that does not need `module` itself: who awaits that waits for ever."""
        if self.often(0.99 if self.awaits else 0.3):
            others = [other for other in self.modules if module not in self.needed_by(other)]
            if others:
                other = self.chance.choice(others)
                module.late.append(other)
                return other
        return self.chance.choice(self.modules)

    def needed_by(self, start):
        """All modules that `start` requests or imports late, directly or not."""
        return self.reached(start, lambda module: module.statics + module.late)

    def told(self, module):
        """What follows an import() that nobody awaits."""
        tag = self.tag(module)
        name = self.chance.choice(NAMES)
        return self.chance.choice([
            f'.then(n => say({tag}, Object.keys(n).join()), e => say({tag}, what(e)))',
            f'.then(n => say({tag}, read(() => show(n.{name}))), e => say({tag}, what(e)))',
            f'.then(n => say({tag}, n), e => say({tag}, what(e)))' if not self.for_node else f'.then(() => say({tag}), e => say({tag}, what(e)))',
            f'.then(() => say({tag})).catch(e => say({tag}, what(e)))',
            f'.catch(e => say({tag}, what(e))).finally(() => say({tag}))',
            '.catch(() => {})',
        ])

    def scheduled(self, code):
        """Code in a job, a tick, a timer or an immediate."""
        kinds = ['Promise.resolve().then(() => {{ {} }});', 'queueMicrotask(() => {{ {} }});', 'process.nextTick(() => {{ {} }});',
                 'Promise.reject(0).catch(() => {{ {} }});', '(async () => {{ await 0; await 0; {} }})();']
        if self.macro == 'timer':
            kinds += [f'setTimeout(() => {{{{ {{}} }}}}, {self.delay});'] * 3
        if self.macro == 'immediate':
            kinds += ['setImmediate(() => {{ {} }});'] * 3
        return self.chance.choice(kinds).format(code)

    def late_statement(self, module):
        """Imports modules while the program runs."""
        chance = self.chance
        tag = self.tag(module)
        call = self.import_call(module)
        kind = chance.randrange(12)
        waits = self.awaits and self.often(0.6)
        if self.for_node:  # one thing at a time, and parallel ones without a look at when their callbacks run
            calls = ', '.join(self.import_call(module) for _ in range(chance.randrange(1, 5)))
            return chance.choice([
                f'try {{ await {call}; say({tag}); }} catch (e) {{ say({tag}, what(e)); }}',
                f'{{ const one = await {call}.catch(e => e), two = await {call}.catch(e => e); say({tag}, what(one), one === two); }}',
                f'say({tag}, (await Promise.allSettled([{calls}])).map(r => r.status).join());',
            ])
        if kind < 2:
            return f'{call}{self.told(module)};'
        if kind == 2:
            return f'{call};' if self.rejects or not self.fails else f'{call}.catch(() => {{}});'
        if kind < 5 and waits:
            return f'try {{ const n = await {call}; say({tag}, Object.keys(n).join()); }} catch (e) {{ say({tag}, what(e)); }}'
        if kind == 5 and waits:
            calls = ', '.join(self.import_call(module) for _ in range(chance.randrange(2, 4)))
            return f'say({tag}, (await Promise.allSettled([{calls}])).map(r => r.status + " " + (r.reason && what(r.reason))).join());'
        if kind == 6:
            return f'Promise.all([{call}.catch(e => e), {call}.catch(e => e)]).then(([one, two]) => say({tag}, one === two, what(one)));'
        if kind == 7:
            then = f'{call}.catch(e => e).then(two => say({tag}, one === two, what(one)))'
            return f'{call}.catch(e => e).then(one => {then});'
        if kind == 8:
            self.count += 1
            return f'function later{self.count}() {{ return {call}; }} later{self.count}(){self.told(module)};'
        if kind == 9:
            return ' '.join(f'{self.import_call(module)}{self.told(module)};' for _ in range(chance.randrange(2, 5)))
        if kind == 10 and waits:
            return f'await {call};' if self.rejects or not self.fails else f'await {call}.catch(e => say({tag}, what(e)));'
        return self.scheduled(f'{call}{self.told(module)};')

    def statement(self, module):
        chance = self.chance
        tag = self.tag(module)
        roll = chance.random()
        if self.late_imports and roll < 0.4 and (not self.for_node or self.awaits):
            return self.late_statement(module)
        if roll < 0.55 and module.bindings:
            name, kind = chance.choice(module.bindings)
            if kind == '*':
                key = chance.choice(NAMES)
                return chance.choice([
                    f'say({tag}, Object.keys(Object.getOwnPropertyNames({name})).length, Object.getOwnPropertyNames({name}).join());',
                    f'say({tag}, "{key}" in {name}, read(() => show({name}.{key})));',
                    f'say({tag}, read(() => Object.keys({name}).join()));',
                    f'say({tag}, {name}[Symbol.toStringTag], Object.isExtensible({name}), Reflect.ownKeys({name}).length, Reflect.deleteProperty({name}, "{key}"));',
                    f'say({tag}, {name});' if not self.for_node else f'say({tag}, Reflect.set({name}, "{key}", 1));',
                    f'say({tag}, read(() => {{ {name}.{key} = 1; }}));' if not self.for_node else f'say({tag}, Reflect.has({name}, "{key}"));',
                ])
            if kind in ('function', 'bump') and self.often(0.6):
                return f'say({tag}, read(() => {name}()));'
            if self.fails and self.often(0.1):
                return f'say({tag}, show({name}));'
            return f'say({tag}, read(() => show({name})));'
        own = [name for name, kind in module.locals.items() if kind in ('let', 'var')]
        if roll < 0.62 and own:
            return f'{chance.choice(own)} += " again";'
        if roll < 0.75 and self.awaits:
            waits = ['await 0;', 'await null; await null;', 'await Promise.resolve().then(() => {});', 'for await (const x of [1, Promise.resolve(2)]) ;']
            if self.macro == 'timer':
                waits += [f'await new Promise(done => setTimeout(done, {self.delay}));'] * 2
            if self.macro == 'immediate':
                waits += ['await new Promise(done => setImmediate(done));'] * 2
            return f'{chance.choice(waits)} say({tag});'
        if roll < (0.78 if module.number else 0.755) and self.fails:
            return chance.choice([f'throw new Error({tag});', f'throw {tag};', 'null.x;', f'if ({module.number} % 2) throw new TypeError({tag});', 'throw undefined;'])
        if roll < 0.8 and self.rejects:
            ways = [f'Promise.reject(new Error({tag}));']
            if not self.names_errors:
                ways += [f'queueMicrotask(() => {{ throw new Error({tag}); }});', f'process.nextTick(() => {{ throw {tag}; }});']
            return chance.choice(ways)
        if roll < 0.82 and self.exits:
            return chance.choice(['process.exit(3);', 'queueMicrotask(() => process.exit(4));', 'process.exitCode = 5;', self.scheduled('process.exit(6);')])
        if roll < 0.9 and not self.for_node:
            if self.macro == 'late':
                return chance.choice([f'setTimeout(() => lately.push({tag}), {chance.randrange(3)});', f'setImmediate(() => lately.push({tag}));'])
            return self.scheduled(f'say({tag});')
        if roll < 0.95 and not self.for_node:
            return f'jobs({tag}, {chance.randrange(2, 25)});'
        return chance.choice([f'say({tag});', f'say({tag}, import.meta.url.replace(/.*\\//, ""));', f'say({tag}, typeof this, read(() => undeclared));'])

    def body(self, module):
        say = f'say({self.tag(module)});'
        lines = [say] + [self.statement(module) for _ in range(self.chance.randrange(0, 4) + 2 * (module.number == 0))]
        if self.branches and self.often(0.35):
            one, two = self.statement(module), self.statement(module)
            lines.append(f'if (process.argv[2] === "A") {{ {one} }} else {{ {two} }}')
        return lines

    def what_node_knows(self, names):
        """CommonJS modules, and a package of each kind."""
        chance = self.chance
        count = chance.choice([0, 0, 1, 2, 3])
        for i in range(count):
            name = f'c{i}.cjs'
            lines = [f'say("{name}", typeof module, require.main === undefined);', f'exports.a = "a of {name}";']
            for _ in range(chance.randrange(4)):
                module, other = chance.choice(self.modules), f'c{chance.randrange(count)}.cjs'
                tag = self.tag(module)
                lines.append(chance.choice([
                    f'say({tag}, read(() => require("./{other}").a));',
                    f'say({tag}, read(() => Object.keys(require("./leaf.mjs")).join()));',
                    f'import("./{module.file}").then(n => say({tag}, Object.keys(n).join()), e => say({tag}, what(e)));',
                    f'import("./{other}").then(n => say({tag}, Object.keys(n).join()), e => say({tag}, what(e)));',
                    f'exports.b = () => require("./{module.file}");',
                    f'module.exports = {{ ...exports, c: {tag} }};',
                    *([f'throw new Error({tag});'] if self.fails and self.often(0.2) else []),
                ]))
            names[name] = '\n'.join(lines) + '\n'
            self.extra.append(f'./{name}')
        if count:
            # ES modules that are required have nothing to wait for, no way back to who requires them, and are not imported meanwhile.
            names['leaf.mjs'] = 'say("leaf"); export const a = "a of leaf"; export default function leaf() {};\n'
        for i, (kind, text) in enumerate((('module', 'say("p0"); export const a = "a of p0"; export default 1;'), ('commonjs', 'say("p1"); exports.a = "a of p1";'))):
            if self.often(0.3):
                place = f'node_modules/p{i}'
                names[f'{place}/package.json'] = f'{{ "type": "{kind}", "exports": {{ ".": {{ "import": "./in/i.js", "default": "./in/i.js" }} }} }}'
                names[f'{place}/in/i.js'] = text + '\n'
                self.extra.append(f'p{i}')
        for specifier in self.extra:
            if specifier.endswith('.cjs') or specifier[0] == 'p':
                for module in chance.sample(self.modules, min(len(self.modules), chance.randrange(3))):
                    self.count += 1
                    name = f'x{self.count}'
                    clause = chance.choice([name, f'* as {name}', f'{{ a as {name} }}'])
                    # p0 alone has its default by itself, and a CommonJS module may fail to say its names.
                    module.requests.insert(chance.randrange(len(module.requests) + 1), f'import {clause} from "{specifier}";')
                    module.lines.append(f'say({self.tag(module)}, read(() => typeof {name} === "object" ? Object.keys({name}).join() : {name}));')

    def program(self):
        """Name to text; the first one is the entry."""
        chance = self.chance
        for module in self.modules:
            self.exports(module)
        for module in self.modules:
            count = chance.choice([0, 1, 1, 2, 2, 3]) or (module.number == 0)
            for _ in range(count):
                # Later modules more often than earlier ones, or all would be one cycle.
                later = self.modules[module.number + 1:]
                self.request(module, chance.choice(later) if later and self.often(0.7) else chance.choice(self.modules))
        for module in self.modules:
            self.imports(module)

        names = {}
        for i in range(chance.choice([0, 0, 1, 2])):
            names[f'data{i}.json'] = chance.choice(['{ "a": [1, 2, { "b": null }] }', '"text"', '7', '[]', '{ "default": 1 }'])
            self.extra.append(f'./data{i}.json')
            importer = chance.choice(self.modules)
            importer.requests.insert(chance.randrange(len(importer.requests) + 1), f'import data{i} from "./data{i}.json" with {{ type: "json" }};')
            importer.lines.append(f'say("data{i}", JSON.stringify(data{i}));')
        twin = chance.choice(self.modules) if self.often(0.2) else None
        if twin:  # another module with the same text
            self.extra.append('./twin.mjs')
        if self.fails:
            self.extra.append('./gone.mjs')
            if self.often(0.5):
                names['broken.mjs'] = f'say("never"); {chance.choice(BROKEN)}\n'
                self.broken.append('./broken.mjs')
        if not self.names_errors and self.often(0.2):
            self.extra.append(chance.choice(['node:path', 'fs']))

        if self.for_package:
            self.what_node_knows(names)

        # What can't be linked is mostly reached by import() alone: else nothing runs at all.
        if self.fails and self.often(0.5):
            early = self.reached(self.modules[0], lambda module: module.statics)
            module, target = chance.choice(self.modules), chance.choice(self.modules)
            if module not in early or self.often(0.05):
                kind = chance.choice(['missing', 'ambiguous', 'gone', 'broken'])
                bad = [name for name in [*NAMES, 'default'] if not isinstance(resolve(target, name), tuple)] or ['zz']
                if kind == 'broken' and self.broken:
                    line = 'import "./broken.mjs";'
                elif kind == 'gone':
                    line = 'import "./gone.mjs";'
                else:
                    ambiguous = [name for name in bad if resolve(target, name) == 'ambiguous']
                    name = chance.choice(ambiguous or bad)
                    line = chance.choice([f'import {{ {name} as bad }} from "./{target.file}";', f'export {{ {name} as bad }} from "./{target.file}";'])
                module.requests.insert(chance.randrange(len(module.requests) + 1), line)

        what = WHAT_NODE if self.names_errors else chance.choice([WHAT, WHAT_STACK])
        host = HOST + what + ('' if self.for_node else EXIT)
        if not self.for_node and self.rejects and self.often(0.5):
            host += 'process.on("unhandledRejection", e => say("unhandled", what(e)));\n'
        if not self.names_errors and self.rejects and self.often(0.3):
            host += 'process.on("uncaughtException", e => say("uncaught", what(e)));\n'
        for module in self.modules:
            requests = list(module.requests)
            body = module.lines + self.body(module)
            # Where requests stand does not matter for when they are made.
            if requests and self.often(0.2):
                body.append(requests.pop())
            if module.number == 0:
                requests.insert(0, 'import "./host.mjs";')
            self.files[module.file] = '\n'.join(requests + body) + '\n'
        if twin:
            names['twin.mjs'] = self.files[twin.file]
        return {**self.files, 'host.mjs': host, **names}


def make(seed, kind='any'):
    return Maker(seed, kind).program()
