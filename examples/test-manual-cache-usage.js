// A benchmark of making and checking a cache by hand, with the API of this cache's first description (README, "Compatibility").
//   bmes run examples/test-manual-cache-usage.js
import { CachedBytecode } from "bun:internal-for-testing";
import { performance } from "perf_hooks";

const iterations = 100;
const modulePath = "/my-app/utils.js";
// A number makes each source one that the engine has not seen: it keeps the code of texts it knows.
const sourceNumber = (number) => `
import { readFileSync } from "fs";
import * as path from "path";

export const NUMBER = ${number};
export const API_URL = "https://api.example.com";

export function add(a, b) {
  return a + b;
}

export async function fetchData(endpoint) {
  const response = await fetch(\`\${API_URL}/\${endpoint}\`);
  return response.json();
}

export class Store {
  #items = new Map();
  set(key, value) {
    this.#items.set(key, value);
    return this;
  }
  load(file) {
    return this.set(path.basename(file), JSON.parse(readFileSync(file, "utf8")));
  }
}

export default new Store();
`;

const timed = (work) => {
  const start = performance.now();
  const result = work();
  return [result, performance.now() - start];
};

console.log("ESM Bytecode Cache - Manual Performance Test\n");

console.log("Test 1: Cache Generation");
const [cache, generationTime] = timed(() => CachedBytecode.generateForESMWithMetadata(modulePath, sourceNumber(0)));
if (!cache) {
  console.error("❌ Failed to generate cache");
  process.exit(1);
}
console.log(`✅ Cache generated: ${cache.byteLength} bytes`);
console.log(`⏱️  Generation time: ${generationTime.toFixed(2)}ms\n`);

console.log("Test 2: Cache Validation");
const [valid, validationTime] = timed(() => CachedBytecode.validateMetadata(cache));
if (!valid) {
  console.error("❌ Cache is invalid");
  process.exit(1);
}
console.log("✅ Cache is valid");
console.log(`⏱️  Validation time: ${validationTime.toFixed(2)}ms\n`);

console.log("Test 3: Performance Comparison");
const average = (work) => {
  let total = 0;
  for (let i = 1; i <= iterations; i++) total += timed(() => work(i))[1];
  return total / iterations;
};
const generation = average((i) => CachedBytecode.generateForESMWithMetadata(modulePath, sourceNumber(i)));
const validation = average(() => CachedBytecode.validateMetadata(cache));
console.log(`📊 Results (${iterations} iterations):`);
console.log(`   Cache generation: ${generation.toFixed(3)}ms avg`);
console.log(`   Cache validation: ${validation.toFixed(3)}ms avg`);
console.log(`   Speedup: ${(generation / validation).toFixed(1)}x faster`);
