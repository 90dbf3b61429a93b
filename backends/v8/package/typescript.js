'use strict';
// What Node makes of TypeScript: it takes the types out, and does nothing else.

const Module = require('module');
const { pathToFileURL } = require('url');
const compile = Module.prototype._compile;

// Before 24.3, Node warns of it at each start.
const warns = /^24\.[0-2]\./.test(process.versions.node);

module.exports = (addon) => {
  let isNamedByUrl, stripTypes;

  /** Whether Node takes the types out of the file at `path`. */
  const isStripped = (path) => !warns && process.features.typescript === 'strip' && !/[\\/]node_modules[\\/]/.test(path);

  /** What Node calls a file that is required, as stacks show: its path, or in later versions its URL. */
  function requiredName(path) {
    if (isNamedByUrl === undefined) {
      const probe = new Module('/probe.cts');
      compile.call(probe, 'module.exports = () => {}', '/probe.cts', 'commonjs-typescript');
      isNamedByUrl = addon.scriptName(probe.exports).startsWith('file:');
    }
    return isNamedByUrl ? pathToFileURL(path).href : path;
  }

  /** What Node's loader makes of a text that it calls `name`, by the same function under its public name. That one warns when it is
   * first called: a program that calls it is told so nevertheless. */
  function strip(text, name) {
    const options = { mode: 'strip', sourceUrl: name };
    if (stripTypes) return stripTypes(text, options);
    stripTypes = Module.stripTypeScriptTypes;
    const warnings = [];
    const { emitWarning } = process;
    process.emitWarning = (...warning) => warnings.push(warning);
    try {
      return stripTypes(text, options);
    } finally {
      process.emitWarning = emitWarning;
      Module.stripTypeScriptTypes = addon.hook(stripTypes, () => {
        for (const warning of warnings.splice(0)) process.emitWarning(...warning);
      });
    }
  }

  return { isStripped, requiredName, strip };
};

delete Module._cache[__filename];
