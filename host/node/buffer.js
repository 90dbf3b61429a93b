// node:buffer. Text is coded in C++ (backends/jsc/natives/buffer.cpp); the rest is here.
import * as native from "native:buffer";
import { inspect } from "native:util";
import { checkFunction, checkInteger, checkNumber, coded, invalidType, invalidValue, outOfRange, unknownEncoding } from "host:errors";
import { Blob, File } from "host:blob";

const encodings = new Map(Object.entries({
  utf8: 0, "utf-8": 0, utf16le: 1, "utf-16le": 1, ucs2: 1, "ucs-2": 1, latin1: 2, binary: 2, ascii: 3, base64: 4, base64url: 5, hex: 6,
}));
const customInspect = Symbol.for("nodejs.util.inspect.custom");

export const kMaxLength = Number.MAX_SAFE_INTEGER;
export const kStringMaxLength = 0x1fffffe8;
export const constants = { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: kStringMaxLength };

/// The number of an encoding; undefined for what is none.
export function encodingNumber(name) {
  const known = encodings.get(name);
  if (known !== undefined || typeof name !== "string") return known;
  return encodings.get(name.toLowerCase());
}

function encodingOf(name) {
  if (name === undefined || name === null || name === "") return 0;
  const known = encodingNumber(`${name}`);
  if (known === undefined) throw unknownEncoding(name);
  return known;
}

class FastBuffer extends Uint8Array {
  constructor(first, offset, length) {
    super(first, offset, length);
  }
}
native.setClass(FastBuffer);

const isBytes = (value) => value instanceof Uint8Array;
const isAnyBuffer = (value) => value instanceof ArrayBuffer || (typeof SharedArrayBuffer !== "undefined" && value instanceof SharedArrayBuffer);

export function Buffer(value, encodingOrOffset, length) {
  if (typeof value === "number") {
    if (typeof encodingOrOffset === "string") throw invalidType("string", "string", value);
    return Buffer.alloc(value);
  }
  return Buffer.from(value, encodingOrOffset, length);
}
Buffer.prototype = FastBuffer.prototype;
Object.defineProperty(Buffer.prototype, "constructor", { value: Buffer, writable: true, configurable: true });
Object.setPrototypeOf(Buffer, Uint8Array);
Object.defineProperty(Buffer, Symbol.species, { configurable: true, enumerable: false, get: () => FastBuffer });
Buffer.poolSize = 65536;

const checkSize = (size) => checkNumber(size, "size", 0, kMaxLength);

function fromArrayLike(list) {
  if (!(list.length > 0)) return new FastBuffer();
  const made = new FastBuffer(Math.min(list.length, kMaxLength));
  if (isBytes(list) || Array.isArray(list)) made.set(list);
  else for (let i = 0; i < made.length; i++) made[i] = list[i];
  return made;
}

Buffer.from = function from(value, encodingOrOffset, length) {
  if (typeof value === "string") return native.encode(value, encodingOf(encodingOrOffset));
  if (typeof value === "object" && value !== null) {
    if (isAnyBuffer(value)) {
      const offset = encodingOrOffset === undefined ? 0 : +encodingOrOffset || 0;
      const room = value.byteLength - offset;
      if (room < 0) throw coded(RangeError, "ERR_BUFFER_OUT_OF_BOUNDS", '"offset" is outside of buffer bounds');
      if (length === undefined) return new FastBuffer(value, offset, room);
      const size = +length;
      if (!(size > 0)) return new FastBuffer(value, offset, 0);
      if (size > room) throw coded(RangeError, "ERR_BUFFER_OUT_OF_BOUNDS", '"length" is outside of buffer bounds');
      return new FastBuffer(value, offset, size);
    }
    const primitive = value.valueOf?.();
    if (primitive !== undefined && primitive !== null && primitive !== value && (typeof primitive === "string" || typeof primitive === "object"))
      return Buffer.from(primitive, encodingOrOffset, length);
    if (value.length !== undefined || isAnyBuffer(value.buffer)) return typeof value.length === "number" ? fromArrayLike(value) : new FastBuffer();
    if (value.type === "Buffer" && Array.isArray(value.data)) return fromArrayLike(value.data);
    if (typeof value[Symbol.toPrimitive] === "function") {
      const text = value[Symbol.toPrimitive]("string");
      if (typeof text === "string") return native.encode(text, encodingOf(encodingOrOffset));
    }
  }
  throw invalidType("first argument", ["string", "Buffer", "ArrayBuffer", "Array", "Array-like Object"], value);
};

