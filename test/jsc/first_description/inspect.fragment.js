const view = new DataView(cache.buffer, cache.byteOffset, cache.byteLength);

// Read magic number (should be 0x424D4553 = "BMES")
const magic = view.getUint32(0, true);
console.log(`Magic: 0x${magic.toString(16)}`);

// Read version (should be 1)
const version = view.getUint32(4, true);
console.log(`Version: ${version}`);

console.log(`Total size: ${cache.byteLength} bytes`);
