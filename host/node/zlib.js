// node:zlib: the formats of zlib, by a port of it to JavaScript.
import * as zlib from "npm:zlib";
import { Buffer } from "node:buffer";
import stream from "node:stream";
import { setImmediate } from "native:timers";
import { kind } from "native:util";
import process from "native:process";
import { checkFunction, checkInteger, checkNumber, coded, invalidType, outOfRange } from "host:errors";

const constants = Object.freeze(Object.assign(Object.create(null), {
  Z_NO_FLUSH: 0, Z_PARTIAL_FLUSH: 1, Z_SYNC_FLUSH: 2, Z_FULL_FLUSH: 3, Z_FINISH: 4, Z_BLOCK: 5, Z_OK: 0, Z_STREAM_END: 1, Z_NEED_DICT: 2, Z_ERRNO: -1, Z_STREAM_ERROR: -2,
  Z_DATA_ERROR: -3, Z_MEM_ERROR: -4, Z_BUF_ERROR: -5, Z_VERSION_ERROR: -6, Z_NO_COMPRESSION: 0, Z_BEST_SPEED: 1, Z_BEST_COMPRESSION: 9, Z_DEFAULT_COMPRESSION: -1, Z_FILTERED: 1,
  Z_HUFFMAN_ONLY: 2, Z_RLE: 3, Z_FIXED: 4, Z_DEFAULT_STRATEGY: 0, DEFLATE: 1, INFLATE: 2, GZIP: 3, GUNZIP: 4, DEFLATERAW: 5, INFLATERAW: 6, UNZIP: 7, Z_MIN_WINDOWBITS: 8,
  Z_MAX_WINDOWBITS: 15, Z_DEFAULT_WINDOWBITS: 15, Z_MIN_CHUNK: 64, Z_MAX_CHUNK: Infinity, Z_DEFAULT_CHUNK: 16384, Z_MIN_MEMLEVEL: 1, Z_MAX_MEMLEVEL: 9, Z_DEFAULT_MEMLEVEL: 8,
  Z_MIN_LEVEL: -1, Z_MAX_LEVEL: 9, Z_DEFAULT_LEVEL: -1,
}));
const { DEFLATE, INFLATE, GZIP, GUNZIP, DEFLATERAW, INFLATERAW, UNZIP, Z_OK, Z_STREAM_END, Z_NEED_DICT, Z_BUF_ERROR, Z_FINISH, Z_FULL_FLUSH, Z_NO_FLUSH } = constants;

const codes = {};
for (const name of ["Z_OK", "Z_STREAM_END", "Z_NEED_DICT", "Z_ERRNO", "Z_STREAM_ERROR", "Z_DATA_ERROR", "Z_MEM_ERROR", "Z_BUF_ERROR", "Z_VERSION_ERROR"]) codes[name] = constants[name];
for (const [name, value] of Object.entries(codes)) codes[value] = name;
Object.freeze(codes);

const failure = (status, message) => Object.assign(new Error(message), { errno: status, code: codes[status] });

/// A number of the options between two others, or what it is where it is not given.
function number(value, name, least, most, otherwise) {
  if (value === undefined || Number.isNaN(value)) return otherwise;
  checkNumber(value, name);
  if (!Number.isFinite(value)) throw outOfRange(name, "a finite number", value);
  if (value < least || value > most) throw outOfRange(name, most === Infinity ? `>= ${least}` : `>= ${least} and <= ${most}`, value);
  return value;
}

const compresses = (mode) => mode === DEFLATE || mode === GZIP || mode === DEFLATERAW;

