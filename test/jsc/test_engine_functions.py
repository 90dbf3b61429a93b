#!/usr/bin/env python3
"""What of the engine is JavaScript comes compiled with the command: a warm start parses nothing, and what it calls works."""

import unittest

import support

PROGRAM = '''
const later = async (value) => { await null; return value; };
async function* count() { yield 1; yield await later(2); }
const seen = [];
for await (const n of count()) seen.push(n);
const arrays = [[3, 1, 2].toSorted(), [1, 2, 3].map((n) => n * 2), [1, [2, [3]]].flat(Infinity), [1, 2, 3].reduceRight((sum, n) => sum + n),
  Array.from({ length: 2 }, (_, i) => i), [5, 6].concat([7], 8), [..."ab"].entries().next(), new Float64Array([3, 1]).sort((a, b) => a - b).join()];
const texts = ["a1b22".replace(/\\d+/g, (digits) => digits.length), [..."a1b2".matchAll(/[a-z]/g)].length, "x,y".split(/,/), "ab".repeat(2).padStart(6)];
const promises = [await Promise.all([1, later(2)]), (await Promise.allSettled([Promise.reject(3)]))[0].reason, await Promise.any([later(4)]),
  await Promise.race([later(5)]), await later(6).finally(() => {}), await Array.fromAsync(count())];
const map = new Map([[1, 2], [3, 4]]), set = new Set([1, 2]);
const tables = [];
map.forEach((value, key) => tables.push(key, value));
for (const [key, value] of map) tables.push(key * value);
set.forEach((value) => tables.push(value));
tables.push(...set.union(map), ...set.intersection(map), ...set.difference(map), set.isDisjointFrom(map), set.isSubsetOf(map));
class Listed extends Array {}
const groups = Object.groupBy([1, 2, 3], (n) => (n % 2 ? "odd" : "even"));
const name = (f) => `${f.name} ${f.length} ${f}`.replace(/\\s+/g, " ");
console.log(JSON.stringify([seen, arrays, texts, promises, tables, Listed.from([1]).map((n) => n + 1) instanceof Listed, groups]));
console.log([Array.prototype.map, Promise.prototype.then, Promise].map(name).join());
try {
  [1].forEach(() => { throw new Error("of the program"); });
} catch (error) {
  console.log(error.stack.replaceAll(import.meta.url, "here"));
}
'''
# As Node prints it, but for the last stack.
OUTPUT = '''\
[[1,2],[[1,2,3],[2,4,6],[1,2,3],6,[0,1],[5,6,7,8],{"value":[0,"a"],"done":false},"1,3"],["a1b2",2,["x","y"],"  abab"],[[1,2],3,4,5,6,[1,2]],[1,2,3,4,2,12,1,2,1,2,3,1,2,false,false],true,{"odd":[1,3],"even":[2]}]
map 1 function map() { [native code] },then 2 function then() { [native code] },Promise 1 function Promise() { [native code] }
'''.encode()


class EngineFunctions(support.CommandTest):
    def run_reported(self, *arguments):
        outcome = self.bmes('run', *arguments, env={'JSC_reportBytecodeCompileTimes': 1})
        return outcome, outcome.stderr.count(b' into bytecode ')

    def test_a_warm_start_parses_nothing_of_the_engine_either(self):
        entry = self.write('main.mjs', PROGRAM)
        self.settle()
        cold, compiled = self.run_reported(entry)
        self.assertEqual((cold.code, cold.stdout[:len(OUTPUT)]), (0, OUTPUT), cold)
        self.assertGreater(compiled, 5)
        warm, compiled = self.run_reported(entry)
        self.assert_settled(warm)
        self.assertEqual((warm.stdout, compiled), (cold.stdout, 0), warm)

    def test_collections_leave_the_engine_its_functions(self):
        entry = self.write('main.mjs', """
            const sums = [];
            for (let round = 0; round < 30; ++round) {
              const map = new Map(Array.from({ length: 50 }, (_, i) => [i, { round }]));
              let sum = 0;
              for (const [key, value] of map) sum += key + value.round;
              map.forEach((value, key) => (sum += key));
              for (const key of new Set(map.keys()).union(new Set([100]))) sum += key;
              sums.push(sum, await Promise.all([round, [1, 2].map((n) => n + round)]).then(([n]) => n));
            }
            console.log(sums.length, sums.at(-2), sums.at(-1));
            """)
        self.settle()
        for env in {}, {'JSC_collectContinuously': '1'}, {'JSC_slowPathAllocsBetweenGCs': '20'}, {}:
            outcome = self.bmes('run', entry, env=env)
            self.assertEqual(outcome.seen, (b'60 5225 29\n', b'', 0))
        self.assert_settled(outcome)


if __name__ == '__main__':
    unittest.main()
