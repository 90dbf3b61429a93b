import { CachedBytecode } from "bun:internal-for-testing";

const sourceCode = `
export const greeting = "Hello, World!";
export function add(a, b) {
  return a + b;
}
export default { version: "1.0.0" };
`;

// Generate cache with metadata
const cache = CachedBytecode.generateForESMWithMetadata(
  "/path/to/module.js",  // Source URL (without file:// prefix)
  sourceCode              // Source code as string
);

if (cache) {
  console.log(`Cache generated: ${cache.byteLength} bytes`);
  // Save to file if needed
  await Bun.write("module.cache", cache);
}
