// Errors with Node's codes and sentences, and the checks of arguments that give them.
import { inspect } from "native:util";

const quoted = (name) => (name.endsWith(" argument") ? `The ${name}` : `The "${name}" ${name.includes(".") ? "property" : "argument"}`);

/// An error of class `Base` whose stack names its code, as Node's own do.
export function coded(Base, code, message, properties) {
  const error = new Base(message);
  Object.defineProperty(error, "name", { value: `${Base.name} [${code}]`, configurable: true, writable: true, enumerable: false });
  error.stack; // is made now, with that name
  delete error.name;
  Object.assign(error, properties);
  error.code = code;
  return error;
}

function received(value) {
  if (value === null || value === undefined) return ` Received ${value}`;
  if (typeof value === "function") return ` Received function ${value.name}`;
  if (typeof value === "object") {
    if (value.constructor?.name) return ` Received an instance of ${value.constructor.name}`;
    return ` Received ${inspect(value, { depth: -1 })}`;
  }
  let text = inspect(value, { colors: false });
  if (text.length > 28) text = `${text.slice(0, 25)}...`;
  return ` Received type ${typeof value} (${text})`;
}

const isClass = /^([A-Z][a-z0-9]*)+$/;
const primitives = new Set(["string", "function", "number", "object", "boolean", "bigint", "symbol"]);

function join(words, last) {
  if (words.length < 3) return words.join(` ${last} `);
  return `${words.slice(0, -1).join(", ")}, ${last} ${words.at(-1)}`;
}

export function invalidType(name, expected, actual) {
  const all = Array.isArray(expected) ? expected : [expected];
  const types = all.filter((each) => primitives.has(each.toLowerCase()) && each !== "Object" && each !== "Function").map((each) => each.toLowerCase());
  const classes = all.filter((each) => isClass.test(each) && each !== "Function" && each !== "Object");
  if (all.includes("Function")) types.push("function");
  if (all.includes("Object")) (types.length || classes.length ? classes : types).push(types.length || classes.length ? "Object" : "object");
  const others = all.filter((each) => !isClass.test(each) && !primitives.has(each));
  const parts = [];
  if (types.length) parts.push(`${types.length > 1 ? "one of type" : "of type"} ${join(types, "or")}`);
  if (classes.length) parts.push(`an instance of ${join(classes, "or")}`);
  if (others.length) parts.push(others.length > 1 ? `one of ${join(others, "or")}` : `${others[0].toLowerCase() !== others[0] ? "an " : ""}${others[0]}`);
  return coded(TypeError, "ERR_INVALID_ARG_TYPE", `${quoted(name)} must be ${parts.join(" or ")}.${received(actual)}`);
}

export function invalidValue(name, value, reason = "is invalid") {
  let text = inspect(value);
  if (text.length > 128) text = `${text.slice(0, 128)}...`;
  const type = name.includes(".") ? "property" : "argument";
  return coded(TypeError, "ERR_INVALID_ARG_VALUE", `The ${type} '${name}' ${reason}. Received ${text}`);
}

const grouped = (text) => {
  let out = "";
  let end = text.length;
  const start = text[0] === "-" ? 1 : 0;
  for (; end >= start + 4; end -= 3) out = `_${text.slice(end - 3, end)}${out}`;
  return text.slice(0, end) + out;
};

export function outOfRange(name, range, value) {
  let text;
  if (Number.isInteger(value) && Math.abs(value) > 2 ** 32) text = grouped(String(value));
  else if (typeof value === "bigint") text = `${value > 2n ** 32n || value < -(2n ** 32n) ? grouped(String(value)) : value}n`;
  else text = inspect(value);
  return coded(RangeError, "ERR_OUT_OF_RANGE", `The value of "${name}" is out of range. It must be ${range}. Received ${text}`);
}

export const missing = (...names) =>
  coded(TypeError, "ERR_MISSING_ARGS",
    `The ${join(names.map((each) => `"${each}"`), "and")} argument${names.length > 1 ? "s" : ""} must be specified`);
export const illegalConstructor = () => coded(TypeError, "ERR_ILLEGAL_CONSTRUCTOR", "Illegal constructor");
export const invalidThis = (type) => coded(TypeError, "ERR_INVALID_THIS", `Value of "this" must be of type ${type}`);
export const unknownEncoding = (name) => coded(TypeError, "ERR_UNKNOWN_ENCODING", `Unknown encoding: ${name}`);

export function checkString(value, name) {
  if (typeof value !== "string") throw invalidType(name, "string", value);
}
export function checkFunction(value, name) {
  if (typeof value !== "function") throw invalidType(name, "Function", value);
}
export function checkObject(value, name) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw invalidType(name, "Object", value);
}
export function checkBoolean(value, name) {
  if (typeof value !== "boolean") throw invalidType(name, "boolean", value);
}
export function checkNumber(value, name, least, most) {
  if (typeof value !== "number") throw invalidType(name, "number", value);
  if ((least !== undefined && value < least) || (most !== undefined && value > most) || ((least !== undefined || most !== undefined) && Number.isNaN(value))) {
    const range = [least !== undefined ? `>= ${least}` : "", most !== undefined ? `<= ${most}` : ""].filter(Boolean).join(" && ");
    throw outOfRange(name, range, value);
  }
}
export function checkInteger(value, name, least = Number.MIN_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER) {
  if (typeof value !== "number") throw invalidType(name, "number", value);
  if (!Number.isInteger(value)) throw outOfRange(name, "an integer", value);
  if (value < least || value > most) throw outOfRange(name, `>= ${least} && <= ${most}`, value);
}
export function checkSignal(signal, name) {
  if (signal !== undefined && (signal === null || typeof signal !== "object" || !("aborted" in signal))) throw invalidType(name, "AbortSignal", signal);
}
export function checkOneOf(value, name, allowed) {
  if (!allowed.includes(value))
    throw invalidValue(name, value, `must be one of: ${allowed.map((each) => (typeof each === "string" ? `'${each}'` : String(each))).join(", ")}`);
}
