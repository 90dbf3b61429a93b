#!/usr/bin/env python3
"""Makes the programs that bench/startup measures: npm packages, trees of tiny modules, megabytes of generated source.

Every runtime runs the same files: relative imports with their extensions, no symbolic links, nothing that only one has.
Prints nothing; leaves WORK/programs.json, which names each program's entry, modules and source bytes.
"""
import argparse
import hashlib
import json
import os
import random
import re
import shutil

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MODULE_COUNTS = (250, 500, 1000, 2000, 4000)
MEGABYTES = (1, 2, 5, 10, 20)
PART_BYTES = 50_000
PRETTIER_PLUGINS = ("babel", "estree", "html", "markdown", "postcss", "typescript", "yaml")

ENTRIES = {
    "hello": "console.log('hello, world');\n",
    "lodash-es": """\
import * as lodash from './node_modules/lodash-es/lodash.js';
const words = 'the second start of a program need not repeat what the first one found out'.split(' ');
console.log(lodash.size(lodash.functions(lodash.default)), lodash.default.VERSION);
console.log(lodash.map(lodash.countBy(words, 'length'), (count, length) => `${count} of ${length}`).join(', '));
""",
    "three": """\
import * as three from './node_modules/three/build/three.module.js';
const turn = new three.Quaternion().setFromAxisAngle(new three.Vector3(0, 1, 0), Math.PI / 2);
const mesh = new three.Mesh(new three.BoxGeometry(1, 2, 3), new three.MeshBasicMaterial());
mesh.position.set(1, 2, 3).applyQuaternion(turn);
mesh.updateMatrixWorld();
console.log(Object.keys(three).length, mesh.matrixWorld.elements.map((e) => e.toFixed(3)).join(' '));
""",
    "date-fns": """\
import * as fns from './node_modules/date-fns/index.js';
import * as locales from './node_modules/date-fns/locale.js';
const day = fns.addBusinessDays(new Date(2024, 1, 27), 5);
console.log(Object.keys(fns).length, Object.keys(locales).length);
for (const locale of [locales.enGB, locales.de, locales.ja]) console.log(fns.format(day, 'PPPP', { locale }));
""",
    "prettier": "import * as prettier from './node_modules/prettier/standalone.mjs';\n"
    + "".join(f"import * as {name} from './node_modules/prettier/plugins/{name}.mjs';\n" for name in PRETTIER_PLUGINS)
    + "const plugins = [" + ", ".join(PRETTIER_PLUGINS) + "];\n"
    + """\
const source = 'export const f=async(a,{b,c})=>{for await(const x of a)if(x>b)c?.push(`${x}`,x**2)\\nreturn c??[]}';
console.log(await prettier.format(source, { parser: 'babel', plugins, printWidth: 60 }));
""",
    "typescript": """\
import ts from './node_modules/typescript/typescript.js';
const source = 'enum Kind { A, B = 4 } export class Box<T> { constructor(private value: T, readonly kind = Kind.B) {} }';
const options = { target: ts.ScriptTarget.ES2020, module: ts.ModuleKind.ESNext };
console.log(ts.version, ts.transpileModule(source, { compilerOptions: options }).outputText);
""",
}

# Two that are no ES modules of JavaScript: name of the file, text.
OTHER_ENTRIES = {
    "rxjs-ts": ("rxjs-ts.mts", """\
import { filter, map, range, type Observable } from './rxjs/index.ts';
const squares: Observable<number> = range(1, 9).pipe(filter((x: number) => x % 2 === 1), map((x: number) => x * x));
squares.subscribe((x) => console.log(x));
"""),
    "tsc": ("tsc.cjs", "process.argv.splice(2, Infinity, '--help');\nrequire('./tsc/tsc.js');\n"),
}