Buffer.copyBytesFrom = function copyBytesFrom(view, offset, length) {
  if (!ArrayBuffer.isView(view) || view instanceof DataView) throw invalidType("view", ["TypedArray"], view);
  if (offset !== undefined) checkInteger(offset, "offset", 0);
  if (length !== undefined) checkInteger(length, "length", 0);
  const part = view.subarray(offset ?? 0, length === undefined ? undefined : (offset ?? 0) + length);
  return Buffer.from(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
};

Buffer.of = function of(...items) {
  const made = new FastBuffer(items.length);
  for (let i = 0; i < items.length; i++) made[i] = items[i];
  return made;
};

Buffer.alloc = function alloc(size, fill, encoding) {
  checkSize(size);
  const made = new FastBuffer(size);
  if (fill !== undefined && fill !== 0 && size > 0) made.fill(fill, encoding);
  return made;
};
Buffer.allocUnsafe = function allocUnsafe(size) {
  checkSize(size);
  return new FastBuffer(size);
};
Buffer.allocUnsafeSlow = function allocUnsafeSlow(size) {
  checkSize(size);
  return new FastBuffer(size);
};

Buffer.isBuffer = function isBuffer(value) {
  return value instanceof Buffer;
};
Buffer.isEncoding = function isEncoding(name) {
  return typeof name === "string" && name.length !== 0 && encodingNumber(name) !== undefined;
};

Buffer.byteLength = function byteLength(value, encoding) {
  if (typeof value !== "string") {
    if (ArrayBuffer.isView(value) || isAnyBuffer(value)) return value.byteLength;
    throw invalidType("string", ["string", "Buffer", "ArrayBuffer"], value);
  }
  switch (encodingNumber(encoding === undefined ? "utf8" : `${encoding}`) ?? 0) {
    case 1: return value.length * 2;
    case 2: case 3: return value.length;
    case 4: case 5: {
      let size = value.length;
      if (size > 0 && value[size - 1] === "=") size--;
      if (size > 1 && value[size - 1] === "=") size--;
      return (size * 3) >>> 2;
    }
    case 6: return value.length >>> 1;
  }
  return native.byteLength(value);
};

Buffer.compare = function compare(a, b) {
  if (!isBytes(a)) throw invalidType("buf1", ["Buffer", "Uint8Array"], a);
  if (!isBytes(b)) throw invalidType("buf2", ["Buffer", "Uint8Array"], b);
  return native.compare(a, b);
};

Buffer.concat = function concat(list, length) {
  if (!Array.isArray(list)) throw invalidType("list", ["Array"], list);
  if (list.length === 0) return new FastBuffer();
  if (length === undefined) {
    length = 0;
    for (const each of list) if (each.length) length += each.length;
  } else {
    checkInteger(length, "length", 0);
  }
  const made = new FastBuffer(length);
  let at = 0;
  for (let i = 0; i < list.length; i++) {
    const each = list[i];
    if (!isBytes(each)) throw invalidType(`list[${i}]`, ["Buffer", "Uint8Array"], each);
    if (at + each.length > length) {
      made.set(each.subarray(0, length - at), at);
      at = length;
      break;
    }
    made.set(each, at);
    at += each.length;
  }
  return made;
};

Object.defineProperty(Buffer.prototype, "parent", { enumerable: true, get() { return this instanceof Buffer ? this.buffer : undefined; } });
Object.defineProperty(Buffer.prototype, "offset", { enumerable: true, get() { return this instanceof Buffer ? this.byteOffset : undefined; } });

function clamp(value, otherwise, length) {
  if (value === undefined) return otherwise;
  value = Math.trunc(+value) || 0;
  return value < 0 ? 0 : value > length ? length : value;
}

const view = (buffer) => new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);

