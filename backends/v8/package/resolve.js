'use strict';
// Resolution from the disk: by Node itself, with the facts that the answer rests on.

const fs = require('fs');
const path = require('path');
const Module = require('module');
const { pathToFileURL, fileURLToPath } = require('url');
// The one that knows the program: loading it again would make another. And what takes types out of a text.
let addon, strip;

const FILE = 1, DIRECTORY = 2;

// The errors that Node's resolver gave.
const answers = new WeakSet();
let question, answer, hooks, ask;

// Node's resolver is reached from a hook of its own, which is given other questions than the one that was asked.
function nodeResolve(specifier, parentURL) {
  if (!hooks) {
    addon.asksNode(true);
    if (!ask) {
      const origin = path.join(__dirname, 'origin.mjs');
      ask = require(origin).resolve;
      delete Module._cache[origin];
    }
    hooks = Module.registerHooks({
      resolve(asked, context, next) {
        if (!question) return next(asked, context);
        const q = question;
        question = undefined;
        try {
          answer = { value: next(q.specifier, { ...context, parentURL: q.parentURL, importAttributes: {} }) };
        } catch (error) {
          answer = { error };
        }
        return { url: 'bmes:answer', format: 'module', shortCircuit: true };
      },
    });
    addon.asksNode(false);
  }
  question = { specifier, parentURL };
  answer = undefined;
  ask('bmes:question');
  const got = answer;
  if ('error' in got) {
    answers.add(got.error);
    throw got.error;
  }
  return got.value;
}

// Hooks cost whoever loads modules: they are there only while they are needed.
function pause() {
  hooks?.deregister();
  hooks = undefined;
}

// ---- facts ------------------------------------------------------------------------------------

const types = new Map();
// The package.json in charge of files in `folder`.
function scopeOf(folder) {
  if (types.has(folder)) return types.get(folder);
  let found;
  if (!folder.endsWith('/node_modules')) {
    const file = path.join(folder, 'package.json');
    if (addon.observe(file) === FILE) {
      try {
        found = { file, json: JSON.parse(fs.readFileSync(file, 'utf8')) };
      } catch {
        found = { file, json: {} };
      }
    } else if (folder !== '/') {
      found = scopeOf(path.dirname(folder));
    }
  }
  types.set(folder, found);
  return found;
}

const packageType = (file) => scopeOf(path.dirname(file))?.json.type ?? 'none';

function packageName(specifier) {
  const parts = specifier.split('/');
  return specifier[0] === '@' ? parts.slice(0, 2).join('/') : parts[0];
}

// The folders that are asked for a package, up to the one that has it.
function observePackage(specifier, folder) {
  const name = packageName(specifier);
  for (let at = folder; ; at = path.dirname(at)) {
    if (!at.endsWith('/node_modules')) {
      const modules = path.join(at, 'node_modules');
      if (addon.observe(modules) === DIRECTORY && addon.observe(path.join(modules, name)) === DIRECTORY) {
        addon.observe(path.join(modules, name, 'package.json'));
        return path.join(modules, name);
      }
    }
    if (at === '/') return undefined;
  }
}

const realFolders = new Map();
function realFolder(folder) {
  let real = realFolders.get(folder);
  if (real === undefined) realFolders.set(folder, (real = fs.realpathSync(folder)));
  return real;
}

// `asked` is the path before links are followed: where it leads is a fact.
function observeLinks(asked, found) {
  if (asked !== found) addon.observe(asked);
}

const LEGACY = ['', '.js', '.json', '.node', '/index.js', '/index.json', '/index.node'];