IMPORTED = re.compile(r"""(?:\bfrom|\bimport|\brequire\()\s*["'](\.\.?/[^"'\n]+)["']""")


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def packages(work):
    """The packages' modules, without the rest of the packages, and as package.json only what makes them modules."""
    to = os.path.join(work, "node_modules")
    for name, folder in (("lodash-es", "."), ("three", "build"), ("date-fns", "."), ("prettier", ".")):
        source = os.path.join(TOP, "node_modules", name, folder)
        wanted = lambda f: f.endswith((".js", ".mjs")) and not (name == "prettier" and f.endswith(".js"))
        ignore = lambda at, names: [n for n in names if not os.path.isdir(os.path.join(at, n)) and not wanted(n)]
        shutil.copytree(source, os.path.normpath(os.path.join(to, name, folder)), ignore=ignore)
        write(os.path.join(to, name, "package.json"), '{"type":"module"}\n')
    # A script that looks around for CommonJS: nobody shall find any, so that all runtimes do the same work.
    text = read(os.path.join(TOP, "node_modules/typescript/lib/typescript.js"))
    text = re.sub(r"//# sourceMappingURL=.*\s*$", "", text)
    write(os.path.join(to, "typescript/typescript.js"), f"const require = undefined, module = undefined;\n{text}\nexport default ts;\n")
    write(os.path.join(to, "typescript/package.json"), '{"type":"module"}\n')
    # A tool, as it is: a small script that requires a large one.
    for name in ("tsc.js", "_tsc.js"):
        write(os.path.join(work, "tsc", name), read(os.path.join(TOP, "node_modules/typescript/lib", name)))
    typescript_sources(os.path.join(work, "rxjs"))


TYPE_DECLARED = re.compile(r"^export (?:declare )?(?:interface|type) (\w+)", re.M)
VALUE_DECLARED = re.compile(r"^export (?:declare )?(?:abstract )?(?:class|function|const|let|var|enum) (\w+)", re.M)
NOT_ERASABLE = re.compile(r"\bconstructor\((?:(?!\) \{)[\s\S])*?\b(?:private|protected|public|readonly) |^(?:export )?(?:const )?enum ", re.M)
SPECIFIER = re.compile(r"""(\bfrom\s*|\bimport\s*)(["'])(\.\.?/[^"'\n]*)\2""")
NAMED = re.compile(r"\b(import|export)\s*\{([^}]*)\}(?=\s*from\b)")


def typescript_sources(to):
    """rxjs as it is written, with what erasing its types asks for: extensions, and `type` before names that are types. Files with
    parameter properties or enums, which can't be erased, are there as they were compiled."""
    top = os.path.join(TOP, "node_modules/rxjs")
    names = [os.path.relpath(os.path.join(at, f), os.path.join(top, "src"))
             for at, _, files in os.walk(os.path.join(top, "src/internal")) for f in files] + ["index.ts"]
    names = sorted(name for name in names if "testing" not in name)
    texts = {name: read(os.path.join(top, "src", name)) for name in names}
    types = {found for text in texts.values() for found in TYPE_DECLARED.findall(text)}
    types -= {found for text in texts.values() for found in VALUE_DECLARED.findall(text)}
    for name, text in texts.items():
        if NOT_ERASABLE.search(text):
            text = re.sub(r"//# sourceMappingURL=.*\s*$", "", read(os.path.join(top, "dist/esm", name[:-3] + ".js")))

        def whole(match, folder=os.path.dirname(name)):
            path = os.path.normpath(os.path.join(folder, match[3]))
            return f"{match[1]}{match[2]}{match[3]}{'.ts' if path + '.ts' in texts else '/index.ts'}{match[2]}"

        def marked(match):
            each = [n.strip() for n in re.sub(r"//.*", "", match[2]).split(",") if n.strip()]
            return f"{match[1]} {{ {', '.join('type ' + n if n.split()[0] in types else n for n in each)} }}"

        write(os.path.join(to, name), NAMED.sub(marked, SPECIFIER.sub(whole, text)))
    write(os.path.join(to, "package.json"), '{"type":"module"}\n')