function checkPlace(buffer, offset, size) {
  if (typeof offset !== "number") throw invalidType("offset", "number", offset);
  const most = buffer.length - size;
  if (offset >= 0 && offset <= most && Number.isInteger(offset)) return;
  if (!Number.isInteger(offset)) throw outOfRange("offset", "an integer", offset);
  if (most < 0) throw coded(RangeError, "ERR_BUFFER_OUT_OF_BOUNDS", "Attempt to access memory outside buffer bounds");
  throw outOfRange("offset", `>= 0 and <= ${most}`, offset);
}

function checkRange(value, least, most, bits, signed) {
  if (value <= most && value >= least) return;
  const n = typeof value === "bigint" ? "n" : "";
  let range;
  if (bits > 32) {
    range = signed ? `>= -(2${n} ** ${bits - 1}${n}) and < 2${n} ** ${bits - 1}${n}` : `>= 0${n} and < 2${n} ** ${bits}${n}`;
  } else {
    range = `>= ${least}${n} and <= ${most}${n}`;
  }
  throw outOfRange("value", range, value);
}

const methods = {
  toString(encoding, start, end) {
    if (arguments.length === 0) return native.decode(this, 0, 0, this.length);
    const length = this.length;
    start = clamp(start, 0, length);
    end = clamp(end, length, length);
    const as = encodingOf(encoding);
    return end <= start ? "" : native.decode(this, as, start, end);
  },
  toLocaleString(...given) {
    return methods.toString.apply(this, given);
  },
  toJSON() {
    return { type: "Buffer", data: Array.from(this) };
  },
  equals(other) {
    if (!isBytes(other)) throw invalidType("otherBuffer", ["Buffer", "Uint8Array"], other);
    return this === other || (this.byteLength === other.byteLength && native.compare(this, other) === 0);
  },
  compare(target, targetStart, targetEnd, sourceStart, sourceEnd) {
    if (!isBytes(target)) throw invalidType("target", ["Buffer", "Uint8Array"], target);
    if (arguments.length === 1) return native.compare(this, target);
    const checked = (value, name, otherwise, most) => {
      if (value === undefined) return otherwise;
      checkInteger(value, name, 0, most);
      return value;
    };
    targetStart = checked(targetStart, "targetStart", 0);
    targetEnd = checked(targetEnd, "targetEnd", target.length, target.length);
    sourceStart = checked(sourceStart, "sourceStart", 0);
    sourceEnd = checked(sourceEnd, "sourceEnd", this.length, this.length);
    if (sourceStart >= sourceEnd) return targetStart >= targetEnd ? 0 : -1;
    if (targetStart >= targetEnd) return 1;
    return native.compare(this.subarray(sourceStart, sourceEnd), target.subarray(targetStart, targetEnd));
  },
  copy(target, targetStart, sourceStart, sourceEnd) {
    if (!isBytes(target)) throw invalidType("target", ["Buffer", "Uint8Array"], target);
    const checked = (value, name, otherwise, most) => {
      if (value === undefined) return otherwise;
      value = Math.trunc(Number(value)) || 0;
      if (value < 0 || (most !== undefined && value > most)) throw outOfRange(name, most === undefined ? ">= 0" : `>= 0 && <= ${most}`, value);
      return value;
    };
    targetStart = checked(targetStart, "targetStart", 0);
    sourceStart = checked(sourceStart, "sourceStart", 0, this.length);
    sourceEnd = checked(sourceEnd, "sourceEnd", this.length);
    if (targetStart >= target.length || sourceStart >= sourceEnd) return 0;
    const size = Math.min(sourceEnd - sourceStart, target.length - targetStart, this.length - sourceStart);
    target.set(Uint8Array.prototype.subarray.call(this, sourceStart, sourceStart + size), targetStart);
    return size;
  },
  slice(start, end) {
    const length = this.length;
    const place = (value, otherwise) => {
      if (value === undefined) return otherwise;
      value = Math.trunc(+value) || 0;
      return value < 0 ? Math.max(0, value + length) : Math.min(value, length);
    };
    start = place(start, 0);
    end = place(end, length);
    return new FastBuffer(this.buffer, this.byteOffset + start, Math.max(0, end - start));
  },
  subarray(start, end) {
    return methods.slice.call(this, start, end);
  },
  fill(value, offset, end, encoding) {
    if (typeof value === "string") {
      if (offset === undefined || typeof offset === "string") {
        encoding = offset;
        offset = undefined;
        end = undefined;
      } else if (typeof end === "string") {
        encoding = end;
        end = undefined;
      }
      if (encoding !== undefined && typeof encoding !== "string") throw invalidType("encoding", "string", encoding);
      if (encoding !== undefined && encodingNumber(encoding) === undefined && encoding !== "") throw unknownEncoding(encoding);
    }
    if (offset === undefined) offset = 0;
    else checkNumber(offset, "offset", 0, this.length);
    if (end === undefined) end = this.length;
    else checkNumber(end, "end", 0, this.length);
    if (offset >= end) return this;
    if (typeof value === "number" || typeof value === "boolean") {
      Uint8Array.prototype.fill.call(this, Number(value) & 255, offset, end);
      return this;
    }
    const pattern = typeof value === "string" ? native.encode(value, encodingOf(encoding)) : value;
    if (!ArrayBuffer.isView(pattern)) {
      Uint8Array.prototype.fill.call(this, Number(value) & 255, offset, end);
      return this;
    }
    if (pattern.length === 0) {
      if (typeof value === "string" && value.length === 0) {
        Uint8Array.prototype.fill.call(this, 0, offset, end);
        return this;
      }
      throw invalidValue("value", value);
    }
    for (let at = offset, i = 0; at < end; at++, i = i + 1 === pattern.length ? 0 : i + 1) this[at] = pattern[i];
    return this;
  },
  write(text, offset, length, encoding) {
    if (typeof text !== "string") throw invalidType("argument", "string", text);
    if (offset === undefined) {
      offset = 0;
      length = this.length;
    } else if (length === undefined && typeof offset === "string") {
      encoding = offset;
      offset = 0;
      length = this.length;
    } else {
      checkInteger(offset, "offset", 0, this.length);
      const room = this.length - offset;
      if (length === undefined) {
        length = room;
      } else if (typeof length === "string") {
        encoding = length;
        length = room;
      } else {
        checkInteger(length, "length", 0, this.length);
        length = Math.min(length, room);
      }
    }
    return native.write(this, text, offset, length, encodingOf(encoding));
  },
  indexOf(value, from, encoding) {
    return find(this, value, from, encoding, false);
  },
  lastIndexOf(value, from, encoding) {
    return find(this, value, from, encoding, true);
  },
  includes(value, from, encoding) {
    return find(this, value, from, encoding, false) !== -1;
  },
  [customInspect](depth, options) {
    const shown = Math.min(INSPECT_MAX_BYTES, this.length);
    let text = native.decode(this, 6, 0, shown).replace(/(.{2})/g, "$1 ").trim();
    const left = this.length - shown;
    if (left > 0) text += ` ... ${left} more byte${left > 1 ? "s" : ""}`;
    let extras = "";
    const keys = Object.keys(this).filter((key) => !/^\d+$/.test(key));
    if (options && keys.length) {
      const only = Object.create(null);
      for (const key of keys) only[key] = this[key];
      extras = inspect(only, { ...options, breakLength: Infinity, compact: true }).slice(27, -2);
      if (this.length !== 0) extras = `, ${extras}`;
    }
    return `<${this.constructor.name} ${text}${extras}>`;
  },
};
methods.inspect = methods[customInspect];

