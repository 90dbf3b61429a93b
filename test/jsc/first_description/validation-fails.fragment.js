if (!CachedBytecode.validateMetadata(cache)) {
  // Possible causes:
  // 1. Wrong magic number (corrupted file)
  // 2. Wrong version (incompatible format)
  // 3. Truncated file
}
