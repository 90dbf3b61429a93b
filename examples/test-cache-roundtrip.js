// A round trip with the API of this cache's first description (README, "Compatibility"): metadata and bytecode of a module are made,
// checked, kept in a file, read and checked again.
//   bmes run examples/test-cache-roundtrip.js
import { CachedBytecode } from "bun:internal-for-testing";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";

const source = `
import { readFileSync } from "fs";
import * as path from "path";
export { join as joined } from "path";
export * from "./more.js";
export const greeting = "Hello, World!";
export function add(a, b) {
  return a + b;
}
export default { version: "1.0.0" };
`;

const check = (what, holds) => {
  console.log(`${holds ? "✓" : "✗"} ${what}`);
  if (!holds) process.exit(1);
};

console.log("ESM Bytecode Cache - Round Trip Test\n");

const cache = CachedBytecode.generateForESMWithMetadata("/path/to/module.js", source);
check("Cache generated", cache instanceof Uint8Array);
console.log(`  Size: ${cache.byteLength} bytes`);
check("Cache is valid", CachedBytecode.validateMetadata(cache));

const view = new DataView(cache.buffer, cache.byteOffset, cache.byteLength);
check("Magic is BMES", view.getUint32(0, true) === 0x424d4553);
check("Version is 1", view.getUint32(4, true) === 1);
check("Three modules are requested", view.getUint32(8, true) === 3);

const folder = join(tmpdir(), `bmes-example-${process.pid}`);
mkdirSync(folder);
try {
  const file = join(folder, "module.cache");
  writeFileSync(file, cache);
  const loaded = new Uint8Array(readFileSync(file));
  check("Loaded cache has the same bytes", loaded.length === cache.length && loaded.every((byte, i) => byte === cache[i]));
  check("Loaded cache is valid", CachedBytecode.validateMetadata(loaded));
} finally {
  rmSync(folder, { recursive: true });
}

const damaged = cache.slice();
damaged[0] ^= 1;
check("Wrong magic is refused", !CachedBytecode.validateMetadata(damaged));
damaged[0] ^= 1;
damaged[4] = 99;
check("Wrong version is refused", !CachedBytecode.validateMetadata(damaged));
check("Truncated cache is refused", !CachedBytecode.validateMetadata(cache.subarray(0, cache.length - 1)));
check("Empty cache is refused", !CachedBytecode.validateMetadata(new Uint8Array()));
check("A syntax error gives no cache", !CachedBytecode.generateForESMWithMetadata("/bad.js", "export const = 1;"));

console.log("\n✓ All operations successful!");