function find(buffer, value, from, encoding, backwards) {
  if (typeof from === "string") {
    encoding = from;
    from = undefined;
  }
  from = +from;
  if (Number.isNaN(from)) from = backwards ? buffer.length : 0;
  from = Math.trunc(Math.min(0x7fffffff, Math.max(-0x80000000, from)));
  const as = typeof value === "string" ? encodingOf(encoding) : 0;
  let pattern = value;
  if (typeof value === "number") pattern = [value & 255];
  else if (typeof value === "string") pattern = native.encode(value, as);
  else if (!isBytes(value)) throw invalidType("value", ["number", "string", "Buffer", "Uint8Array"], value);
  if (Array.isArray(pattern)) pattern = Uint8Array.of(pattern[0]);
  const length = buffer.length;
  if (from < 0) from += length;
  if (from < 0) {
    if (backwards) return -1;
    from = 0;
  }
  if (pattern.length === 0) return Math.min(from, length);
  if (from > length) {
    if (!backwards) return -1;
    from = length;
  }
  if (pattern.length > length) return -1;
  return native.indexOf(buffer, pattern, from, backwards, as === 1 && typeof value === "string" ? 2 : 1);
}

// Numbers: DataView does the work.
for (const [bits, kinds] of [[8, ["Int", "Uint"]], [16, ["Int", "Uint"]], [32, ["Int", "Uint", "Float"]], [64, ["BigInt", "BigUint", "Double"]]]) {
  for (const kind of kinds) {
    const type = kind === "Float" ? "Float32" : kind === "Double" ? "Float64" : kind + bits;
    const name = kind === "Float" || kind === "Double" ? kind : kind.replace("Uint", "UInt") + bits;
    const size = bits / 8;
    const isFloat = kind === "Float" || kind === "Double", isBig = kind.startsWith("Big"), signed = !kind.includes("int") || kind === "BigInt";
    const unsigned = kind === "Uint" || kind === "BigUint";
    const most = isBig ? (unsigned ? 2n ** 64n - 1n : 2n ** 63n - 1n) : unsigned ? 2 ** bits - 1 : 2 ** (bits - 1) - 1;
    const least = isBig ? (unsigned ? 0n : -(2n ** 63n)) : unsigned ? 0 : -(2 ** (bits - 1));
    for (const ending of bits === 8 ? [""] : ["LE", "BE"]) {
      const little = ending === "LE";
      const get = `get${type}`, set = `set${type}`;
      const read = {
        [`read${isBig ? name.replace("UInt", "UInt") : name}${ending}`](offset = 0) {
          checkPlace(this, offset, size);
          return view(this)[get](offset, little);
        },
      };
      const write = {
        [`write${name}${ending}`](value, offset = 0) {
          if (isBig && typeof value !== "bigint") throw invalidType("value", "bigint", value);
          if (!isBig) value = +value;
          if (!isFloat) checkRange(value, least, most, bits, !unsigned);
          checkPlace(this, offset, size);
          view(this)[set](offset, value, little);
          return offset + size;
        },
      };
      Object.assign(methods, read, write);
      for (const [method, body] of [...Object.entries(read), ...Object.entries(write)])
        if (method.includes("UInt")) methods[method.replace("UInt", "Uint")] = body;
    }
  }
}

