// Deep equality, as node:assert and node:util have it.
import { kind, proxyDetails } from "native:util";

const keysOf = (value) => [...Object.keys(value), ...Object.getOwnPropertySymbols(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key))];
const isIndex = (key) => typeof key === "string" && /^(0|[1-9]\d*)$/.test(key);

export function isDeepEqual(a, b, { strict = false, skipPrototype = false, partial = false } = {}) {
  return compare(a, b, { strict, skipPrototype, partial, left: new Map() });
}

function compare(a, b, how) {
  if (a === b) return a !== 0 || !how.strict || Object.is(a, b);
  if (how.strict) {
    if (typeof a !== "object" || a === null) return typeof a === "number" && Number.isNaN(a) && Number.isNaN(b);
    if (typeof b !== "object" || b === null) return false;
    if (!how.skipPrototype && !how.partial && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  } else {
    if (a === null || typeof a !== "object") return (b === null || typeof b !== "object") && (a == b || (a !== a && b !== b));
    if (b === null || typeof b !== "object") return false;
  }
  // Proxies are compared by what they give.
  const kindOf = (value) => {
    let of = kind(value);
    while (of === "Proxy") {
      value = proxyDetails(value)?.[0];
      of = kind(value);
    }
    return of;
  };
  const type = kindOf(a);
  if (type !== kindOf(b) || (how.strict && Object.prototype.toString.call(a) !== Object.prototype.toString.call(b))) return false;
  const isArray = Array.isArray(a);
  if (isArray !== Array.isArray(b)) return false;
  switch (type) {
    case "Date":
      if (!Object.is(a.getTime(), b.getTime())) return false;
      break;
    case "RegExp":
      if (a.source !== b.source || a.flags !== b.flags || a.lastIndex !== b.lastIndex) return false;
      break;
    case "Error":
      if (a.message !== b.message || a.name !== b.name) return false;
      for (const name of ["cause", "errors"]) {
        const has = Object.hasOwn(a, name);
        if (has !== Object.hasOwn(b, name) || (has && !compare(a[name], b[name], how))) return false;
      }
      break;
    case "Number": case "String": case "Boolean": case "BigInt": case "Symbol":
      if (!Object.is(a.valueOf(), b.valueOf())) return false;
      break;
    case "ArrayBuffer": case "SharedArrayBuffer":
      if (!sameBytes(new Uint8Array(a), new Uint8Array(b))) return false;
      break;
    case "WeakMap": case "WeakSet": case "Promise":
      return false;
  }
  if (ArrayBuffer.isView(a)) {
    const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    if (a.byteLength !== b.byteLength) return false;
    if (type.startsWith("Float") && !how.strict) {
      for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
    } else if (!sameBytes(bytes(a), bytes(b))) {
      return false;
    }
  }
  if (isArray && !how.partial && a.length !== b.length) return false;
  const isPlainIndexed = (value) => ArrayBuffer.isView(value) || type === "String";
  const keys = (value) => keysOf(value).filter((key) => !isPlainIndexed(value) || !isIndex(key));
  const [keysA, keysB] = [keys(a), keys(b)];
  if (!how.partial && keysA.length !== keysB.length) return false;
  for (const key of how.partial ? keysB : keysA) if (!Object.prototype.propertyIsEnumerable.call(how.partial ? a : b, key)) return false;
  // A cycle is equal to one of the same shape.
  const seen = how.left.get(a);
  if (seen?.has(b)) return true;
  if (seen) seen.add(b);
  else how.left.set(a, new Set([b]));
  const result = members(a, b, type, how) && (how.partial ? keysB : keysA).every((key) => compare(a[key], b[key], how));
  how.left.get(a).delete(b);
  return result;
}

const sameBytes = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

// Members that are objects may be equal to any of the other's.
function members(a, b, type, how) {
  if (type !== "Set" && type !== "Map") return true;
  if (how.partial ? a.size < b.size : a.size !== b.size) return false;
  if (how.partial) [a, b] = [b, a];
  const rest = new Set();
  const isObject = (value) => typeof value === "object" && value !== null;
  for (const item of type === "Set" ? a : a.keys()) {
    if (b.has(item) && (type === "Set" || compare(a.get(item), b.get(item), how))) continue;
    if (how.strict && !isObject(item)) return false;
    rest.add(item);
  }
  if (rest.size === 0) return true;
  const candidates = new Set();
  for (const item of type === "Set" ? b : b.keys()) if (!a.has(item) || rest.has(item)) candidates.add(item);
  for (const item of rest) {
    let found = false;
    for (const other of candidates) {
      if (!compare(item, other, how) || (type === "Map" && !compare(a.get(item), b.get(other), how))) continue;
      candidates.delete(other);
      found = true;
      break;
    }
    if (!found) return false;
  }
  return true;
}

export default { isDeepEqual };