/// One stream of zlib's.
class Codec {
  #stream = new zlib.ZStream();
  #mode;
  #chunkSize;
  #dictionary;
  #settings;
  #seen = [];
  #isOne;
  hasEnded = false;
  constructor(mode, { chunkSize, level, windowBits, memLevel, strategy, dictionary, isOne = false }) {
    this.#mode = mode;
    this.#isOne = isOne;
    this.#chunkSize = chunkSize;
    this.#dictionary = dictionary;
    // A window of 256 bytes is one of 512 to zlib, which for raw data has to be said.
    let bits = mode === DEFLATERAW && windowBits === 8 ? 9 : windowBits;
    if (mode === GZIP || mode === GUNZIP) bits += 16;
    else if (mode === DEFLATERAW || mode === INFLATERAW) bits = -bits;
    else if (mode === UNZIP) bits += 32;
    this.#settings = { bits, level, memLevel, strategy };
    this.#begin();
  }
  #begin() {
    const { bits, level, memLevel, strategy } = this.#settings, deflates = compresses(this.#mode);
    const status = deflates ? zlib.zlibDeflateInit2(this.#stream, level, 8, bits, memLevel, strategy) : zlib.zlibInflateInit2(this.#stream, bits);
    if (status !== Z_OK) throw coded(Error, "ERR_ZLIB_INITIALIZATION_FAILED", "Initialization failed");
    this.#setKnownDictionary();
  }
  #setKnownDictionary() {
    if (!this.#dictionary) return;
    if (compresses(this.#mode)) zlib.zlibDeflateSetDictionary(this.#stream, this.#dictionary);
    else if (this.#mode === INFLATERAW) zlib.zlibInflateSetDictionary(this.#stream, this.#dictionary);
  }
  reset() {
    (compresses(this.#mode) ? zlib.zlibDeflateReset : zlib.zlibInflateReset)(this.#stream);
    this.#seen = [];
    this.#setKnownDictionary();
  }
  /// Whether what is read has members that may follow each other.
  get #hasMembers() { return !this.#isOne && (this.#mode === GUNZIP || (this.#mode === UNZIP && this.#seen[0] === 0x1f && this.#seen[1] === 0x8b)); }
  #step(flush) {
    const s = this.#stream;
    if (compresses(this.#mode)) return zlib.zlibDeflate(s, flush);
    let status = zlib.zlibInflate(s, flush);
    if (status === Z_NEED_DICT && this.#dictionary && this.#mode !== INFLATERAW && zlib.zlibInflateSetDictionary(s, this.#dictionary) === Z_OK) status = zlib.zlibInflate(s, flush);
    // Zeros may fill up the end.
    while (status === Z_STREAM_END && s.avail_in > 0 && this.#hasMembers && s.input[s.next_in] !== 0) {
      zlib.zlibInflateReset(s);
      status = zlib.zlibInflate(s, flush);
    }
    return status;
  }
  #check(status, flush) {
    if (status === Z_STREAM_END) return;
    if (status === Z_OK || status === Z_BUF_ERROR) {
      if (this.#stream.avail_out !== 0 && flush === Z_FINISH) throw failure(Z_BUF_ERROR, "unexpected end of file");
    } else if (status === Z_NEED_DICT) {
      throw failure(status, this.#dictionary ? "Bad dictionary" : "Missing dictionary");
    } else {
      throw failure(status, this.#stream.msg || "Zlib error");
    }
  }
  /// Gives what comes out of `input` to take(chunk), and how many of its bytes are left because the data ends before.
  run(input, flush, take) {
    const s = this.#stream;
    for (let i = 0; this.#seen.length < 2 && i < input.length; i++) this.#seen.push(input[i]);
    s.input = input;
    s.next_in = 0;
    s.avail_in = input.length;
    do {
      s.output = new Uint8Array(this.#chunkSize);
      s.next_out = 0;
      s.avail_out = this.#chunkSize;
      const status = this.#step(flush), made = s.next_out;
      this.hasEnded = status === Z_STREAM_END;
      if (made > 0) take(Buffer.from(s.output.buffer, 0, made));
      this.#check(status, flush);
    } while (s.avail_out === 0);
    return s.avail_in;
  }
}

function settingsOf(options, mode) {
  const { Z_MAX_WINDOWBITS, Z_DEFAULT_CHUNK, Z_DEFAULT_MEMLEVEL } = constants;
  const given = options || {};
  const chunkSize = number(given.chunkSize, "options.chunkSize", 64, Infinity, Z_DEFAULT_CHUNK);
  const flush = number(given.flush, "options.flush", 0, 5, Z_NO_FLUSH);
  const finishFlush = number(given.finishFlush, "options.finishFlush", 0, 5, Z_FINISH);
  const maxOutputLength = number(given.maxOutputLength, "options.maxOutputLength", 1, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const mayBeOfHeader = [INFLATE, GUNZIP, UNZIP].includes(mode);
  const windowBits = mayBeOfHeader && !given.windowBits ? 0 : number(given.windowBits, "options.windowBits", 8, Z_MAX_WINDOWBITS, Z_MAX_WINDOWBITS);
  const level = number(given.level, "options.level", -1, 9, -1);
  const memLevel = number(given.memLevel, "options.memLevel", 1, 9, Z_DEFAULT_MEMLEVEL);
  const strategy = number(given.strategy, "options.strategy", 0, 4, 0);
  let { dictionary } = given;
  if (dictionary !== undefined) {
    if (!ArrayBuffer.isView(dictionary) && !(dictionary instanceof ArrayBuffer))
      throw invalidType("options.dictionary", ["Buffer", "TypedArray", "DataView", "ArrayBuffer"], dictionary);
    dictionary = dictionary instanceof ArrayBuffer ? new Uint8Array(dictionary) : new Uint8Array(dictionary.buffer, dictionary.byteOffset, dictionary.byteLength);
  }
  return { chunkSize, flush, finishFlush, maxOutputLength, windowBits, level, memLevel, strategy, dictionary };
}

const { Transform, finished } = stream;
// What flush() writes, and how it asks to be flushed.
const flushes = new WeakMap();
const runs = Symbol("runs");

class Zlib extends Transform {
  #codec;
  #settings;
  #isDone = false;
  constructor(options, mode) {
    const settings = settingsOf(options, mode);
    super({ ...options, autoDestroy: true, encoding: null, objectMode: false, writableObjectMode: false, readableObjectMode: false, flush: undefined });
    this.bytesWritten = 0;
    this.#settings = settings;
    this.#codec = new Codec(mode, settings);
  }
  /// All at once, for the functions that take and give whole buffers.
  [runs](input) {
    const parts = [], { maxOutputLength, finishFlush } = this.#settings;
    let size = 0;
    const left = this.#codec.run(input, finishFlush, (part) => {
      size += part.length;
      if (size > maxOutputLength) throw coded(RangeError, "ERR_BUFFER_TOO_LARGE", `Cannot create a Buffer larger than ${maxOutputLength} bytes`);
      parts.push(part);
    });
    this.bytesWritten = input.length - left;
    return parts.length === 1 ? parts[0] : Buffer.concat(parts, size);
  }
  _transform(chunk, encoding, callback) {
    const { flush, finishFlush } = this.#settings;
    const isLast = this.writableEnded && this.writableLength === chunk.byteLength;
    const how = flushes.get(chunk) ?? (isLast ? finishFlush : flush);
    setImmediate(() => {
      if (this.destroyed) return callback();
      try {
        const left = this.#codec.run(chunk, how, (part) => this.push(part));
        this.bytesWritten += chunk.byteLength - left;
        if (left > 0 && !this.#isDone) {
          this.#isDone = true;
          this.push(null);
        }
      } catch (error) {
        return callback(error);
      }
      callback();
    });
  }
  _flush(callback) { this._transform(Buffer.alloc(0), "", callback); }
  flush(kind, callback) {
    if (typeof kind === "function" || (kind === undefined && !callback)) [kind, callback] = [Z_FULL_FLUSH, kind];
    if (this.writableFinished) {
      if (callback) process.nextTick(callback);
    } else if (this.writableEnded) {
      if (callback) this.once("end", callback);
    } else {
      const mark = Buffer.alloc(0);
      flushes.set(mark, kind);
      this.write(mark, "", callback);
    }
  }
  reset() {
    if (this.destroyed) throw new Error("zlib binding closed");
    this.#codec.reset();
    this.#isDone = false;
  }
  close(callback) {
    if (callback) finished(this, callback);
    this.destroy();
  }
}

const types = ["string", "Buffer", "TypedArray", "DataView"];
function bytesGiven(data) {
  if (typeof data === "string") return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : undefined;
}

let hasWarned = false;
function warnOfCall(name) {
  if (hasWarned) return;
  hasWarned = true;
  process.emitWarning(`Instantiating ${name} without the 'new' keyword has been deprecated.`, "DeprecationWarning", "DEP0184");
}

const all = {};
for (const [name, mode] of Object.entries({ Deflate: DEFLATE, Inflate: INFLATE, Gzip: GZIP, Gunzip: GUNZIP, DeflateRaw: DEFLATERAW, InflateRaw: INFLATERAW, Unzip: UNZIP })) {
  const Kind = { [name]: function (options) {
    if (!new.target) warnOfCall(name);
    return Reflect.construct(Zlib, [options, mode], new.target ?? Kind);
  } }[name];
  Object.setPrototypeOf(Kind, Zlib);
  Kind.prototype = Object.create(Zlib.prototype, { constructor: { value: Kind, writable: true, configurable: true } });
  const whole = (bytes, engine, options) => {
    const buffer = engine[runs](bytes);
    return options?.info ? { buffer, engine } : buffer;
  };
  const short = name[0].toLowerCase() + name.slice(1);
  all[name] = Kind;
  all[`create${name}`] = { [`create${name}`](options) { return new Kind(options); } }[`create${name}`];
  all[`${short}Sync`] = { [`${short}Sync`](buffer, options) {
    const bytes = bytesGiven(buffer);
    if (!bytes) throw invalidType("buffer", [...types, "ArrayBuffer"], buffer);
    return whole(bytes, new Kind(options), options);
  } }[`${short}Sync`];
  all[short] = { [short](buffer, options, callback) {
    if (typeof options === "function") [options, callback] = [{}, options];
    checkFunction(callback, "callback");
    const engine = new Kind(options), bytes = bytesGiven(buffer ?? "");
    if (!bytes) throw invalidType("chunk", types, buffer);
    setImmediate(() => {
      let result;
      try {
        result = whole(bytes, engine, options);
      } catch (error) {
        return callback(error);
      }
      callback(null, result);
    });
  } }[short];
}

/// A transformer of the Streams Standard: what CompressionStream and DecompressionStream do.
export function transformerOf(format, compresses) {
  const mode = { deflate: compresses ? DEFLATE : INFLATE, "deflate-raw": compresses ? DEFLATERAW : INFLATERAW, gzip: compresses ? GZIP : GUNZIP }[format];
  const codec = new Codec(mode, { ...settingsOf({}, mode), isOne: true });
  let hasEnded = false;
  const step = (bytes, flush, controller) => {
    try {
      const left = codec.run(bytes, flush, (part) => controller.enqueue(new Uint8Array(part.buffer, part.byteOffset, part.length)));
      if ((left > 0 && !compresses) || (hasEnded && bytes.length > 0))
        throw coded(TypeError, "ERR_TRAILING_JUNK_AFTER_STREAM_END", "Trailing junk found after the end of the compressed stream");
      hasEnded = !compresses && codec.hasEnded;
    } catch (error) {
      // Errors of the data have no words of their own.
      throw error instanceof TypeError ? error : Object.assign(new TypeError("", { cause: error }), { code: error.code });
    }
  };
  return {
    transform(chunk, controller) {
      if (chunk === null) throw coded(TypeError, "ERR_STREAM_NULL_VALUES", "May not write null values to stream");
      if (kind(chunk) === "SharedArrayBuffer" || kind(chunk?.buffer) === "SharedArrayBuffer")
        throw invalidType("chunk", ["ArrayBuffer", "Buffer", "TypedArray", "DataView"], chunk);
      const bytes = bytesGiven(chunk);
      if (!bytes) throw invalidType("chunk", types, chunk);
      step(bytes, Z_NO_FLUSH, controller);
    },
    flush(controller) { step(new Uint8Array(0), Z_FINISH, controller); },
  };
}

let table;
function crc32(data, value = 0) {
  const bytes = data instanceof ArrayBuffer ? undefined : bytesGiven(data);
  if (!bytes) throw invalidType("data", types, data);
  checkInteger(value, "value", 0, 0xffffffff);
  table ??= Int32Array.from({ length: 256 }, (_, i) => {
    for (let bit = 0; bit < 8; bit++) i = i & 1 ? (i >>> 1) ^ 0xedb88320 : i >>> 1;
    return i;
  });
  let sum = ~value;
  for (let i = 0; i < bytes.length; i++) sum = table[(sum ^ bytes[i]) & 255] ^ (sum >>> 8);
  return ~sum >>> 0;
}

export default { crc32, ...all, constants, codes };