function checkByteLength(value) {
  if (value === undefined) throw invalidType("byteLength", "number", value);
  checkInteger(value, "byteLength", 1, 6);
}

for (const little of [true, false]) {
  const ending = little ? "LE" : "BE";
  const readUnsigned = (buffer, offset, size) => {
    if (offset === undefined) throw invalidType("offset", "number", offset);
    checkByteLength(size);
    checkPlace(buffer, offset, size);
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + buffer[offset + (little ? size - 1 - i : i)];
    return value;
  };
  const write = (buffer, value, offset, size, least, most, signed) => {
    value = +value;
    if (offset === undefined) throw invalidType("offset", "number", offset);
    checkByteLength(size);
    checkRange(value, least(size), most(size), size * 8, signed);
    checkPlace(buffer, offset, size);
    let rest = value < 0 ? value + 2 ** (8 * size) : value;
    for (let i = 0; i < size; i++) {
      buffer[offset + (little ? i : size - 1 - i)] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    return offset + size;
  };
  Object.assign(methods, {
    [`readUInt${ending}`](offset, size) { return readUnsigned(this, offset, size); },
    [`readInt${ending}`](offset, size) {
      const value = readUnsigned(this, offset, size);
      return value >= 2 ** (8 * size - 1) ? value - 2 ** (8 * size) : value;
    },
    [`writeUInt${ending}`](value, offset, size) { return write(this, value, offset, size, () => 0, (n) => 2 ** (8 * n) - 1, false); },
    [`writeInt${ending}`](value, offset, size) {
      return write(this, value, offset, size, (n) => -(2 ** (8 * n - 1)), (n) => 2 ** (8 * n - 1) - 1, true);
    },
  });
  methods[`readUint${ending}`] = methods[`readUInt${ending}`];
  methods[`writeUint${ending}`] = methods[`writeUInt${ending}`];
}

for (const size of [2, 4, 8]) {
  methods[`swap${size * 8}`] = {
    [`swap${size * 8}`]() {
      if (this.length % size !== 0) throw coded(RangeError, "ERR_INVALID_BUFFER_SIZE", `Buffer size must be a multiple of ${size * 8}-bits`);
      for (let at = 0; at < this.length; at += size) Uint8Array.prototype.subarray.call(this, at, at + size).reverse();
      return this;
    },
  }[`swap${size * 8}`];
}

for (const [encoding, number] of [["ascii", 3], ["base64", 4], ["base64url", 5], ["hex", 6], ["latin1", 2], ["ucs2", 1], ["utf8", 0]]) {
  methods[`${encoding}Slice`] = function (start, end) {
    return native.decode(this, number, clamp(start, 0, this.length), clamp(end, this.length, this.length));
  };
  methods[`${encoding}Write`] = function (text, offset = 0, length = this.length - offset) {
    return native.write(this, text, offset, length, number);
  };
}

Object.assign(Buffer.prototype, methods);

export let INSPECT_MAX_BYTES = 50;

export const SlowBuffer = function SlowBuffer(size) {
  checkSize(size);
  return new FastBuffer(size);
};
SlowBuffer.prototype = Buffer.prototype;

import base64 from "host:base64";
export const { atob, btoa } = base64;

const bytesOf = (value, name) => {
  if (!ArrayBuffer.isView(value) && !isAnyBuffer(value)) throw invalidType(name, ["ArrayBuffer", "Buffer", "TypedArray"], value);
  return value;
};
export function isUtf8(input) {
  return native.isUtf8(bytesOf(input, "input"));
}
export function isAscii(input) {
  bytesOf(input, "input");
  return (isAnyBuffer(input) ? new Uint8Array(input) : new Uint8Array(input.buffer, input.byteOffset, input.byteLength)).every((byte) => byte < 128);
}
export function transcode(source, from, to) {
  if (!isBytes(source)) throw invalidType("source", ["Buffer", "Uint8Array"], source);
  const known = [encodingNumber(from), encodingNumber(to)];
  if (known.some((each) => each === undefined || each > 3)) {
    throw Object.assign(new Error(`Unable to transcode Buffer [U_ILLEGAL_ARGUMENT_ERROR]`), { code: "U_ILLEGAL_ARGUMENT_ERROR", errno: 1 });
  }
  const text = native.decode(source, known[0], 0, source.length);
  const most = known[1] === 3 ? 0x7f : known[1] === 2 ? 0xff : 0x10ffff;
  return native.encode(Array.from(text, (each) => (each.codePointAt(0) > most ? "?" : each)).join(""), known[1]);
}

export default {
  Buffer, transcode, isUtf8, isAscii, kMaxLength, kStringMaxLength, btoa, atob, constants, Blob, File,
  get INSPECT_MAX_BYTES() { return INSPECT_MAX_BYTES; },
  set INSPECT_MAX_BYTES(value) {
    checkNumber(value, "INSPECT_MAX_BYTES", 0);
    INSPECT_MAX_BYTES = value;
  },
};
