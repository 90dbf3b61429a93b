'use strict';
// Loads ES modules in the place of Node's loader, and CommonJS modules within it.
//
// Nothing of a program has run until all that its entry requests is there and linked; up to then, whatever is not understood,
// a mistake in the program included, leaves the program to Node, which says it in its own words.

const Module = require('module');
const { isBuiltin } = Module;
const addon = require(`./bmes-${process.versions.modules}.node`);
const { traced } = require('./state.js');

const SOURCE = 0, COMMON_JS = 1, JSON_MODULE = 2, BUILTIN = 3;
const LINKED = 2, EVALUATED = 4, ERRORED = 5;

let cold, vm, pathToFileURL, fileURLToPath;
function resolver() {
  if (!cold) {
    cold = require('./resolve.js');
    cold.use(addon);
  }
  return cold;
}
const toUrl = (path) => (pathToFileURL ??= require('url').pathToFileURL)(path).href;
const toPath = (url) => (fileURLToPath ??= require('url').fileURLToPath)(url);

const has = Object.prototype.hasOwnProperty;
const original = { compile: Module.prototype._compile, resolve: Module._resolveFilename, run: Module.runMain, load: Module._load, sync: Module.syncBuiltinESMExports };
let mode = '';  // '', 'modules' or 'commonjs'
let entryUrl = '';
const builtins = new Map();  // url -> [names, exports]
const waits = new Map();  // index -> promise of its evaluation

class NotUnderstood extends Error {}

function builtinNames(url) {
  const known = builtins.get(url);
  if (known) return known[0];
  const exports = process.getBuiltinModule(url);
  if (exports === undefined) return undefined;
  const names = Object.keys(exports).filter((name) => name !== 'default');
  names.push('default');
  builtins.set(url, [names, exports]);
  return names;
}
const valueOf = (exports, name) => (has.call(exports, name) ? exports[name] : undefined);

const callbacks = {
  plain: null,
  pathToUrl: toUrl,
  // A module that may use import.meta or import(), which only vm gives to modules that are not Node's own.
  makeSource(url, text, code) {
    const options = { identifier: url, importModuleDynamically: importFromModule, initializeImportMeta };
    if (code !== undefined) {
      try {
        return [wrapOf(new (classOfModules())(text, { ...options, cachedData: code })), false];
      } catch (error) {
        if (error?.code !== 'ERR_VM_MODULE_CACHED_DATA_REJECTED') throw error;
      }
    }
    return [wrapOf(new (classOfModules())(text, options)), code !== undefined];
  },
  namesOf(url, kind, notes) {
    if (kind === BUILTIN) return builtinNames(url);
    return kind === JSON_MODULE ? ['default'] : JSON.parse(notes).names;
  },
  // For a CommonJS module: its exports in, values out.
  valuesOf(index, url, kind, names, exports) {
    if (kind === BUILTIN) {
      const [, object] = builtins.get(url);
      return names.map((name) => (name === 'default' ? object : valueOf(object, name)));
    }
    if (kind === JSON_MODULE) return [jsonValue(toPath(url))];
    return names.map((name) => {
      if (name === 'default' || name === 'module.exports') return exports;
      if (exports === null || exports === undefined || !has.call(exports, name)) return undefined;
      try {
        return exports[name];
      } catch {
        return undefined;
      }
    });
  },
};

let SourceTextModule, wrapSymbol;
function classOfModules() {
  if (SourceTextModule) return SourceTextModule;
  vm = require('vm');
  SourceTextModule = vm.SourceTextModule;
  const probe = silently(() => new SourceTextModule('', { identifier: 'bmes:probe' }));
  wrapSymbol = Object.getOwnPropertySymbols(probe).find((s) => s.description === 'kWrap');
  return SourceTextModule;
}
// Node warns of experimental interfaces when they are first used; the program did not use them.
function silently(use) {
  const warn = Object.getOwnPropertyDescriptor(process, 'emitWarning');
  process.emitWarning = () => {};
  try {
    return use();
  } finally {
    Object.defineProperty(process, 'emitWarning', warn);
  }
}
const wrapOf = (module) => module[wrapSymbol];

