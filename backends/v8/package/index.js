'use strict';
let addon;

/** Starts what `-r bmes/register` starts, for modules that are required from now on. */
function start() {
  addon ??= require('./register.js');
  return status();
}

function status() {
  try {
    if (!addon) {
      const module = { exports: {} };
      process.dlopen(module, `${__dirname}/bmes-${process.versions.modules}.node`);
      addon = module.exports;
    }
    return addon.status();
  } catch {
    return { active: false, reason: require('./aside.js').reasons() };
  }
}

module.exports = { start, status };
