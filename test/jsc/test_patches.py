#!/usr/bin/env python3
"""What the engine is made to do otherwise, for speed, can't be told from what it does: generated programs, some while it collects all the time."""

import random
import unittest

import support


def scope(rng, depth, names):
    """A scope with names of its own, used before they have values and after, and functions that read all that can be seen."""
    own = [f'v{rng.randrange(30)}' for _ in range(rng.randrange(1, 4))]
    own = sorted(set(own))
    seen = sorted({*names, *own})
    reads = '+'.join(f'at(() => {name})' for name in seen)
    reader = f'r{rng.randrange(10 ** 9)}'
    declared = ' '.join(rng.choice([f'let {name} = {rng.randrange(100)};', f'const {name} = {rng.randrange(100)};', f'class {name} {{}}']) for name in own)
    inner = scope(rng, depth - 1, seen) if depth else ''
    later = f'if (wanted) {reader}();'
    body = f'{later} {inner} {declared} {later} function {reader}() {{ console.log({reads}); }}'
    return rng.choice([
        f'{{ {body} }}',
        f'(() => {{ {body} }})();',
        f'for (let i = 0; i < 2; ++i) {{ {body} }}',
        f'switch (1) {{ case 1: {later} {inner} {declared} {later} function {reader}() {{ console.log({reads}); }} }}',
        f'class C{rng.randrange(10 ** 9)} {{ static {{ {body} }} }}',
        f'(function* () {{ {body} }})().next();',
        f'(async (p = () => {own[0]}) => {{ {body} console.log(at(p)); }})();',
    ])


# The last object that is made gets properties in the order of an earlier one, each by code of its own, or loses and gains some on the way.
SHAPES = '''
let seed = %d;
const below = (n) => (seed = (seed * 1103515245 + 12345) %% 2147483648) %% n;
const has = Object.prototype.hasOwnProperty;
const fail = (what) => { throw new Error(what); };
const check = (object, model) => {
  const keys = [...model.keys()];
  if (Object.keys(object).join() !== keys.join()) fail(`keys ${Object.keys(object)}, not ${keys}`);
  for (const key of keys) {
    if (object[key] !== model.get(key) || !has.call(object, key)) fail(`${key} is ${object[key]}, not ${model.get(key)}`);
    const { value, writable } = Object.getOwnPropertyDescriptor(object, key);
    if (value !== model.get(key) || !writable) fail(`${key} is described as ${value}`);
  }
  if ("none" in object || object.none !== undefined) fail("has what it was not given");
  const copy = { ...object };
  if (JSON.stringify(copy) !== JSON.stringify(Object.assign({}, object))) fail("its copies differ");
};
let count = 0;
for (let family = 0; family < 12; ++family) {
  const prototype = [Object.prototype, null, class {}.prototype][below(3)];
  const length = 3 + below(60);
  const names = Array.from({ length }, (_, i) => `p${family}_${below(4) ? i : below(length)}`);
  const kept = [];
  for (let made = 0; made < 6; ++made) {
    const object = Object.create(prototype), model = new Map();
    const put = (key) => {
      const value = below(1000);
      // A place in code of its own for each.
      new Function("object", "value", below(5) ? `object.${key} = value;` : `Object.defineProperty(object, "${key}", { value, writable: true, enumerable: true, configurable: true });`)(object, value);
      model.set(key, value);
    };
    for (const [i, key] of names.entries()) {
      put(key);
      if (below(40) === 0) { delete object[key]; model.delete(key); }
      if (below(60) === 0) put(`extra${below(3)}`);
      if (kept.length && below(6) === 0) check(...kept[below(kept.length)]);
      if (below(25) === 0) check(object, model);
      if (i === length >> 1 && below(3) === 0) kept.push([Object.assign(Object.create(prototype), object), new Map(model)]);
    }
    kept.push([object, model]);
  }
  for (const pair of kept) check(...pair), ++count;
}
console.log("checked", count > 70);
'''


# The engine writes an object by going through its table of properties, and asks for those of the objects in it meanwhile.
WRITTEN = '''
let made = 0, wrong = 0;
const object = (name, length, values = {}) => `{${Array.from({ length }, (_, i) => `"${name}_${i}":${values[i] ?? 1}`).join()}}`;
const family = () => {
  const name = `n${made++}`;
  // The shapes of shorter ones are those that this one had on its way.
  JSON.parse(object(name, 12));
  return name;
};
for (let round = 0; round < 60; ++round) {
  const outer = family();
  const others = Array.from({ length: 20 }, family).map((name) => object(name, 7, { 6: object(name, 8, { 7: object(name, 9) }) }));
  const text = object(outer, 7, { 0: object(outer, 8, { 0: object(outer, 9), 1: `[${others.join()}]` }) });
  if (JSON.stringify(JSON.parse(text)) !== text) ++wrong;
}
console.log(wrong);
'''


class Patches(support.CommandTest):
    def test_functions_that_are_compiled_later_know_which_names_have_no_value_yet(self):
        rng = random.Random(7)
        head = 'const wanted = process.argv[2] === "all", at = (f) => { try { const v = f(); return typeof v === "function" ? "c;" : v + ";"; } catch (e) { return e.name + ";"; } };\n'
        names = [f'm{i}.mjs' for i in range(60)]
        # Modules with the same names in the same scopes, too: the engine keeps one list of these.
        bodies = [' '.join(scope(rng, rng.randrange(4), []) for _ in range(6)) for _ in range(40)]
        for i, name in enumerate(names):
            self.write(name, head + bodies[i % 40])
        entry = self.write('main.mjs', ''.join(f'import "./{name}";\n' for name in names))
        expected = self.bmes('run', '--cache=off', entry, 'all')
        self.assertEqual((expected.code, expected.stderr), (0, b''), expected)
        self.assertGreater(expected.stdout.count(b'ReferenceError'), 500)
        self.settle()
        self.bmes('run', entry)
        for env in {}, {'JSC_collectContinuously': '1'}:
            later = self.bmes('run', '--cache=readonly', entry, 'all', env=env)
            # Records and code come from the entry; that functions had to be compiled since counts as parsing their modules.
            self.assertEqual((later.trace['result'], later.trace['hits'], later.trace['parsed']), ('hit', 1, 60), later.trace)
            self.assertEqual(later.seen, expected.seen)

    def test_shapes_that_give_their_properties_away_still_have_them(self):
        for seed in range(20):
            entry = self.write(f'shapes{seed}.mjs', SHAPES % seed)
            for env in ({'JSC_collectContinuously': '1'}, {}, {'JSC_useConcurrentJIT': '0', 'JSC_thresholdForJITAfterWarmUp': '10'})[:3 if seed < 4 else 2]:
                outcome = self.bmes('run', '--cache=off', entry, env=env)
                self.assertEqual(outcome.seen, (b'checked true\n', b'', 0), seed)

    def test_what_is_written_as_json_keeps_its_names(self):
        entry = self.write('written.mjs', WRITTEN)
        # The system's allocator gives memory out again at once.
        for env in {}, {'Malloc': '1'}, {'Malloc': '1', 'MALLOC_PERTURB_': '165'}:
            self.assertEqual(self.bmes('run', '--cache=off', entry, env=env).seen, (b'0\n', b'', 0), env)


if __name__ == '__main__':
    unittest.main()
