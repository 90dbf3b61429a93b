#!/usr/bin/env bun
import { CachedBytecode } from "bun:internal-for-testing";
import { writeFileSync, readFileSync, existsSync } from "fs";

const modulePath = "/my-app/utils.js";
const cacheFile = "/tmp/utils.cache";

// Example module source
const moduleSource = `
export const API_URL = "https://api.example.com";
export const VERSION = "2.0.0";

export function fetchData(endpoint) {
  return fetch(\`\${API_URL}/\${endpoint}\`);
}

export default {
  init() {
    console.log("Initialized v" + VERSION);
  }
};
`;

console.log("ESM Bytecode Cache Demo\n");

// Step 1: Generate cache
console.log("1. Generating cache...");
const cache = CachedBytecode.generateForESMWithMetadata(
  modulePath,
  moduleSource
);

if (!cache) {
  console.error("Failed to generate cache");
  process.exit(1);
}

console.log(`   ‚úì Generated ${cache.byteLength} bytes`);

// Step 2: Validate cache
console.log("\n2. Validating cache...");
const isValid = CachedBytecode.validateMetadata(cache);

if (!isValid) {
  console.error("   ‚úó Cache validation failed");
  process.exit(1);
}

console.log("   ‚úì Cache is valid");

// Step 3: Save cache
console.log("\n3. Saving cache...");
writeFileSync(cacheFile, cache);
console.log(`   ‚úì Saved to ${cacheFile}`);

// Step 4: Load and re-validate
console.log("\n4. Loading and re-validating...");
const loadedCache = new Uint8Array(readFileSync(cacheFile));
const stillValid = CachedBytecode.validateMetadata(loadedCache);

if (!stillValid) {
  console.error("   ‚úó Loaded cache is invalid");
  process.exit(1);
}

console.log("   ‚úì Loaded cache is valid");

// Step 5: Inspect structure
console.log("\n5. Cache structure:");
const view = new DataView(
  loadedCache.buffer,
  loadedCache.byteOffset,
  loadedCache.byteLength
);

const magic = view.getUint32(0, true);
const version = view.getUint32(4, true);

console.log(`   Magic: 0x${magic.toString(16)} ("BMES")`);
console.log(`   Version: ${version}`);
console.log(`   Size: ${loadedCache.byteLength} bytes`);

console.log("\n‚úì All operations successful!");
