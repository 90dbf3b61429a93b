// structuredClone of the HTML Standard.
import { transfer } from "native:buffer";
import { kind } from "native:util";
import { Blob } from "host:blob";
import { DOMException } from "host:dom_exception";
import { missing } from "host:errors";

const errors = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
const refuse = (value, text) => new DOMException(`${text} could not be cloned.`, "DataCloneError");

function structuredClone(value, options = undefined) {
  if (arguments.length === 0) throw missing("value");
  const transferred = new Map();
  for (const each of options?.transfer ?? []) {
    if (kind(each) !== "ArrayBuffer") throw new DOMException("Value not transferable", "DataCloneError");
    if (transferred.has(each)) throw new DOMException("ArrayBuffer occurs in the transfer list more than once", "DataCloneError");
    transferred.set(each, null);
  }
  const seen = new Map();
  const keep = (from, to) => {
    seen.set(from, to);
    return to;
  };
  // Transfers happen once all the rest is known to work.
  const clone = (from) => {
    if (typeof from === "symbol") throw refuse(from, String(from));
    if (typeof from === "function") throw refuse(from, String(from));
    if (typeof from !== "object" || from === null) return from;
    if (seen.has(from)) return seen.get(from);
    const type = kind(from);
    switch (type) {
      case "Number": case "String": case "Boolean": case "BigInt": return keep(from, Object(from.valueOf()));
      case "Symbol": throw refuse(from, "Object");
      case "Date": return keep(from, new Date(from.getTime()));
      case "RegExp": return keep(from, new RegExp(from.source, from.flags));
      case "SharedArrayBuffer": return keep(from, from);
      case "ArrayBuffer": return keep(from, transferred.has(from) ? transfer(from) : from.resizable ? copyResizable(from) : from.slice(0));
      case "Map": {
        const made = keep(from, new Map());
        for (const [key, each] of [...from]) made.set(clone(key), clone(each));
        return made;
      }
      case "Set": {
        const made = keep(from, new Set());
        for (const each of [...from]) made.add(clone(each));
        return made;
      }
      case "Error": {
        const name = String(from.name);
        const error = new (errors[name] ?? Error)();
        seen.set(from, error);
        const message = Object.getOwnPropertyDescriptor(from, "message");
        if (message && "value" in message) Object.defineProperty(error, "message", { value: String(message.value), configurable: true, writable: true, enumerable: false });
        if (Object.hasOwn(from, "cause")) Object.defineProperty(error, "cause", { value: clone(from.cause), configurable: true, writable: true, enumerable: false });
        Object.defineProperty(error, "stack", { value: String(from.stack), configurable: true, writable: true, enumerable: false });
        return error;
      }
      case "Proxy": case "Promise": case "WeakMap": case "WeakSet": case "Generator": case "Module":
        throw refuse(from, `#<${type === "Proxy" ? "Object" : type}>`);
    }
    if (ArrayBuffer.isView(from)) {
      const buffer = clone(from.buffer);
      const Kind = type === "DataView" ? DataView : globalThis[type];
      return keep(from, type === "DataView" ? new DataView(buffer, from.byteOffset, from.byteLength) : new Kind(buffer, from.byteOffset, from.length));
    }
    if (from instanceof Blob) return keep(from, from);
    if (from instanceof DOMException) return keep(from, new DOMException(from.message, from.name));
    const isArray = Array.isArray(from);
    const made = keep(from, isArray ? new Array(from.length) : {});
    for (const key of Object.keys(from)) Object.defineProperty(made, key, { value: clone(from[key]), configurable: true, enumerable: true, writable: true });
    return made;
  };
  const made = clone(value);
  for (const each of transferred.keys()) if (!seen.has(each)) transfer(each);
  return made;
}

function copyResizable(from) {
  const made = new ArrayBuffer(from.byteLength, { maxByteLength: from.maxByteLength });
  new Uint8Array(made).set(new Uint8Array(from));
  return made;
}

export default { structuredClone };
