// Blob and File of the File API.
import { inspect, load } from "native:util";
import { invalidType, missing } from "host:errors";

const customInspect = Symbol.for("nodejs.util.inspect.custom");
let bytesOf;

export class Blob {
  #bytes;
  #type;
  static { bytesOf = (blob) => blob.#bytes; }
  constructor(parts = [], options = undefined) {
    if (parts === null || typeof parts !== "object" || typeof parts[Symbol.iterator] !== "function") throw invalidType("sources", "a sequence", parts);
    const { type = "", endings = "transparent" } = options ?? {};
    const list = [];
    for (const part of parts) {
      if (part instanceof Blob) list.push(part.#bytes);
      else if (ArrayBuffer.isView(part)) list.push(new Uint8Array(part.buffer, part.byteOffset, part.byteLength).slice());
      else if (part instanceof ArrayBuffer) list.push(new Uint8Array(part).slice());
      else list.push(new TextEncoder().encode(endings === "native" ? `${part}`.replace(/\r\n?/g, "\n") : `${part}`));
    }
    this.#bytes = new Uint8Array(list.reduce((sum, each) => sum + each.length, 0));
    let at = 0;
    for (const each of list) {
      this.#bytes.set(each, at);
      at += each.length;
    }
    this.#type = /[^\x20-\x7e]/.test(`${type}`) ? "" : `${type}`.toLowerCase();
  }
  get type() { return this.#type; }
  get size() { return this.#bytes.length; }
  slice(start = 0, end = this.size, type = "") {
    const made = new Blob([], { type });
    made.#bytes = this.#bytes.slice(start, end);
    return made;
  }
  async arrayBuffer() { return this.#bytes.slice().buffer; }
  async bytes() { return this.#bytes.slice(); }
  async text() { return new TextDecoder().decode(this.#bytes); }
  stream() {
    const bytes = this.#bytes;
    return new (load("node:stream/web").ReadableStream)({
      type: "bytes",
      start(controller) {
        if (bytes.length) controller.enqueue(bytes.slice());
        controller.close();
      },
    });
  }
  [customInspect](depth, options) {
    if (depth < 0) return this.constructor.name;
    return `${this.constructor.name} ${inspect({ size: this.size, type: this.type }, { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
}
Object.defineProperty(Blob.prototype, Symbol.toStringTag, { value: "Blob", configurable: true });
for (const name of ["type", "size", "slice", "arrayBuffer", "bytes", "text", "stream"]) Object.defineProperty(Blob.prototype, name, { enumerable: true });

export class File extends Blob {
  #name;
  #lastModified;
  constructor(parts, name, options = undefined) {
    if (arguments.length < 2) throw missing("fileBits", "fileName");
    super(parts, options);
    this.#name = `${name}`.toWellFormed();
    this.#lastModified = options?.lastModified === undefined ? Date.now() : Math.trunc(+options.lastModified) || 0;
  }
  get name() { return this.#name; }
  get lastModified() { return this.#lastModified; }
  [customInspect](depth, options) {
    if (depth < 0) return "File";
    return `File ${inspect({ size: this.size, type: this.type, name: this.#name, lastModified: this.#lastModified }, { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
}
Object.defineProperty(File.prototype, Symbol.toStringTag, { value: "File", configurable: true });
for (const name of ["name", "lastModified"]) Object.defineProperty(File.prototype, name, { enumerable: true });

export { bytesOf };
export default { Blob, File };
