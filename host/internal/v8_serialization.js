// The form in which node:v8 writes values, version 15.
import { kind } from "native:util";
import { Buffer } from "node:buffer";
import { coded } from "host:errors";

const version = 15;
const tag = (character) => character.charCodeAt(0);
// How views are written is Node's own: by their place in this list.
const views = ["Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array", "Float32Array", "Float64Array", "DataView", "Buffer",
  "BigInt64Array", "BigUint64Array", "Float16Array"];
const errors = { EvalError: "E", RangeError: "R", ReferenceError: "F", SyntaxError: "S", TypeError: "T", URIError: "U" };
const flags = { g: 1, i: 2, m: 4, y: 8, u: 16, s: 32, d: 128, v: 256 };
const isIndex = (key) => /^(0|[1-9]\d{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1;
const isInt32 = (value) => (value | 0) === value && !Object.is(value, -0);

function refuse(value) {
  let text;
  if (typeof value === "symbol" || typeof value === "function") text = String(value);
  else text = typeof value.constructor === "function" && kind(value) !== "Symbol" ? `#<${value.constructor.name}>` : Object.prototype.toString.call(value);
  return new Error(`${text} could not be cloned.`);
}

class Writer {
  #bytes = Buffer.allocUnsafeSlow(256);
  #size = 0;
  #ids = new Map();

  get result() { return Buffer.from(this.#bytes.buffer.slice(0, this.#size)); }
  #grow(count) {
    if (this.#size + count > this.#bytes.length) {
      const more = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#size + count));
      more.set(this.#bytes);
      this.#bytes = more;
    }
    this.#size += count;
    return this.#size - count;
  }
  byte(value) {
    const at = this.#grow(1);
    this.#bytes[at] = value;
  }
  #tag(character) { this.byte(tag(character)); }
  #number(value) {
    for (; value > 127; value = Math.floor(value / 128)) this.byte((value % 128) | 128);
    this.byte(value);
  }
  #double(value) {
    const at = this.#grow(8);
    this.#bytes.writeDoubleLE(value, at);
  }
  #raw(bytes) {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
  }
  #string(text) {
    let isLatin1 = true;
    for (let i = 0; isLatin1 && i < text.length; i++) isLatin1 = text.charCodeAt(i) < 256;
    if (isLatin1) {
      this.#tag('"');
      this.#number(text.length);
      const at = this.#grow(text.length);
      this.#bytes.latin1Write(text, at, text.length);
      return;
    }
    const size = text.length * 2;
    let digits = 1;
    for (let left = size; left > 127; left = Math.floor(left / 128)) digits++;
    // Such texts begin at an even place.
    if ((this.#size + 1 + digits) % 2 !== 0) this.byte(0);
    this.#tag("c");
    this.#number(size);
    const at = this.#grow(size);
    this.#bytes.ucs2Write(text, at, size);
  }
  #bigint(value) {
    const isNegative = value < 0n, words = [];
    for (let left = isNegative ? -value : value; left > 0n; left >>= 64n) words.push(left & 0xffffffffffffffffn);
    this.#number(words.length * 16 + (isNegative ? 1 : 0));
    for (const each of words) {
      const at = this.#grow(8);
      this.#bytes.writeBigUInt64LE(each, at);
    }
  }
  #key(key) {
    if (isIndex(key)) this.value(Number(key));
    else this.#string(key);
  }
  /// Own properties, of which a getter may take away others. Gives their count.
  #properties(object, keys) {
    let count = 0;
    for (const key of keys) {
      if (!Object.prototype.propertyIsEnumerable.call(object, key)) continue;
      this.#key(key);
      this.value(object[key]);
      count++;
    }
    return count;
  }
  value(value) {
    switch (typeof value) {
      case "undefined": return this.#tag("_");
      case "boolean": return this.#tag(value ? "T" : "F");
      case "string": return this.#string(value);
      case "number":
        if (isInt32(value)) {
          this.#tag("I");
          return this.#number(((value << 1) ^ (value >> 31)) >>> 0);
        }
        this.#tag("N");
        return this.#double(value);
      case "bigint":
        this.#tag("Z");
        return this.#bigint(value);
      case "object": return value === null ? this.#tag("0") : this.#object(value);
    }
    throw refuse(value);
  }
  #object(value) {
    const known = this.#ids.get(value);
    if (known !== undefined) {
      this.#tag("^");
      return this.#number(known);
    }
    this.#ids.set(value, this.#ids.size);
    if (ArrayBuffer.isView(value)) return this.#view(value);
    const type = kind(value);
    switch (type) {
      case "Date":
        this.#tag("D");
        return this.#double(Date.prototype.getTime.call(value));
      case "Boolean": return this.#tag(value.valueOf() ? "y" : "x");
      case "Number":
        this.#tag("n");
        return this.#double(value.valueOf());
      case "BigInt":
        this.#tag("z");
        return this.#bigint(value.valueOf());
      case "String":
        this.#tag("s");
        return this.#string(value.valueOf());
      case "RegExp":
        this.#tag("R");
        this.#string(value.source);
        return this.#number([...value.flags].reduce((sum, each) => sum + flags[each], 0));
      case "Map": {
        this.#tag(";");
        const entries = [...Map.prototype.entries.call(value)].flat(1);
        for (const each of entries) this.value(each);
        this.#tag(":");
        return this.#number(entries.length);
      }
      case "Set": {
        this.#tag("'");
        const entries = [...Set.prototype.values.call(value)];
        for (const each of entries) this.value(each);
        this.#tag(",");
        return this.#number(entries.length);
      }
      case "ArrayBuffer":
        this.#tag(value.resizable ? "~" : "B");
        this.#number(value.byteLength);
        if (value.resizable) this.#number(value.maxByteLength);
        return this.#raw(new Uint8Array(value));
      case "Error": return this.#error(value);
      case "Proxy": throw new Error("#<Object> could not be cloned.");
      case "": break;
      default: throw refuse(value);
    }
    if (Array.isArray(value)) return this.#array(value);
    if (typeof value !== "object" || value instanceof WeakRef || value instanceof FinalizationRegistry || / Iterator$|^WebAssembly\./.test(value[Symbol.toStringTag])) throw refuse(value);
    this.#tag("o");
    const count = this.#properties(value, Object.keys(value));
    this.#tag("{");
    this.#number(count);
  }
  #array(value) {
    const { length } = value, keys = Object.keys(value), more = keys.filter((key) => !isIndex(key));
    if (keys.length - more.length === length) {
      this.#tag("A");
      this.#number(length);
      // That engine keeps numbers of an array alike.
      const areDoubles = value.every((each) => typeof each === "number") && !value.every(isInt32);
      for (let i = 0; i < length; i++) {
        // A getter may have made it shorter.
        if (areDoubles) {
          this.#tag("N");
          this.#double(value[i]);
        } else if (i in value) {
          this.value(value[i]);
        } else {
          this.#tag("-");
        }
      }
      const count = this.#properties(value, more);
      this.#tag("$");
      this.#number(count);
    } else {
      this.#tag("a");
      this.#number(length);
      const count = this.#properties(value, keys);
      this.#tag("@");
      this.#number(count);
    }
    this.#number(length);
  }
  #error(value) {
    this.#tag("r");
    const letter = errors[value.name];
    if (letter) this.#tag(letter);
    const message = Object.getOwnPropertyDescriptor(value, "message"), { stack } = value;
    if (message && "value" in message) {
      this.#tag("m");
      this.#string(String(message.value));
    }
    if (typeof stack === "string") {
      this.#tag("s");
      this.#string(stack);
    }
    if (Object.hasOwn(value, "cause")) {
      this.#tag("c");
      this.value(value.cause);
    }
    this.#tag(".");
  }
  #view(value) {
    this.#tag("\\");
    this.#number(views.indexOf(Buffer.isBuffer(value) ? "Buffer" : kind(value)));
    this.#number(value.byteLength);
    this.#raw(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
}

