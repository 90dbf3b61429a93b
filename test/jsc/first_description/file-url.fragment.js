// ‚ùå Wrong
CachedBytecode.generateForESMWithMetadata("file:///path/to/module.js", source);

// ‚úÖ Correct
CachedBytecode.generateForESMWithMetadata("/path/to/module.js", source);