function initializeImportMeta(meta, module) {
  const url = module.identifier;
  if (url.startsWith('file:')) {
    const filename = toPath(url);
    meta.dirname = require('path').dirname(filename);
    meta.filename = filename;
  }
  meta.main = url === entryUrl;
  meta.resolve = { resolve: (specifier) => resolver().metaResolve(specifier, url) }.resolve;
  meta.url = url;
}

function jsonValue(path) {
  const known = Module._cache[path];
  if (known?.loaded) return known.exports;
  const module = { __proto__: null, exports: undefined, loaded: true };
  module.exports = JSON.parse(require('fs').readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  Module._cache[path] = module;
  return module.exports;
}

// ---- modules from their sources ---------------------------------------------------------------

const formats = { module: SOURCE, commonjs: COMMON_JS, json: JSON_MODULE, builtin: BUILTIN };

// The index of the module at `url` with all that it requests, none of it instantiated.
function loadFromSources(url, format, type) {
  const known = addon.find(url);
  if (known >= 0) return known;
  const kind = formats[format];
  if (kind === undefined) throw new NotUnderstood(`${format} ${url}`);
  if ((kind === JSON_MODULE) !== (type === 'json') && kind !== BUILTIN) throw new NotUnderstood('import attributes');
  let index;
  if (kind === BUILTIN) {
    index = addon.synthetic(url, '', kind, builtinNames(url) ?? [], '');
  } else {
    if (!url.startsWith('file:')) throw new NotUnderstood(url);
    const path = toPath(url);
    const key = keyOf(url);
    if (kind === COMMON_JS || kind === JSON_MODULE) {
      if (key !== path) throw new NotUnderstood(url);
      const names = kind === JSON_MODULE ? ['default'] : resolver().exportNames(path);
      if (kind === JSON_MODULE) jsonCheck(path);
      index = addon.synthetic(url, path, kind, names, kind === JSON_MODULE ? '' : JSON.stringify({ names }));
    } else {
      index = addon.compile(url, key, path);
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
    f = addon.compileAt('((s, o) => o === undefined ? import(s) : import(s, o))', url.startsWith('file:') ? toPath(url) : url, 1, callbacks.plain);
    importers.set(url, f);
  }
  return f(specifier, options);
}

function importFromModule(specifier, module, attributes, phase) {
  return importFrom(module.identifier, specifier, attributes, phase);
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
      const found = resolveFrom(parent, specifier);
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
const dynamicEdges = new Map();
function resolveFrom(parent, specifier) {
  const from = addon.find(parent);
  if (from < 0) return resolver().resolve(specifier, parent);
  let edges = dynamicEdges.get(from);
  if (!edges) {
    const notes = addon.notes(from);
    dynamicEdges.set(from, (edges = { __proto__: null, ...(notes === '' ? undefined : JSON.parse(notes)) }));
    edges.dynamic = { __proto__: null, ...edges.dynamic };
  }
  const known = edges.dynamic[specifier];
  if (known && (addon.find(known[0]) >= 0 || addon.isStillFresh(keyOf(known[0])))) return { url: known[0], format: known[1] };
  const { url, format } = resolver().resolve(specifier, parent);
  edges.dynamic[specifier] = [url, format];
  addon.note(from, JSON.stringify(edges));
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
  if (format === 'module' && type === undefined && url.startsWith('file:')) {
    const key = keyOf(url);
    if (addon.isStillFresh(key)) {
      const index = addon.load(key);
      if (index >= 0) return index;
    }
  }
  return loadFromSources(url, format, type);
}

// ---- CommonJS ---------------------------------------------------------------------------------

let compileFrame;
// Stacks show Node's own place where a CommonJS module is called, and this function stands there. This file was called from it.
const compilePlace = /at Module\._compile \(node:internal\/modules\/cjs\/loader:(\d+):(\d+)\)/.exec(new Error().stack);
function frameOfCompile() {
  const at = compilePlace;
  const [line, column] = at ? [Number(at[1]), Number(at[2])] : [2, 1];
  return addon.compileAt(
    `({_compile(f,e,r,n,d,c){const v=\n${' '.repeat(column - 1)}c(f,e,[e,r,this,n,d]);return v}})._compile`,
    'node:internal/modules/cjs/loader', Math.max(line - 1, 1));
}

const USES_IMPORT = /\bimport\b\s*(?:\(|\/|\.)/;
const dirname = (path) => path.slice(0, path.lastIndexOf('/')) || '/';

function beforeCompile(content, filename, format) {
  if (filename.startsWith(__dirname)) return undefined;
  if (format === 'module') return mode === 'modules' ? requireModule(this, filename) : undefined;
  if ((format !== undefined && format !== 'commonjs') || typeof content !== 'string' || typeof filename !== 'string' || filename[0] !== '/') return undefined;
  // A second instance of the same file, or a text that is not the file's, has no place in the file.
  const usesImport = mode === 'modules' && USES_IMPORT.test(content);
  const f = addon.compileFunction(content, filename, usesImport ? importerFor(filename) : callbacks.plain);
  if (f === undefined) return undefined;
  const require = original.compile.call(this, 'return require', filename, 'commonjs');
  return [compileFrame, f, this.exports, require, filename, dirname(filename), Reflect.apply];
}

// A function whose import() is ours, as seen from `filename`.
function importerFor(filename) {
  vm ??= require('vm');
  const url = toUrl(filename);
  return vm.compileFunction('', [], { filename, importModuleDynamically: (specifier, _, attributes, phase) => importFrom(url, specifier, attributes, phase) });
}

// require() of an ES module: the one instance that there is.
function requireModule(module, filename) {
  const url = toUrl(filename);
  const mark = addon.count();
  let index;
  try {
    index = loadAny(url, 'module');
    if (addon.status(index) < EVALUATED) addon.instantiate(index);
    if (addon.isAsync(index)) return undefined;
  } catch {
    addon.forget(mark);
    return undefined;
  }
  if (addon.status(index) < EVALUATED) addon.evaluate(index).catch(() => {});
  if (addon.status(index) === ERRORED) throw addon.exception(index);
  const namespace = addon.namespaceOf(index);
  if (has.call(namespace, 'module.exports')) module.exports = namespace['module.exports'];
  else if (!has.call(namespace, 'default') || has.call(namespace, '__esModule')) module.exports = namespace;
  else module.exports = facade(index);
  return [undefined];
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

function installCommonJs() {
  compileFrame = frameOfCompile();
  Module.prototype._compile = addon.hook(original.compile, beforeCompile);
}

// ---- the start --------------------------------------------------------------------------------

function cacheFolder() {
  const { env } = process;
  const folder = env.BMES_CACHE_DIR || (env.XDG_CACHE_HOME?.startsWith('/') ? `${env.XDG_CACHE_HOME}/bmes/esm` : '');
  if (folder) return require('path').resolve(folder);
  const home = env.HOME || require('os').userInfo().homedir;
  return home ? require('path').resolve(home, '.bun-cache/esm') : '';
}

function isModuleEntry(path) {
  if (path.endsWith('.mjs')) return true;
  if (path.endsWith('.cjs')) return false;
  const isJs = path.endsWith('.js');
  if (!isJs && require('path').extname(path) !== '') return undefined;
  const isModule = resolver().packageType(path) === 'module';
  // Without an extension, a module may be WebAssembly as well.
  return !isJs && isModule ? undefined : isModule;
}

function run(flags, others, main = process.argv[1]) {
  const leave = (reason, detail) => {
    addon.giveUp(reason, detail);
    return undefined;
  };
  // So that stacks say where it stands.
  Module.runMain = original.run;
  if (hooked) return leave('other_loader');
  if (others && (Module.prototype._compile !== original.compile || Module._resolveFilename !== original.resolve || Module._load !== original.load)) return leave('other_loader');
  if (Object.keys(Module._extensions).length !== 3) return leave('other_loader', 'require.extensions');
  const path = Module._findPath(require('path').resolve(main), null, true);
  if (!path) return undefined;
  const fresh = addon.open(cacheFolder(), path, process.env.BMES_CACHE ?? 'auto', flags);
  addon.traceAtExit(traced);
  const kind = fresh ? addon.kindOf(path) : -1;
  const isModule = kind >= 0 ? kind === SOURCE : isModuleEntry(path);
  if (isModule === undefined) return leave('unknown_format', path);
  if (!isModule) {
    mode = 'commonjs';
    installCommonJs();
    return undefined;
  }
  entryUrl = toUrl(path);
  let index = -1;
  try {
    if (fresh) index = addon.load(path);
    if (index < 0) {
      if (fresh) addon.forget(0);
      index = loadFromSources(entryUrl, 'module');
    }
    addon.instantiate(index);
  } catch (error) {
    addon.forget(0);
    return leave(error instanceof NotUnderstood ? 'not_understood' : 'error_in_program', error instanceof NotUnderstood ? error.message : String(error?.message ?? error));
  } finally {
    cold?.pause();
  }
  mode = 'modules';
  installCommonJs();
  start(index);
  return [undefined];
}

// A main module that never settles ends the program with code 13 and a warning.
function start(index) {
  let pending = true;
  Promise.resolve(index).then(addon.evaluate).then(() => { pending = false; watch(false); }, (error) => { pending = false; watch(false); fail(error); });
  function watch(on) {
    if (!on) {
      if (has.call(process, 'emit') && process.emit === hookedEmit) delete process.emit;
      return;
    }
    process.emit = hookedEmit;
  }
  const emit = process.emit;
  const hookedEmit = addon.hook(emit, function (event) {
    if (event !== 'exit' || !pending || process.exitCode !== undefined || /^    at process\.exit /m.test(new Error().stack)) return undefined;
    let text = '';
    const found = addon.stalled(index);
    for (let i = 0; i < found.length; i += 5) {
      const [url, line, source, from, to] = found.slice(i, i + 5);
      const underline = [...source.slice(0, from)].map((c) => (c === '\t' ? '\t' : ' ')).join('') + '^'.repeat(to - from);
      text += `Warning: Detected unsettled top-level await at ${url}:${line}\n${source}\n${underline}\n\n\n`;
    }
    if (text) require('fs').writeSync(2, text + '\n');
    process.exitCode = 13;
    return function () { return emit.call(process, 'exit', 13); };
  });
  queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => { if (pending) watch(true); })));
}

// Node says itself that the main module has failed.
function fail(error) {
  Object.defineProperty(process, FAILED, { value: error, configurable: true });
  original.run.call(Module, require('path').join(__dirname, 'failed.mjs'));
}
const FAILED = Symbol.for('bmes.failed');

function syncBuiltins() {
  original.sync.call(Module);
  for (const [url, [names, exports]] of builtins) {
    const index = addon.find(url);
    if (index >= 0 && addon.status(index) === EVALUATED) addon.setValues(index, names.map((name) => (name === 'default' ? exports : valueOf(exports, name))));
  }
  return [undefined];
}

let hooked = false;
function install(flags, { others }) {
  // Workers load their modules with a loader of their own.
  if (!addon.isMainThread()) return;
  callbacks.plain = install;
  addon.begin(callbacks, Module);
  for (const name of ['register', 'registerHooks']) {
    const f = Module[name];
    if (f) Module[name] = addon.hook(f, () => { if (!resolver().isOurs()) { hooked = true; addon.giveUp('other_loader'); } });
  }
  Module.syncBuiltinESMExports = addon.hook(original.sync, syncBuiltins);
  Module.runMain = addon.hook(original.run, (main) => run(flags, others, main));
  process.reallyExit = addon.hook(process.reallyExit, () => { addon.finish(); });
  // A program finds nothing in require.cache but its own.
  for (const name of ['register.js', 'state.js', 'loader.js']) delete Module._cache[require('path').join(__dirname, name)];
  delete Module._cache[require.resolve(`./bmes-${process.versions.modules}.node`)];
}

module.exports = { install };