const malformed = () => new Error("Unable to deserialize cloned data.");

class Reader {
  #bytes;
  #at = 0;
  #objects = [];

  constructor(bytes) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (this.#bytes[0] !== 255 || !(this.#bytes[1] <= version)) throw new Error("Unable to deserialize cloned data due to invalid or unsupported version.");
    this.#at = 2;
  }
  #take(count) {
    if (count > this.#bytes.length - this.#at) throw malformed();
    this.#at += count;
    return this.#at - count;
  }
  #number() {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.#take(1)];
      value += (byte & 127) * scale;
      if (byte < 128) return value % 2 ** 32;
    }
  }
  #double() { return this.#bytes.readDoubleLE(this.#take(8)); }
  #tag() {
    let byte = 0;
    while (byte === 0) byte = this.#bytes[this.#take(1)];
    return String.fromCharCode(byte);
  }
  #peek() {
    while (this.#bytes[this.#at] === 0) this.#at++;
    return this.#at < this.#bytes.length ? String.fromCharCode(this.#bytes[this.#at]) : "";
  }
  #string() {
    const value = this.value();
    if (typeof value !== "string") throw malformed();
    return value;
  }
  #bigint() {
    const field = this.#number(), count = field >> 1;
    if (count % 8 !== 0) throw malformed();
    const at = this.#take(count);
    let value = 0n;
    for (let i = count - 8; i >= 0; i -= 8) value = (value << 64n) | this.#bytes.readBigUInt64LE(at + i);
    return field & 1 ? -value : value;
  }
  #keep(object) {
    this.#objects.push(object);
    return object;
  }
  #properties(object, end) {
    let count = 0;
    for (; this.#peek() !== end; count++) {
      const key = this.value();
      if (typeof key !== "string" && typeof key !== "number") throw malformed();
      Object.defineProperty(object, key, { value: this.value(), configurable: true, enumerable: true, writable: true });
    }
    this.#at++;
    if (this.#number() !== count) throw malformed();
  }
  value() {
    switch (this.#tag()) {
      case "_": return undefined;
      case "0": return null;
      case "T": return true;
      case "F": return false;
      case "I": {
        const value = this.#number();
        return (value >>> 1) ^ -(value & 1);
      }
      case "U": return this.#number();
      case "N": return this.#double();
      case "Z": return this.#bigint();
      case '"': {
        const size = this.#number(), at = this.#take(size);
        return this.#bytes.latin1Slice(at, at + size);
      }
      case "c": {
        const size = this.#number(), at = this.#take(size);
        if (size % 2 !== 0) throw malformed();
        return this.#bytes.ucs2Slice(at, at + size);
      }
      case "S": {
        const size = this.#number(), at = this.#take(size);
        return this.#bytes.utf8Slice(at, at + size);
      }
      case "^": {
        const id = this.#number();
        if (id >= this.#objects.length) throw malformed();
        return this.#objects[id];
      }
      case "y": return this.#keep(Object(true));
      case "x": return this.#keep(Object(false));
      case "n": return this.#keep(Object(this.#double()));
      case "z": return this.#keep(Object(this.#bigint()));
      case "D": return this.#keep(new Date(this.#double()));
      case "s": {
        const id = this.#objects.push(undefined) - 1;
        return (this.#objects[id] = Object(this.#string()));
      }
      case "R": {
        const id = this.#objects.push(undefined) - 1, source = this.#string(), bits = this.#number();
        try {
          return (this.#objects[id] = new RegExp(source, Object.keys(flags).filter((each) => bits & flags[each]).join("")));
        } catch {
          throw malformed();
        }
      }
      case "o": {
        const made = this.#keep({});
        this.#properties(made, "{");
        return made;
      }
      case "A": {
        const length = this.#number();
        if (length > this.#bytes.length - this.#at) throw malformed();
        const made = this.#keep(new Array(length));
        for (let i = 0; i < length; i++) {
          if (this.#peek() === "-") this.#at++;
          else made[i] = this.value();
        }
        this.#properties(made, "$");
        if (this.#number() !== length) throw malformed();
        return made;
      }
      case "a": {
        const length = this.#number(), made = this.#keep([]);
        made.length = length;
        this.#properties(made, "@");
        if (this.#number() !== length) throw malformed();
        return made;
      }
      case ";": {
        const made = this.#keep(new Map());
        let count = 0;
        for (; this.#peek() !== ":"; count += 2) made.set(this.value(), this.value());
        this.#at++;
        if (this.#number() !== count) throw malformed();
        return made;
      }
      case "'": {
        const made = this.#keep(new Set());
        let count = 0;
        for (; this.#peek() !== ","; count++) made.add(this.value());
        this.#at++;
        if (this.#number() !== count) throw malformed();
        return made;
      }
      case "B": {
        const size = this.#number(), at = this.#take(size), made = this.#keep(new ArrayBuffer(size));
        new Uint8Array(made).set(this.#bytes.subarray(at, at + size));
        return made;
      }
      case "~": {
        const size = this.#number(), most = this.#number(), at = this.#take(size);
        if (size > most) throw malformed();
        const made = this.#keep(new ArrayBuffer(size, { maxByteLength: most }));
        new Uint8Array(made).set(this.#bytes.subarray(at, at + size));
        return made;
      }
      case "r": return this.#error();
      case "\\": return this.#view();
    }
    throw malformed();
  }
  #error() {
    const id = this.#objects.push(undefined) - 1;
    let Kind = Error, message, stack, cause, hasCause = false;
    for (;;) {
      const letter = this.#tag();
      if (letter === ".") break;
      const name = Object.keys(errors).find((each) => errors[each] === letter);
      if (name) {
        Kind = globalThis[name];
      } else if (letter === "m") {
        message = this.#string();
      } else if (letter === "s") {
        stack = this.#string();
      } else if (letter === "c") {
        // It may be caused by itself.
        this.#objects[id] = new Kind(message);
        cause = this.value();
        hasCause = true;
      } else {
        throw malformed();
      }
    }
    const error = this.#objects[id] ?? new Kind(message);
    this.#objects[id] = error;
    Object.defineProperty(error, "stack", { value: stack, configurable: true, enumerable: false, writable: true });
    if (hasCause) Object.defineProperty(error, "cause", { value: cause, configurable: true, enumerable: false, writable: true });
    return error;
  }
  #view() {
    const hostNumber = () => {
      try {
        return this.#number();
      } catch {
        throw new Error("ReadUint32() failed");
      }
    };
    const name = views[hostNumber()], size = hostNumber();
    const Kind = name === "DataView" ? DataView : name === "Buffer" ? Buffer : globalThis[name];
    if (!Kind) throw malformed();
    if (size > this.#bytes.length - this.#at) throw new Error("ReadRawBytes() failed");
    const at = this.#bytes.byteOffset + this.#take(size), { buffer } = this.#bytes, unit = Kind.BYTES_PER_ELEMENT ?? 1;
    if (Kind === Buffer) return this.#keep(Buffer.from(buffer, at, size));
    // Where it lies wrong in memory, it is a copy.
    return this.#keep(at % unit === 0 ? new Kind(buffer, at, size / unit) : new Kind(buffer.slice(at, at + size), 0, Math.floor(size / unit)));
  }
}

export function serialize(value) {
  const writer = new Writer();
  writer.byte(255);
  writer.byte(version);
  writer.value(value);
  return writer.result;
}

export function deserialize(buffer) {
  if (!ArrayBuffer.isView(buffer)) throw coded(TypeError, "ERR_INVALID_ARG_TYPE", "buffer must be a TypedArray or a DataView");
  return new Reader(buffer).value();
}

export default { serialize, deserialize };
