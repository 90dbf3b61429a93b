'use strict';
// Preloaded (-r bmes/register). A warm start is all in the addon: loader.js is read when there is more to do.
const load = (addon) => require('./loader.js').use(addon);
// What import() means in a module at `url`: only vm gives it to modules that are not Node's own.
const importer = (url) => require('vm').compileFunction('', [], {
  importModuleDynamically: (specifier, _, attributes, phase) => module.exports.loader().importFrom(url, specifier, attributes, phase),
});
try {
  process.dlopen(module, `${__dirname}/bmes-${process.versions.modules}.node`);
  module.exports.start(module.constructor, load, importer, __dirname, require);
} catch (error) {
  require('./aside.js').standAside(error);
}
// A program finds nothing in require.cache but its own.
delete require.cache[__filename];
