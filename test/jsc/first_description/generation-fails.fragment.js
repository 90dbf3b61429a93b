const cache = CachedBytecode.generateForESMWithMetadata("/test.js", source);
if (!cache) {
  // Possible causes:
  // 1. Invalid source code (syntax errors)
  // 2. Source URL starts with "file://" (remove it)
  // 3. Out of memory
}
