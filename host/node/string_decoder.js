import { StringDecoder as Decoder } from "npm:string_decoder";
import { Buffer } from "node:buffer";
import { coded, invalidType } from "host:errors";

// Buffers alone are what the package takes for bytes.
function bytesOf(value) {
  if (Buffer.isBuffer(value)) return value;
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  throw invalidType("buf", ["Buffer", "TypedArray", "DataView"], value);
}

const inner = Symbol("decoder");

// A function, as old programs call it for what they inherit from it.
function StringDecoder(encoding) {
  const name = encoding ? `${encoding}`.toLowerCase() : "utf8";
  if (!Buffer.isEncoding(name)) throw coded(TypeError, "ERR_UNKNOWN_ENCODING", `Unknown encoding: ${encoding}`);
  const decoder = new Decoder(name === "base64url" ? "base64" : name);
  this.encoding = name === "base64url" ? name : decoder.encoding;
  Object.defineProperty(this, inner, { value: decoder });
}

const told = (decoder, text) => (decoder.encoding === "base64url" ? text.replace(/[+/=]/g, (c) => ({ "+": "-", "/": "_" })[c] ?? "") : text);

StringDecoder.prototype.write = function write(bytes) {
  return typeof bytes === "string" ? bytes : told(this, this[inner].write(bytesOf(bytes)));
};
StringDecoder.prototype.end = function end(bytes) {
  const last = bytes === undefined ? "" : this.write(bytes);
  return last + told(this, this[inner].end());
};
StringDecoder.prototype.text = function text(bytes, offset) {
  this[inner].lastNeed = this[inner].lastTotal = 0;
  return this.write(bytes.slice(offset));
};
for (const name of ["lastChar", "lastNeed", "lastTotal"])
  Object.defineProperty(StringDecoder.prototype, name, { configurable: true, enumerable: true, get() { return this[inner][name] ?? 0; } });

export { StringDecoder };
export default { StringDecoder };
