import { CachedBytecode } from "bun:internal-for-testing";
import { performance } from "perf_hooks";

const source = `/* your module code */`;
const iterations = 100;

// Benchmark generation
let genTotal = 0;
for (let i = 0; i < iterations; i++) {
  const start = performance.now();
  const cache = CachedBytecode.generateForESMWithMetadata("/test.js", source);
  genTotal += (performance.now() - start);
}
console.log(`Generation: ${(genTotal / iterations).toFixed(3)}ms avg`);

// Benchmark validation
const cache = CachedBytecode.generateForESMWithMetadata("/test.js", source);
let valTotal = 0;
for (let i = 0; i < iterations; i++) {
  const start = performance.now();
  CachedBytecode.validateMetadata(cache);
  valTotal += (performance.now() - start);
}
console.log(`Validation: ${(valTotal / iterations).toFixed(3)}ms avg`);
console.log(`Speedup: ${(genTotal / valTotal).toFixed(1)}x`);