def tiny_modules(folder, count):
    """`count` modules of about 400 bytes, 50 a folder; each imports up to four others, seven levels at most."""
    place = lambda i: f"d{i // 50}/m{i}.mjs"
    for i in range(count - 1):
        children = range(4 * i + 1, min(4 * i + 5, count - 1))
        imports = "".join(f"import {{ value as v{c}, describe as d{c} }} from '../{place(c)}';\n" for c in children)
        write(os.path.join(folder, place(i)), f"""\
{imports}const options = {{ name: 'module {i}', weight: {i % 17}, tags: ['t{i % 7}', 't{i % 11}'] }};
export const value = {" + ".join(["1"] + [f"v{c}" for c in children])};
export function describe(depth) {{
  if (depth <= 0) return options.name;
  return [{", ".join(f"d{c}(depth - 1)" for c in children)}].join(' ');
}}
export default class {{
  constructor(scale) {{
    this.scale = scale;
  }}
  weigh() {{
    return this.scale * options.weight;
  }}
}}
""")
    write(os.path.join(folder, "main.mjs"), f"import {{ value, describe }} from './{place(0)}';\nconsole.log(value, describe(1));\n")


WORDS = """node token range scope symbol buffer matrix vector frame layer option state event queue parser cursor context
binding module record schema table index offset length channel worker stream reader writer signal target source group
result value shader texture camera handler locale format pattern style margin border filter route query header""".split()


# What generated functions are made of, each statement in a block of its own: WORD, NUMBER, SMALL and FIELD are chosen anew
# at each place, TOTAL and NAME are the function's.
STATEMENTS = """\
    if (typeof input !== 'number') {
      throw new TypeError(`NAME: expected a WORD WORD, not ${typeof input}`);
    }
---
    for (let i = 0; i < SMALL; i++) {
      TOTAL = (TOTAL * NUMBER + input + i) | 0;
      if (TOTAL % NUMBER === 0) continue;
      TOTAL ^= i << SMALL;
    }
---
    const items = [NUMBER, NUMBER, NUMBER, NUMBER].map((item, at) => item * (at + NUMBER) - input).filter((item) => item > NUMBER);
    TOTAL += items.length;
---
    switch (input & 3) {
      case 0:
        TOTAL += settings.FIELD.length ?? NUMBER;
        break;
      case 1:
        TOTAL ^= settings.FIELD.length ?? NUMBER;
        break;
      default:
        TOTAL -= NUMBER;
    }
---
    const handler = ({ offset = NUMBER, kind = 'WORD' } = {}, ...rest) => {
      if (rest.length > SMALL && kind !== 'WORD') return rest.reduce((sum, one) => sum + one, TOTAL);
      return `${kind}:${TOTAL - offset}` + ' of the WORD WORD';
    };
    settings.FIELD = handler;
---
    // The WORD of a WORD is kept apart from its WORD: each WORD shares it until the WORD is done.
    if (settings.FIELD === undefined || TOTAL < -NUMBER000) {
      return input > NUMBER ? TOTAL : -1;
    }
""".split("---\n")
HEAD = """\
/**
 * Makes the WORD of a WORD from its WORD, for each WORD that has a WORD.
 * @param {number} input The WORD of the WORD.
 * @returns {number}
 */
export function NAME(input) {
  const settings = { FIELDS };
  let TOTAL = NUMBER;
"""