// Data whose text is beyond doubt.
const DATA = /^data:text\/javascript(;charset=utf-8)?(;base64,([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?|,[^#]*)$/;

const known = new Map();

/** Where `specifier` leads from the module at `parent`: {url, format, plain}. Throws what Node throws. */
function resolve(specifier, parent) {
  const key = parent + '\0' + specifier;
  const before = known.get(key);
  if (before) return before;
  const { url, format } = nodeResolve(specifier, parent);
  const out = { url, format, plain: true };
  if (url.startsWith('file:')) {
    const found = fileURLToPath(url);
    const folder = parent.startsWith('file:') ? path.dirname(fileURLToPath(parent)) : '/';
    scopeOf(path.dirname(found));
    if (/^(\.\.?\/|\/|file:)/.test(specifier)) {
      const asked = fileURLToPath(new URL(specifier, parent));
      observeLinks(asked, found);
      out.plain = asked === found && !/[?#]/.test(url) && !specifier.startsWith('file:');
    } else {
      out.plain = false;
      scopeOf(folder);
      if (specifier[0] !== '#') {
        const place = observePackage(specifier, folder);
        if (place) {
          const scope = scopeOf(place);
          if (scope?.json.exports === undefined || scope.json.exports === null) {
            const base = typeof scope?.json.main === 'string' ? [path.join(place, scope.json.main), place] : [place];
            // Node warns of it, each time (DEP0151).
            const isNamed = () => base.length > 1 && fs.existsSync(base[0]) && fs.realpathSync(base[0]) === found;
            if (format === 'module' && specifier === packageName(specifier) && !isNamed()) addon.giveUp('not_understood', `${specifier} has no main file`);
            observeCandidates(specifier === packageName(specifier) ? base : [path.join(place, specifier.slice(packageName(specifier).length))], found);
          }
          if (realFolder(place) !== place) addon.observe(place + '/package.json');
        }
      }
    }
  } else if (!url.startsWith('node:')) {
    out.plain = false;
  }
  if (url.startsWith('node:')) out.format = 'builtin';
  else if (DATA.test(url)) out.format = 'module';
  else if (out.format === undefined || out.format === null) out.format = url.startsWith('file:') ? detect(out) : undefined;
  known.set(key, out);
  return out;
}

// What is asked for before what is found.
function observeCandidates(bases, found) {
  for (const base of bases)
    for (const suffix of LEGACY) {
      const candidate = base + suffix;
      if (candidate === found) return;
      if (addon.observe(candidate) === FILE && fs.realpathSync(candidate) === found) return;
    }
}

const strings = (value) => (typeof value === 'string' ? [value] : value && typeof value === 'object' ? Object.values(value).flatMap(strings) : []);

// Whether `map`, the imports or exports of the package in `folder`, has the path `found` for `key`: it may as well have one that leads there by a link.
function leadsTo(map, key, folder, found) {
  const hasKeys = typeof map === 'object' && !Array.isArray(map) && Object.keys(map).some((name) => /^[.#]/.test(name));
  return Object.entries(hasKeys ? map : { '.': map }).some(([pattern, value]) => {
    const [before, after] = pattern.split('*');
    const isPattern = after !== undefined && key.length >= pattern.length && key.startsWith(before) && key.endsWith(after);
    if (!isPattern && pattern !== key) return false;
    const part = isPattern ? key.slice(before.length, key.length - after.length) : '*';
    return strings(value).some((target) => path.join(folder, target.replaceAll('*', () => part)) === found);
  });
}

/** Observes what it rests on that require() of `request` in the module at `parent` leads to `found`: 'scope' where that is the package.json in charge
 * of the module, true where it is anything else, false where it is not known. */
function observeRequest(request, parent, found) {
  const folder = path.dirname(parent);
  if (/^\.\.?(\/|$)|^\//.test(request)) {
    const asked = path.resolve(folder, request);
    if (request.endsWith('/') || /(^|\/)\.\.?$/.test(request) || !observeFiles(asked, found)) observePackageMain(asked, found);
  } else {
    const at = scopeOf(folder);
    const isSelf = at?.json.name === packageName(request) && at.json.exports !== undefined;
    if (isSelf || request[0] === '#') {
      const [map, key] = isSelf ? [at.json.exports, '.' + request.slice(at.json.name.length)] : [at?.json.imports, request];
      if (!map || !leadsTo(map, key, path.dirname(at.file), found)) return false;
      scopeOf(path.dirname(found));
      return 'scope';
    }
    const place = observePackage(request, folder);
    if (!place) return false;
    const scope = scopeOf(place);
    const rest = request.slice(packageName(request).length);
    if (scope?.json.exports === undefined || scope.json.exports === null) {
      if (rest === '') observePackageMain(place, found);
      else if (!observeFiles(place + rest, found)) observePackageMain(place + rest, found);
    }
    if (realFolder(place) !== place) addon.observe(place + '/package.json');
  }
  scopeOf(path.dirname(found));
  return true;
}

// What is asked for before what is found, among files; whether it is found.
function observeFiles(base, found) {
  for (const suffix of ['', '.js', '.json', '.node']) {
    const candidate = base + suffix;
    if (candidate === found) return true;
    if (addon.observe(candidate) === FILE && fs.realpathSync(candidate) === found) return true;
  }
  return false;
}

// What leads from a folder to its main file.
function observePackageMain(folder, found) {
  let json;
  if (addon.observe(path.join(folder, 'package.json')) === FILE) {
    try {
      json = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    } catch {}
  }
  observeCandidates(typeof json?.main === 'string' ? [path.join(folder, json.main), folder] : [folder], found);
}

// What V8 says of CommonJS that is an ES module.
const ONLY_IN_MODULES = ['Cannot use import statement outside a module', "Unexpected token 'export'", "Cannot use 'import.meta' outside a module"];

// A file without a type is CommonJS if it can be; Node looks at the text, too. It warns of ES modules where a package.json has no type, each time.
function detect({ url }) {
  const file = fileURLToPath(url);
  if (!/\.[jt]s$/.test(file)) return undefined;
  const suffix = file.endsWith('.ts') ? '-typescript' : '';
  let text = fs.readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  if (suffix) text = strip(text, file);
  try {
    require('vm').compileFunction(text, ['exports', 'require', 'module', '__filename', '__dirname']);
    return 'commonjs' + suffix;
  } catch (error) {
    return !scopeOf(path.dirname(file)) && ONLY_IN_MODULES.some((words) => error.message.includes(words)) ? 'module' + suffix : undefined;
  }
}

/** import.meta.resolve() of the module at `parent`. */
function metaResolve(specifier, parent) {
  try {
    return nodeResolve(`${specifier}`, parent).url;
  } catch (error) {
    if ((error?.code === 'ERR_UNSUPPORTED_DIR_IMPORT' || error?.code === 'ERR_MODULE_NOT_FOUND') && error.url) return error.url;
    throw error;
  } finally {
    pause();
  }
}

// ---- names of CommonJS exports ----------------------------------------------------------------

let lexer;
const names = new Map();
function lexed(file) {
  const before = names.get(file);
  if (before) return before;
  const out = new Set();
  names.set(file, out);
  let parsed = { exports: [], reexports: [] };
  try {
    if (!lexer) {
      const file = require.resolve('cjs-module-lexer');
      lexer = require(file);
      delete Module._cache[file];
      lexer.initSync?.();
    }
    parsed = lexer.parse(fs.readFileSync(file, 'utf8'));
  } catch {}
  for (const name of parsed.exports) out.add(name);
  for (const again of parsed.reexports) {
    let resolved;
    try {
      resolved = Module._resolveFilename(again, { filename: file, id: file, path: path.dirname(file), paths: Module._nodeModulePaths(path.dirname(file)) });
    } catch {
      continue;
    }
    if (!path.isAbsolute(resolved)) continue;
    addon.observe(resolved);
    const extension = path.extname(resolved);
    if (extension === '.js' || extension === '.cjs' || !Module._extensions[extension]) for (const name of lexed(resolved)) out.add(name);
  }
  return out;
}

/** The names that Node gives to the exports of the CommonJS module `file`. */
function exportNames(file) {
  const out = [...lexed(file)].filter((name) => name !== 'default' && name !== 'module.exports');
  out.push('default');
  if (process.versions.modules !== '127') out.push('module.exports');
  return out;
}

delete Module._cache[__filename];

module.exports = { use: (it, by) => { [addon, strip] = [it, by]; }, resolve, metaResolve, exportNames, packageType, pause, isAnswer: (error) => answers.has(error), observeRequest };
