// node:util. Inspection is in C++.
import * as native from "native:util";
import process from "native:process";
import * as timers from "native:timers";
import types from "node:util/types";
import { checkBoolean, checkFunction, checkObject, checkOneOf, checkSignal, checkString, coded, invalidType, invalidValue, outOfRange } from "host:errors";
import { isDeepEqual } from "host:deep_equal";

const custom = Symbol.for("nodejs.util.promisify.custom");
// The functions of timers have promises of their own.
for (const name of ["setTimeout", "setImmediate"])
  Object.defineProperty(timers[name], custom, { enumerable: true, configurable: true, get: () => native.load("node:timers/promises")[name] });
const argumentNames = Symbol("customPromisifyArgs");

// Which styles there are and what they look like.
const colors = { __proto__: null, reset: [0, 0], bold: [1, 22], dim: [2, 22], italic: [3, 23], underline: [4, 24], blink: [5, 25], inverse: [7, 27], hidden: [8, 28],
  strikethrough: [9, 29], doubleunderline: [21, 24], black: [30, 39], red: [31, 39], green: [32, 39], yellow: [33, 39], blue: [34, 39], magenta: [35, 39], cyan: [36, 39],
  white: [37, 39], bgBlack: [40, 49], bgRed: [41, 49], bgGreen: [42, 49], bgYellow: [43, 49], bgBlue: [44, 49], bgMagenta: [45, 49], bgCyan: [46, 49], bgWhite: [47, 49],
  framed: [51, 54], overlined: [53, 55], gray: [90, 39], redBright: [91, 39], greenBright: [92, 39], yellowBright: [93, 39], blueBright: [94, 39], magentaBright: [95, 39],
  cyanBright: [96, 39], whiteBright: [97, 39], bgGray: [100, 49], bgRedBright: [101, 49], bgGreenBright: [102, 49], bgYellowBright: [103, 49], bgBlueBright: [104, 49],
  bgMagentaBright: [105, 49], bgCyanBright: [106, 49], bgWhiteBright: [107, 49] };
for (const [alias, name] of [["grey", "gray"], ["blackBright", "gray"], ["bgGrey", "bgGray"], ["bgBlackBright", "bgGray"], ["faint", "dim"], ["crossedout", "strikethrough"],
  ["strikeThrough", "strikethrough"], ["crossedOut", "strikethrough"], ["conceal", "hidden"], ["swapColors", "inverse"], ["swapcolors", "inverse"], ["doubleUnderline", "doubleunderline"]])
  Object.defineProperty(colors, alias, { get() { return this[name]; }, set(value) { this[name] = value; }, configurable: true, enumerable: false });

const defaults = { showHidden: false, depth: 2, colors: false, customInspect: true, showProxy: false, maxArrayLength: 100, maxStringLength: 10000, breakLength: 80, compact: 3,
  sorted: false, getters: false, numericSeparator: false };
let changed = null;

export function inspect(value, options, ...old) {
  if (typeof options === "boolean" || old.length) options = { showHidden: !!options, ...(old[0] !== undefined && { depth: old[0] }), ...(old[1] !== undefined && { colors: old[1] }) };
  const base = changed ? { ...changed, ...options } : options;
  if (typeof base?.sorted === "function") return native.inspect(value, { ...base, sorted: true });
  return native.inspect(value, base);
}
inspect.custom = Symbol.for("nodejs.util.inspect.custom");
inspect.colors = colors;
inspect.styles = Object.assign(Object.create(null), { special: "cyan", number: "yellow", bigint: "yellow", boolean: "yellow", undefined: "grey", null: "bold", string: "green",
  symbol: "green", date: "magenta", regexp: "red", module: "underline" });
Object.defineProperty(inspect, "defaultOptions", {
  get: () => ({ ...defaults, ...changed }),
  set(options) {
    checkObject(options, "options");
    changed = { ...changed, ...options };
  },
});

export const format = native.format;
export function formatWithOptions(options, ...given) {
  if (options === null || typeof options !== "object") throw invalidType("inspectOptions", "object", options);
  return native.formatWithOptions(options, ...given);
}

