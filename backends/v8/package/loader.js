'use strict';
// What a warm start has no need of: modules from their sources, import(), require() of ES modules, and failures.
//
// Nothing of a program has run until all that its entry requests is there and linked; up to then, whatever is not understood,
// a mistake in the program included, leaves the program to Node, which says it in its own words.

const Module = require('module');
const { isBuiltin } = Module;
const { pathToFileURL, fileURLToPath } = require('url');
const nodePath = require('path');
const { findPath, runMain } = { findPath: Module._findPath, runMain: Module.runMain };

const SOURCE = 0, COMMON_JS = 1, JSON_MODULE = 2, BUILTIN = 3;
const LINKED = 2, EVALUATED = 4, ERRORED = 5;

const TYPE_SCRIPT = /\.[cm]?ts$/;

let addon, cold, types;
function resolver() {
  if (!cold) {
    cold = require('./resolve.js');
    cold.use(addon, strip);
  }
  return cold;
}
function typeScript() {
  types ??= require('./typescript.js')(addon);
  return types;
}
const isStripped = (path) => typeScript().isStripped(path);
const requiredName = (path) => typeScript().requiredName(path);
function strip(text, name) {
  if (!isStripped(name)) throw new NotUnderstood(name);
  return typeScript().strip(text, name);
}
const toUrl = (path) => pathToFileURL(path).href;
const toPath = (url) => fileURLToPath(url);
const has = Object.prototype.hasOwnProperty;

class NotUnderstood extends Error {}

const metaResolve = (specifier, url) => resolver().metaResolve(specifier, url);

