import { CachedBytecode } from "bun:internal-for-testing";

// Read cache from file
const cache = new Uint8Array(await Bun.file("module.cache").arrayBuffer());

// Validate cache
if (CachedBytecode.validateMetadata(cache)) {
  console.log("Cache is valid!");
} else {
  console.error("Cache is invalid or corrupted");
}