export function inherits(constructor, parent) {
  if (constructor === undefined || constructor === null) throw invalidType("ctor", "Function", constructor);
  if (parent === undefined || parent === null) throw invalidType("superCtor", "Function", parent);
  if (parent.prototype === undefined) throw invalidType("superCtor.prototype", "Object", parent.prototype);
  Object.defineProperty(constructor, "super_", { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, parent.prototype);
}

export function promisify(original) {
  checkFunction(original, "original");
  if (original[custom]) {
    const made = original[custom];
    checkFunction(made, "util.promisify.custom");
    return Object.defineProperty(made, custom, { value: made, enumerable: false, writable: false, configurable: true });
  }
  const names = original[argumentNames];
  function made(...given) {
    return new Promise((resolve, reject) => {
      const returned = Reflect.apply(original, this, [...given, (error, ...values) => {
        if (error) return reject(error);
        resolve(names && values.length > 1 ? Object.fromEntries(names.map((name, i) => [name, values[i]])) : values[0]);
      }]);
      if (returned && types.isPromise(returned)) process.emitWarning("Calling promisify on a function that returns a Promise is likely a mistake.", "DeprecationWarning", "DEP0174");
    });
  }
  Object.setPrototypeOf(made, Object.getPrototypeOf(original));
  Object.defineProperty(made, custom, { value: made, enumerable: false, writable: false, configurable: true });
  const descriptors = Object.getOwnPropertyDescriptors(original);
  delete descriptors.prototype;
  return Object.defineProperties(made, descriptors);
}
promisify.custom = custom;

export function callbackify(original) {
  checkFunction(original, "original");
  function made(...given) {
    const callback = given.pop();
    checkFunction(callback, "last argument");
    Reflect.apply(original, this, given).then((value) => process.nextTick(callback.bind(this), null, value), (reason) => {
      if (!reason) reason = coded(Error, "ERR_FALSY_VALUE_REJECTION", "Promise was rejected with falsy value", { reason });
      process.nextTick(callback.bind(this), reason);
    });
  }
  const descriptors = Object.getOwnPropertyDescriptors(original);
  if (typeof descriptors.length.value === "number") descriptors.length.value++;
  if (typeof descriptors.name.value === "string") descriptors.name.value += "Callbackified";
  delete descriptors.prototype;
  return Object.defineProperties(made, descriptors);
}

const toldCodes = new Set();
export function deprecate(call, message, code, { modifyPrototype = true } = {}) {
  if (code !== undefined) checkString(code, "code");
  let told = false;
  function deprecated(...given) {
    if (!told && !process.noDeprecation) {
      told = true;
      if (code === undefined || !toldCodes.has(code)) {
        if (code !== undefined) toldCodes.add(code);
        process.emitWarning(message, "DeprecationWarning", code, deprecated);
      }
    }
    return new.target ? Reflect.construct(call, given, new.target) : Reflect.apply(call, this, given);
  }
  Object.setPrototypeOf(deprecated, call);
  if (call.prototype && modifyPrototype) deprecated.prototype = call.prototype;
  Object.defineProperty(deprecated, "length", { ...Object.getOwnPropertyDescriptor(call, "length") });
  return deprecated;
}

export function debuglog(set, callback) {
  set = `${set}`.toUpperCase();
  let enabled;
  const isEnabled = () => {
    if (enabled === undefined) {
      const pattern = (process.env.NODE_DEBUG ?? "").replace(/[|\\{}()[\]^$+?.]/g, "\\$&").replaceAll("*", ".*").replaceAll(",", "$|^");
      enabled = pattern !== "" && new RegExp(`^${pattern}$`, "i").test(set);
    }
    return enabled;
  };
  const log = (...given) => {
    if (!isEnabled()) return;
    process.stderr.write(native.formatWithOptions({ colors: native.hasColors(2) }, "%s %s: ", set, process.pid).trimEnd() + ` ${native.format(...given)}\n`);
  };
  Object.defineProperty(log, "enabled", { get: isEnabled, configurable: true, enumerable: true });
  callback?.(log);
  return log;
}

export function isDeepStrictEqual(a, b, options) {
  return isDeepEqual(a, b, { strict: true, skipPrototype: !!(options === true || options?.skipPrototype) });
}
export const isArray = Array.isArray;

const escapes = /[\u001B\u009B][[\]()#;?]*(?:(?:(?:(?:;[-a-zA-Z\d\/\#&.:=?%@~_]+)*|[a-zA-Z\d]+(?:;[-a-zA-Z\d\/\#&.:=?%@~_]*)*)?(?:\u0007|\u001B\u005C|\u009C))|(?:(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PR-TZcf-nq-uy=><~]))/g;
export function stripVTControlCharacters(text) {
  checkString(text, "str");
  return text.replace(escapes, "");
}

export function styleText(style, text, { validateStream = true, stream = process.stdout } = {}) {
  checkString(text, "text");
  checkBoolean(validateStream, "options.validateStream");
  let skip = false;
  if (validateStream) {
    if (!stream || (typeof stream.write !== "function" && typeof stream.getReader !== "function" && typeof stream.getWriter !== "function"))
      throw invalidType("stream", ["ReadableStream", "WritableStream", "Stream"], stream);
    const { env } = process;
    skip = env.FORCE_COLOR !== undefined ? stream.getColorDepth?.() <= 2 : !stream.isTTY || stream.getColorDepth?.() <= 2;
  }
  let before = "", after = "";
  for (const name of Array.isArray(style) ? style : [style]) {
    if (name === "none") continue;
    const codes = colors[name];
    if (codes === undefined) checkOneOf(name, "format", Object.keys(colors));
    before += `\x1b[${codes[0]}m`;
    after = `\x1b[${codes[1]}m${after}`;
    // What ends inside must not end this.
    if (!skip) text = text.replaceAll(`\x1b[${codes[1]}m`, codes[1] === 22 ? `\x1b[22m\x1b[${codes[0]}m` : `\x1b[${codes[0]}m`);
  }
  return skip ? text : `${before}${text}${after}`;
}

export function toUSVString(text) {
  return `${text}`.toWellFormed();
}

export function getSystemErrorName(number) {
  if (!Number.isInteger(number)) throw invalidType("err", "number", number);
  if (number >= 0) throw outOfRange("err", "a negative integer", number);
  return native.load("host:system_errors").name(number);
}
export function getSystemErrorMessage(number) {
  if (!Number.isInteger(number)) throw invalidType("err", "number", number);
  return native.load("host:system_errors").message(number);
}

export function aborted(signal, resource) {
  checkSignal(signal, "signal");
  if (signal === undefined) throw invalidType("signal", "AbortSignal", signal);
  if (resource === null || typeof resource !== "object") throw invalidType("resource", "Object", resource);
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

export function parseEnv(content) {
  checkString(content, "content");
  const out = Object.create(null);
  const line = /^\s*(?:export\s+)?([^\s=#]+)\s*=[^\S\n]*("(?:[^"]*)"|'(?:[^']*)'|`(?:[^`]*)`|[^\n#]*)?[^\n]*$/gm;
  for (const [, name, raw = ""] of content.replaceAll("\r\n", "\n").matchAll(line)) {
    const text = raw.trim();
    const quote = text[0];
    const isQuoted = text.length > 1 && (quote === '"' || quote === "'" || quote === "`") && text.endsWith(quote);
    out[name] = isQuoted ? (quote === '"' ? text.slice(1, -1).replaceAll("\\n", "\n") : text.slice(1, -1)) : text;
  }
  return out;
}

const parseArgs = { parseArgs(config) {
  try {
    return native.load("npm:parseargs")(config);
  } catch (error) {
    throw error.code?.startsWith("ERR_PARSE_ARGS") ? coded(TypeError, error.code, error.message) : error;
  }
} }.parseArgs;

export default {
  _extend(target, source) {
    if (source === null || typeof source !== "object") return target;
    for (const key of Object.keys(source)) target[key] = source[key];
    return target;
  },
  aborted, callbackify, debug: debuglog, debuglog, deprecate, format, formatWithOptions, getSystemErrorMessage, getSystemErrorName, inherits, inspect, isArray,
  isDeepStrictEqual, parseArgs, parseEnv, promisify, stripVTControlCharacters, styleText, toUSVString,
  get TextDecoder() { return globalThis.TextDecoder; },
  get TextEncoder() { return globalThis.TextEncoder; },
  types,
};