def generated_function(rng, name):
    """A function of about a kilobyte in the manner of a library: checks, tables, loops, closures, messages."""
    fields = rng.sample(WORDS, 4)
    choices = {"WORD": lambda: rng.choice(WORDS), "NUMBER": lambda: str(rng.randrange(2, 4000)), "SMALL": lambda: str(rng.randrange(2, 9)),
               "FIELDS": lambda: ", ".join(f"{field}: {rng.randrange(4000)}" for field in fields),
               "FIELD": lambda: rng.choice(fields), "TOTAL": lambda: fields[0] + "Total", "NAME": lambda: name}
    blocks = "".join(f"  {{\n{statement}  }}\n" for statement in rng.choices(STATEMENTS, k=rng.randrange(3, 8)))
    text = f"{HEAD}{blocks}  return TOTAL | 0;\n}}\n\n"
    return re.sub("WORD|NUMBER|SMALL|FIELDS|FIELD|TOTAL|NAME", lambda match: choices[match[0]](), text)


def megabytes(folder):
    """Parts of 50 KB of unlike functions, a fifth of which are called; program n imports the first 20 n parts."""
    rng = random.Random(20)
    for part in range(MEGABYTES[-1] * 1_000_000 // PART_BYTES):
        chunks, names, size = [], [], 0
        while size < PART_BYTES - 900:
            names.append(f"{rng.choice(WORDS)}{rng.choice(WORDS).title()}{len(names)}")
            chunks.append(generated_function(rng, names[-1]))
            size += len(chunks[-1])
        calls = "".join(f"  sum = (sum + {name}(seed)) | 0;\n" for name in names[::5])
        chunks.append(f"export function start(seed) {{\n  let sum = 0;\n{calls}  return sum;\n}}\n")
        write(os.path.join(folder, f"part{part}.mjs"), "".join(chunks))
    for size in MEGABYTES:
        parts = range(size * 1_000_000 // PART_BYTES)
        text = "".join(f"import {{ start as s{p} }} from './part{p}.mjs';\n" for p in parts)
        write(os.path.join(folder, f"main{size}.mjs"), text + f"console.log({' + '.join(f's{p}({p})' for p in parts)});\n")


def reached(entry):
    """The files that the entry's static imports lead to."""
    seen, todo = {entry}, [entry]
    while todo:
        at = todo.pop()
        for specifier in IMPORTED.findall(read(at)):
            path = os.path.normpath(os.path.join(os.path.dirname(at), specifier))
            if path not in seen and os.path.isfile(path):
                seen.add(path)
                todo.append(path)
    return seen


def make(work):
    packages(work)
    entries = []
    for name, text in ENTRIES.items():
        write(os.path.join(work, f"{name}.mjs"), text)
        entries.append((name, "programs", None, f"{name}.mjs"))
    for name, (file, text) in OTHER_ENTRIES.items():
        write(os.path.join(work, file), text)
        entries.append((name, "programs", None, file))
    for count in MODULE_COUNTS:
        tiny_modules(os.path.join(work, f"tiny-{count}"), count)
        entries.append((f"tiny-{count}", "modules", count, f"tiny-{count}/main.mjs"))
    megabytes(os.path.join(work, "megabytes"))
    entries += [(f"mb-{size}", "megabytes", size, f"megabytes/main{size}.mjs") for size in MEGABYTES]
    programs = []
    for name, group, x, entry in entries:
        files = reached(os.path.join(work, entry))
        programs.append({"name": name, "group": group, "x": x, "entry": os.path.join(work, entry), "modules": len(files),
                         "source_bytes": sum(map(os.path.getsize, files))})
    return programs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", required=True, help="the folder to make them in; what it holds is used again if nothing changed")
    work = os.path.realpath(parser.parse_args().work)
    stamp = hashlib.sha256((read(__file__) + read(os.path.join(TOP, "package-lock.json")) + work).encode()).hexdigest()
    manifest = os.path.join(work, "programs.json")
    if os.path.exists(manifest) and json.loads(read(manifest))["stamp"] == stamp:
        return
    folder = os.path.join(work, "programs")
    shutil.rmtree(folder, ignore_errors=True)
    write(manifest + ".new", json.dumps({"stamp": stamp, "programs": make(folder)}, indent=1))
    os.replace(manifest + ".new", manifest)


if __name__ == "__main__":
    main()