function jsonValue(path) {
  const known = Module._cache[path];
  if (known?.loaded) return known.exports;
  const module = { __proto__: null, exports: undefined, loaded: true };
  module.exports = JSON.parse(require('fs').readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  Module._cache[path] = module;
  return module.exports;
}

// ---- modules from their sources ---------------------------------------------------------------

const formats = { module: SOURCE, 'module-typescript': SOURCE, commonjs: COMMON_JS, json: JSON_MODULE, builtin: BUILTIN };

// URLs of data that Node has a module of.
const leftToNode = new Set();

// The index of the module at `url` with all that it requests, none of it instantiated. In TypeScript it is called `name`, or by its URL.
function loadFromSources(url, format, type, name) {
  const known = addon.find(url);
  if (known >= 0) return known;
  const kind = formats[format];
  if (kind === undefined) throw new NotUnderstood(`${format} ${url}`);
  if ((kind === JSON_MODULE) !== (type === 'json') && kind !== BUILTIN) throw new NotUnderstood('import attributes');
  let index;
  if (kind === BUILTIN) {
    index = addon.builtin(url);
    if (index < 0) index = undefined;
  } else {
    if (leftToNode.has(url) || (!url.startsWith('file:') && (kind !== SOURCE || !url.startsWith('data:')))) throw new NotUnderstood(url);
    const path = url.startsWith('file:') ? toPath(url) : url;
    const key = keyOf(url);
    if (kind === COMMON_JS || kind === JSON_MODULE) {
      if (key !== path) throw new NotUnderstood(url);
      if (kind === JSON_MODULE) jsonCheck(path);
      index = addon.synthetic(url, path, kind, kind === JSON_MODULE ? undefined : resolver().exportNames(path));
    } else {
      index = addon.compile(url, key, path, undefined, name);
    }
  }
  if (index === undefined) throw new NotUnderstood(url);
  if (kind !== SOURCE) return index;
  const requests = addon.requests(index);
  const indices = [];
  let plain = true;
  for (let i = 0; i < requests.length; i += 3) {
    const [specifier, attributes, phase] = [requests[i], requests[i + 1], requests[i + 2]];
    if (phase !== 0) throw new NotUnderstood('import phase');
    if (attributes && (Object.keys(attributes).length !== 1 || attributes.type !== 'json')) throw new NotUnderstood('import attributes');
    const found = resolver().resolve(specifier, url);
    plain = found.plain && plain;
    // One after the other, as Node does: the first error is the one that is told.
    indices.push(loadFromSources(found.url, found.format, attributes?.type));
  }
  addon.connect(index, indices, plain);
  return index;
}

function jsonCheck(path) {
  try {
    JSON.parse(require('fs').readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  } catch {
    throw new NotUnderstood(path);
  }
}

// ---- import() ---------------------------------------------------------------------------------

const importers = new Map();
// import() as Node's own loader does it, from the module at `url`.
function nodeImport(url, specifier, options) {
  // Its stacks have no hooks of ours.
  cold?.pause();
  let f = importers.get(url);
  if (!f) {
    f = addon.compileAt('((s, o) => o === undefined ? import(s) : import(s, o))', url.startsWith('file:') ? toPath(url) : url, 1, use);
    importers.set(url, f);
  }
  return f(specifier, options);
}

// A promise for `value`, in a later turn of the queue of promises, and without a function of this package on any stack.
function later(turns, value) {
  let promise = Promise.resolve(value);
  for (; turns > 0; turns--) promise = promise.then();
  return promise;
}

// Node's loader evaluates in a turn that depends on how the modules hang together, and tells of it some turns later. Programs see that,
// by the order of what they print. These are the turns that vm's own share of them leaves.
const turnsBefore = process.versions.modules === '127' ? (levels) => (levels > 1 ? 7 : 3) + 4 * levels : (levels) => 2 + 2 * levels;
const TURNS_OF_KNOWN = process.versions.modules === '127' ? 2 : 1;

function importFrom(parent, specifier, attributes = {}, phase = 'evaluation') {
  const keys = Object.keys(attributes);
  const options = keys.length === 0 ? undefined : { with: { ...attributes } };
  if (phase !== 'evaluation' && phase !== undefined && phase !== 2) return nodeImport(parent, specifier, options);
  let index = -1, levels = 0;
  const mark = addon.count();
  try {
    if (isBuiltin(specifier)) {
      const url = specifier.startsWith('node:') ? specifier : 'node:' + specifier;
      index = loadFromSources(url, 'builtin');
    } else {
      const found = addon.isHooked() ? resolver().resolve(specifier, parent) : resolveFrom(parent, specifier);
      // What hooks load is theirs; what is there already is there once.
      if (addon.isHooked() && addon.find(found.url) < 0) return nodeImport(parent, specifier, options);
      if (found.url.startsWith('data:') && addon.find(found.url) < 0) {
        leftToNode.add(found.url);
        return nodeImport(parent, specifier, options);
      }
      if (keys.length > 0 && (keys.length !== 1 || attributes.type !== 'json')) throw new NotUnderstood('import attributes');
      index = loadAny(found.url, found.format, attributes.type);
    }
    levels = addon.levels(index);
    if (addon.status(index) < LINKED) addon.instantiate(index);
  } catch (error) {
    addon.forget(mark);
    if (isToldAtOnce(error)) return new Promise((_, reject) => later(0).then(() => reject(error)));
    return nodeImport(parent, specifier, options);
  }
  return later(levels > 0 ? turnsBefore(levels) : TURNS_OF_KNOWN, index).then(addon.imported);
}

// Whether `error` is one of Node's resolver, which says all by itself. Its stack is cut where this package asked.
function isToldAtOnce(error) {
  if (!cold?.isAnswer(error) || process.versions.modules === '127') return false;
  if (typeof error.stack === 'string') {
    const end = error.stack.indexOf(__dirname);
    if (end >= 0) error.stack = error.stack.slice(0, error.stack.lastIndexOf('\n', end));
  }
  return true;
}

// Where import() of `specifier` led in earlier runs, or leads now.
function resolveFrom(parent, specifier) {
  const from = addon.entry(parent);
  if (from < 0) return resolver().resolve(specifier, parent);
  const known = addon.dynamicEdge(from, specifier);
  if (known && (addon.find(known[0]) >= 0 || addon.isStillFresh(keyOf(known[0])))) return { url: known[0], format: known[1] };
  const { url, format } = resolver().resolve(specifier, parent);
  addon.noteDynamic(from, specifier, url, format ?? '');
  return { url, format };
}
// The key that files have for the module at `url`: its path, unless there is a query or a fragment.
function keyOf(url) {
  if (!url.startsWith('file:')) return url;
  const path = toPath(url);
  return toUrl(path) === url ? path : url;
}

function loadAny(url, format, type) {
  const known = addon.find(url);
  if (known >= 0) return known;
  if (formats[format] === SOURCE && type === undefined && url.startsWith('file:') && leftToNode.size === 0) {
    const key = keyOf(url);
    if (addon.isStillFresh(key)) {
      const index = addon.load(key);
      if (index >= 0) return index;
    }
  }
  return loadFromSources(url, format, type);
}

// ---- CommonJS ---------------------------------------------------------------------------------

const CYCLE = 'ERR_REQUIRE_CYCLE_MODULE';
// An error of Node's, whose stack begins where the program asked.
function cycle(message) {
  const error = Object.assign(new Error(message), { code: CYCLE });
  const frames = error.stack.slice(error.stack.indexOf('\n    at ')).split('\n');
  error.stack = `Error [${CYCLE}]: ${message}${frames.filter((line) => !line.includes(__dirname)).join('\n')}`;
  return error;
}

// Node's name for the ES module behind a `module`.
let requiredModuleSymbol;
function requiredModule() {
  if (requiredModuleSymbol === undefined) {
    const origin = nodePath.join(__dirname, 'origin.mjs');
    require(origin);
    requiredModuleSymbol = Object.getOwnPropertySymbols(Module._cache[origin]).find((symbol) => symbol.description === 'kRequiredModuleSymbol') ?? null;
    delete Module._cache[origin];
  }
  return requiredModuleSymbol;
}

// The file has ES modules in TypeScript by the names that they have when they are imported.
function loadRequired(url, filename) {
  const name = requiredName(filename);
  if (name === url) return loadAny(url, 'module-typescript');
  addon.giveUp('not_understood', `require() of ${filename}`);
  return loadFromSources(url, 'module-typescript', undefined, name);
}

// require() of an ES module: the one instance that there is. Gives its index, if it is to be evaluated before giveExports() is called; else
// whether all is done.
function requireModule(module, filename) {
  const url = toUrl(filename);
  if (addon.isHooked() && addon.find(url) < 0) return false;
  const mark = addon.count();
  let index;
  try {
    index = TYPE_SCRIPT.test(filename) && addon.find(url) < 0 ? loadRequired(url, filename) : loadAny(url, 'module');
    if (addon.status(index) < LINKED) {
      const found = addon.running(index, false);
      if (found) throw cycle(`Cannot import CommonJS Module ${found[0]} in a cycle. (from ${found[1]})`);
      addon.instantiate(index);
    }
    if (addon.isAsync(index)) return false;
  } catch (error) {
    addon.forget(mark);
    if (error?.code === CYCLE) throw error;
    return false;
  }
  if (addon.status(index) < EVALUATED && addon.running(index, true)) {
    const from = Object.values(Module._cache).find((parent) => parent?.children?.includes(module))?.filename;
    throw cycle(`Cannot require() ES Module ${filename} in a cycle.${from ? ` (from ${from})` : ''} A cycle involving require(esm) is not allowed to maintain ` +
      'invariants mandated by the ECMAScript specification. Try making at least part of the dependency in the graph lazily loaded.');
  }
  if (addon.status(index) < EVALUATED) {
    // By this Node knows whom it may not give out yet.
    const symbol = requiredModule();
    if (symbol) module[symbol] = { getStatus: () => addon.status(index) };
    return index;
  }
  return giveExports(module, index);
}
function giveExports(module, index) {
  if (requiredModuleSymbol) delete module[requiredModuleSymbol];
  if (addon.status(index) === ERRORED) throw addon.exception(index);
  const namespace = addon.namespaceOf(index);
  if (has.call(namespace, 'module.exports')) module.exports = namespace['module.exports'];
  else if (!has.call(namespace, 'default') || has.call(namespace, '__esModule')) module.exports = namespace;
  else module.exports = facade(index);
  return true;
}

const facades = new Map();
function facade(index) {
  let made = facades.get(index);
  if (made === undefined) {
    made = addon.compile(`node:internal/require_module_default_facade#${index}`, '', '',
      "export * from 'original'; export { default } from 'original'; export const __esModule = true;");
    addon.connect(made, addon.requests(made).filter((_, i) => i % 3 === 0).map(() => index), false);
    addon.instantiate(made);
    addon.evaluate(made);
    facades.set(index, made);
  }
  return addon.namespaceOf(made);
}

// What require() takes the file at `path` for; nothing where Node is to say it.
function formatOf(path) {
  if (path.endsWith('.cjs')) return 'commonjs';
  if (path.endsWith('.mjs')) return 'module';
  if (TYPE_SCRIPT.test(path) && !isStripped(path)) return undefined;
  if (path.endsWith('.cts')) return 'commonjs';
  if (path.endsWith('.mts')) return 'module';
  const type = resolver().packageType(path);
  if (type === 'none' || type === 'commonjs') return 'commonjs';
  return type === 'module' && /\.[jt]s$/.test(path) ? 'module' : undefined;
}

// How require() of `request` in the module at `parent` led to `path`.
function noteRequest(index, parent, request, path) {
  const way = resolver().observeRequest(request, parent, path);
  if (way) addon.noteRequest(index, request, path, way === 'scope');
}

// ---- the start --------------------------------------------------------------------------------

function cacheFolder() {
  const { env } = process;
  const folder = env.BMES_CACHE_DIR || (env.XDG_CACHE_HOME?.startsWith('/') ? `${env.XDG_CACHE_HOME}/bmes/esm` : '');
  if (folder) return nodePath.resolve(folder);
  const home = env.HOME || require('os').userInfo().homedir;
  return home ? nodePath.resolve(home, '.bun-cache/esm') : '';
}

function isModuleEntry(path) {
  if (path.endsWith('.mjs')) return true;
  if (path.endsWith('.cjs')) return false;
  if (TYPE_SCRIPT.test(path)) {
    if (!isStripped(path)) return undefined;
    return path.endsWith('.mts') || (path.endsWith('.ts') && resolver().packageType(path) === 'module');
  }
  const isJs = path.endsWith('.js');
  if (!isJs && nodePath.extname(path) !== '') return undefined;
  const isModule = resolver().packageType(path) === 'module';
  // Without an extension, a module may be WebAssembly as well.
  return !isJs && isModule ? undefined : isModule;
}

const findMain = (main) => findPath.call(Module, nodePath.resolve(main), null, true) || undefined;

// The index of the main module, made from its sources; -1 where it is CommonJS, nothing where it is left to Node.
function loadMain(path) {
  const isModule = isModuleEntry(path);
  if (isModule === undefined) return addon.giveUp('unknown_format', path);
  if (!isModule) return -1;
  try {
    const index = loadFromSources(toUrl(path), 'module');
    addon.instantiate(index);
    return index;
  } catch (error) {
    addon.forget(0);
    return addon.giveUp(error instanceof NotUnderstood ? 'not_understood' : 'error_in_program', String(error?.message ?? error));
  } finally {
    cold?.pause();
  }
}

// A main module that never settles ends the program with code 13 and a warning.
let hookedEmit;
function watch(index) {
  const { emit } = process;
  hookedEmit = addon.hook(emit, (event) => {
    if (event !== 'exit' || process.exitCode !== undefined || /^    at process\.exit /m.test(new Error().stack)) return undefined;
    let text = '';
    const found = addon.stalled(index);
    for (let i = 0; i < found.length; i += 5) {
      const [url, line, source, from, to] = found.slice(i, i + 5);
      const underline = [...source.slice(0, from)].map((c) => (c === '\t' ? '\t' : ' ')).join('') + '^'.repeat(to - from);
      text += `Warning: Detected unsettled top-level await at ${url}:${line}\n${source}\n${underline}\n\n\n`;
    }
    if (text) require('fs').writeSync(2, text + '\n');
    process.exitCode = 13;
    return () => emit.call(process, 'exit', 13);
  });
  process.emit = hookedEmit;
}
function unwatch() {
  if (process.emit === hookedEmit) delete process.emit;
}

// Node says itself that the main module has failed.
function fail(error) {
  Object.defineProperty(process, Symbol.for('bmes.failed'), { value: error, configurable: true });
  runMain.call(Module, nodePath.join(__dirname, 'failed.mjs'));
}

// The part of Node that register() alone loads.
const PART_WITH_HOOKS = 'NativeModule internal/modules/esm/hooks';
// Whether somebody registered hooks before this package came.
function hadHooks() {
  if (process.moduleLoadList.includes(PART_WITH_HOOKS)) return true;
  addon.asksNode(true);
  const mine = Module.registerHooks({});
  addon.asksNode(false);
  mine.deregister();
  return Object.getOwnPropertySymbols(mine).some((symbol) => /^module-hook-[1-9]/.test(mine[symbol]?.description));
}

delete Module._cache[__filename];

const use = (it) => {
  if (addon) return module.exports;
  addon = it;
  // Node puts register() into its place when somebody requires 'module' for the first time, which this file did.
  if (process.moduleLoadList.includes(PART_WITH_HOOKS)) addon.setHooked();
  Module.register = addon.hook(Module.register, addon.setHooked);
  return module.exports;
};
module.exports = { use, strip, requiredName, importFrom, metaResolve, toUrl, toPath, jsonValue, requireModule, giveExports, formatOf, noteRequest, cacheFolder, findMain, loadMain, watch, unwatch, fail, hadHooks };
