// node:stream/web: the Streams Standard.
import { load } from "native:util";
import * as streams from "npm:web_streams";
import { coded } from "host:errors";

const { ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableByteStreamController, ReadableStream, ReadableStreamBYOBReader, ReadableStreamBYOBRequest,
  ReadableStreamDefaultController, ReadableStreamDefaultReader, TransformStream, TransformStreamDefaultController, WritableStream, WritableStreamDefaultController,
  WritableStreamDefaultWriter } = streams;

class TextEncoderStream {
  #transform;
  constructor() {
    const encoder = new TextEncoder();
    let held = "";
    this.#transform = new TransformStream({
      transform(chunk, controller) {
        let text = held + chunk;
        held = "";
        // Half a character waits for the other half.
        if (/[\ud800-\udbff]$/.test(text)) {
          held = text.at(-1);
          text = text.slice(0, -1);
        }
        if (text) controller.enqueue(encoder.encode(text));
      },
      flush(controller) {
        if (held) controller.enqueue(encoder.encode(held));
      },
    });
  }
  get encoding() { return "utf-8"; }
  get readable() { return this.#transform.readable; }
  get writable() { return this.#transform.writable; }
}
class TextDecoderStream {
  #decoder;
  #transform;
  constructor(label = "utf-8", options = {}) {
    const decoder = (this.#decoder = new TextDecoder(label, options));
    this.#transform = new TransformStream({
      transform(chunk, controller) {
        const text = decoder.decode(chunk, { stream: true });
        if (text) controller.enqueue(text);
      },
      flush(controller) {
        const text = decoder.decode();
        if (text) controller.enqueue(text);
      },
    });
  }
  get encoding() { return this.#decoder.encoding; }
  get fatal() { return this.#decoder.fatal; }
  get ignoreBOM() { return this.#decoder.ignoreBOM; }
  get readable() { return this.#transform.readable; }
  get writable() { return this.#transform.writable; }
}

// Compression comes with much, so it is loaded when such a stream is made.
function compressing(name, compresses) {
  const Kind = { [name]: class {
    #transform;
    constructor(format) {
      if (!["deflate", "deflate-raw", "gzip"].includes(format)) {
        throw coded(TypeError, "ERR_INVALID_ARG_VALUE", `Failed to construct '${name}': 1st argument '${format}' is not a valid enum value of type CompressionFormat.`);
      }
      this.#transform = new TransformStream(load("host:compression").transformerOf(format, compresses));
    }
    get readable() { return this.#transform.readable; }
    get writable() { return this.#transform.writable; }
  } }[name];
  for (const key of ["readable", "writable"]) Object.defineProperty(Kind.prototype, key, { enumerable: true });
  Object.defineProperty(Kind.prototype, Symbol.toStringTag, { value: name, configurable: true });
  return Kind;
}
const CompressionStream = compressing("CompressionStream", true), DecompressionStream = compressing("DecompressionStream", false);

export default { CompressionStream, DecompressionStream, ReadableStream, ReadableStreamDefaultReader, ReadableStreamBYOBReader, ReadableStreamBYOBRequest, ReadableByteStreamController, ReadableStreamDefaultController,
  TransformStream, TransformStreamDefaultController, WritableStream, WritableStreamDefaultController, WritableStreamDefaultWriter, ByteLengthQueuingStrategy,
  CountQueuingStrategy, TextEncoderStream, TextDecoderStream };
