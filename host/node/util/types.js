// node:util/types.
import { kind } from "native:util";

const is = (name) => ({ [`is${name.replaceAll(" ", "")}`](value) { return kind(value) === name; } });
const typed = ["Uint8Array", "Uint8ClampedArray", "Uint16Array", "Uint32Array", "Int8Array", "Int16Array", "Int32Array", "Float16Array", "Float32Array", "Float64Array",
  "BigInt64Array", "BigUint64Array"];
const boxed = new Set(["Number", "String", "Boolean", "BigInt", "Symbol"]);

export default {
  isExternal: () => false,
  ...is("Date"),
  isArgumentsObject: (value) => kind(value) === "Arguments",
  isBigIntObject: (value) => kind(value) === "BigInt",
  isBooleanObject: (value) => kind(value) === "Boolean",
  isNumberObject: (value) => kind(value) === "Number",
  isStringObject: (value) => kind(value) === "String",
  isSymbolObject: (value) => kind(value) === "Symbol",
  isBoxedPrimitive: (value) => boxed.has(kind(value)),
  isNativeError: (value) => kind(value) === "Error",
  ...is("RegExp"),
  isAsyncFunction: (value) => kind(value) === "AsyncFunction" || kind(value) === "AsyncGeneratorFunction",
  isGeneratorFunction: (value) => kind(value) === "GeneratorFunction" || kind(value) === "AsyncGeneratorFunction",
  isGeneratorObject: (value) => kind(value) === "Generator",
  ...is("Promise"), ...is("Map"), ...is("Set"), ...is("Map Iterator"), ...is("Set Iterator"), ...is("WeakMap"), ...is("WeakSet"), ...is("ArrayBuffer"), ...is("DataView"),
  ...is("SharedArrayBuffer"), ...is("Proxy"),
  isModuleNamespaceObject: (value) => kind(value) === "Module",
  isAnyArrayBuffer: (value) => kind(value) === "ArrayBuffer" || kind(value) === "SharedArrayBuffer",
  isCryptoKey: () => false,
  isKeyObject: () => false,
  isArrayBufferView: ArrayBuffer.isView,
  isTypedArray: (value) => ArrayBuffer.isView(value) && kind(value) !== "DataView",
  ...Object.fromEntries(typed.map((name) => [`is${name}`, (value) => kind(value) === name])),
};
