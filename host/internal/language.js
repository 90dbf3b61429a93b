// Methods that ECMA-262 has and the engine does not yet, by the names of the objects whose they are.
import { methods, statics } from "host:bytes_as_text";
import { helpers, isObject } from "host:iterators";
import types from "node:util/types";

const { get: mapGet, has: mapHas, set: mapSet } = Map.prototype;
const { get: weakGet, has: weakHas, set: weakSet } = WeakMap.prototype;

const getOrInsert = (get, has, set) =>
  ({
    getOrInsert(key, value) {
      if (Reflect.apply(has, this, [key])) return Reflect.apply(get, this, [key]);
      Reflect.apply(set, this, [key, value]);
      return value;
    },
  }).getOrInsert;

const getOrInsertComputed = (get, has, set) =>
  ({
    getOrInsertComputed(key, callback) {
      const present = Reflect.apply(has, this, [key]);
      if (typeof callback !== "function") throw new TypeError(`${String(callback)} is not a function`);
      if (present) return Reflect.apply(get, this, [key]);
      // A key that can't be one is refused before it is asked for a value.
      if (set === weakSet) new WeakSet().add(key);
      const value = callback(key === 0 ? 0 : key);
      Reflect.apply(set, this, [key, value]);
      return value;
    },
  }).getOrInsertComputed;

const punctuation = /[\^$\\.*+?()[\]{}|/]/;
const controls = { "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f", "\r": "\\r" };
const others = /[,\-=<>#&!%:;@~'`"\s\ufeff\ud800-\udfff]/;

function escaped(character, index) {
  if (index === 0 && /[0-9A-Za-z]/.test(character)) return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  if (punctuation.test(character)) return `\\${character}`;
  if (controls[character]) return controls[character];
  if (character.length > 1 || !others.test(character)) return character;
  const unit = character.charCodeAt(0);
  return unit < 0x100 ? `\\x${unit.toString(16).padStart(2, "0")}` : `\\u${unit.toString(16).padStart(4, "0")}`;
}

const promiseStatics = {
  try(callback, ...given) {
    if (!isObject(this)) throw new TypeError("Promise.try called on non-object");
    let settle;
    const promise = new this((resolve, reject) => {
      settle = { resolve, reject };
    });
    let result;
    try {
      result = callback(...given);
    } catch (error) {
      settle.reject(error);
      return promise;
    }
    settle.resolve(result);
    return promise;
  },
};

/// GroupBy: arrays by key, in the order in which the keys came.
function groupsOf(items, callback, keyOf) {
  if (items === null || items === undefined) throw new TypeError(`${items} is not iterable`);
  if (typeof callback !== "function") throw new TypeError(`${String(callback)} is not a function`);
  const groups = new Map();
  let index = 0;
  for (const value of items) {
    const key = keyOf(callback(value, index++));
    const group = Reflect.apply(mapGet, groups, [key]);
    if (group) group.push(value);
    else Reflect.apply(mapSet, groups, [key, [value]]);
  }
  return groups;
}
const toPropertyKey = (value) => (typeof value === "symbol" ? value : Reflect.ownKeys({ [value]: 0 })[0]);

const objectStatics = {
  groupBy(items, callback) {
    const groups = Object.create(null);
    for (const [key, group] of groupsOf(items, callback, toPropertyKey)) groups[key] = group;
    return groups;
  },
};

const mapStatics = {
  groupBy(items, callback) {
    return groupsOf(items, callback, (key) => key);
  },
};

const { transfer, slice } = ArrayBuffer.prototype;
const { get: byteLength } = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength");

const bufferMethods = {
  "get detached"() {
    if (Reflect.apply(byteLength, this, []) > 0) return false;
    try {
      new DataView(this);
      return false;
    } catch {
      return true;
    }
  },
  transferToFixedLength(newLength) {
    const length = newLength === undefined ? Reflect.apply(byteLength, this, []) : newLength;
    const moved = Reflect.apply(transfer, this, [length]);
    return moved.resizable ? Reflect.apply(slice, moved, []) : moved;
  },
};

const errorStatics = {
  isError(value) {
    return types.isNativeError(value);
  },
};

const regExpStatics = {
  escape(string) {
    if (typeof string !== "string") throw new TypeError("input argument must be a string");
    return Array.from(string, escaped).join("");
  },
};

export default {
  "ArrayBuffer.prototype": bufferMethods,
  Error: errorStatics,
  "Iterator.prototype": helpers,
  Map: mapStatics,
  "Map.prototype": { getOrInsert: getOrInsert(mapGet, mapHas, mapSet), getOrInsertComputed: getOrInsertComputed(mapGet, mapHas, mapSet) },
  Object: objectStatics,
  Promise: promiseStatics,
  RegExp: regExpStatics,
  Uint8Array: statics,
  "Uint8Array.prototype": methods,
  "WeakMap.prototype": { getOrInsert: getOrInsert(weakGet, weakHas, weakSet), getOrInsertComputed: getOrInsertComputed(weakGet, weakHas, weakSet) },
};
