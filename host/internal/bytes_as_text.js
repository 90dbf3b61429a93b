// Base64 and hexadecimal text of Uint8Array, of ECMA-262, "Uint8Array Objects".
const { get: kind } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array).prototype, Symbol.toStringTag);
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const alphabets = { base64: `${letters}+/`, base64url: `${letters}-_` };
const whitespace = /[^\t\n\f\r ]/g;

function bytesOf(value, method) {
  if (Reflect.apply(kind, value, []) !== "Uint8Array")
    throw new TypeError(`Method Uint8Array.prototype.${method} called on incompatible receiver ${Object.prototype.toString.call(value)}`);
  return value;
}

function attached(bytes, method) {
  if (bytes.buffer.detached) throw new TypeError(`Cannot perform Uint8Array.prototype.${method} on a detached ArrayBuffer`);
  return bytes;
}

function textOf(value) {
  if (typeof value !== "string") throw new TypeError("input argument must be a string");
  return value;
}

function optionsOf(value) {
  if (value === undefined) return Object.create(null);
  if ((typeof value !== "object" && typeof value !== "function") || value === null) throw new TypeError("invalid_argument");
  return value;
}

function choice(options, name, choices) {
  const value = options[name];
  if (value === undefined) return choices[0];
  if (!choices.includes(value)) throw new TypeError(`invalid option ${typeof value === "object" || typeof value === "function" ? typeof value : String(value)}`);
  return value;
}

function skip(text, index) {
  whitespace.lastIndex = index;
  return whitespace.exec(text)?.index ?? text.length;
}

const wrong = () => new SyntaxError("Found a character that cannot be part of a valid base64 string.");
const unfinished = () => new SyntaxError("The base64 input terminates with a single character, excluding padding (=).");

/// FromBase64 into `out`: how much of `text` was used and of `out` written, and what was wrong.
function fromBase64(text, alphabet, last, out) {
  const values = alphabets[alphabet];
  let [read, written, chunk, digits, index] = [0, 0, 0, 0, 0];
  if (out.length === 0) return { read, written };
  const finish = (strictly) => {
    const bits = chunk << (6 * (4 - digits));
    if (strictly && bits & (digits === 2 ? 0xffff : 0xff)) return { read, written, error: new SyntaxError("The base64 input terminates with non-zero padding bits.") };
    for (let i = 0; i < digits - 1; i++) out[written++] = bits >> (16 - 8 * i);
    return { read: text.length, written };
  };
  for (;;) {
    index = skip(text, index);
    if (index === text.length) {
      if (digits === 0) return { read: index, written };
      if (last === "stop-before-partial") return { read, written };
      return last === "strict" || digits === 1 ? { read, written, error: unfinished() } : finish(false);
    }
    const character = text[index++];
    if (character === "=") {
      if (digits < 2) return { read, written, error: wrong() };
      index = skip(text, index);
      if (digits === 2) {
        if (index === text.length) return last === "stop-before-partial" ? { read, written } : { read, written, error: unfinished() };
        if (text[index] === "=") index = skip(text, index + 1);
      }
      return index < text.length ? { read, written, error: wrong() } : finish(last === "strict");
    }
    const value = values.indexOf(character);
    if (value < 0) return { read, written, error: wrong() };
    const room = out.length - written;
    if ((room === 1 && digits === 2) || (room === 2 && digits === 3)) return { read, written };
    chunk = (chunk << 6) | value;
    if (++digits < 4) continue;
    out[written] = chunk >> 16;
    out[written + 1] = chunk >> 8;
    out[written + 2] = chunk;
    written += 3;
    [chunk, digits, read] = [0, 0, index];
    if (written === out.length) return { read, written };
  }
}

function fromHex(text, out) {
  if (text.length % 2) return { read: 0, written: 0, error: new SyntaxError("Input string must contain hex characters in even length") };
  let written = 0;
  for (; written < out.length && 2 * written < text.length; written++) {
    const digits = text.slice(2 * written, 2 * written + 2);
    if (!/^[0-9a-f]{2}$/i.test(digits))
      return { read: 2 * written, written, error: new SyntaxError("Input string must contain hex characters in even length") };
    out[written] = Number.parseInt(digits, 16);
  }
  return { read: 2 * written, written };
}

function made(out, { written, error }) {
  if (error) throw error;
  return new Uint8Array(out.slice(0, written).buffer);
}

function used({ read, written, error }) {
  if (error) throw error;
  return { read, written };
}

const lasts = ["loose", "strict", "stop-before-partial"];

export const statics = {
  fromBase64(string /*, options */) {
    const text = textOf(string);
    const options = optionsOf(arguments[1]);
    const alphabet = choice(options, "alphabet", Object.keys(alphabets));
    const last = choice(options, "lastChunkHandling", lasts);
    const out = new Uint8Array(3 * Math.ceil(text.length / 4));
    return made(out, fromBase64(text, alphabet, last, out));
  },
  fromHex(string) {
    const text = textOf(string);
    const out = new Uint8Array(Math.ceil(text.length / 2));
    return made(out, fromHex(text, out));
  },
};

export const methods = {
  toBase64(/* options */) {
    const bytes = bytesOf(this, "toBase64");
    const options = optionsOf(arguments[0]);
    const values = alphabets[choice(options, "alphabet", Object.keys(alphabets))];
    const padded = !options.omitPadding;
    attached(bytes, "toBase64");
    let text = "";
    for (let i = 0; i < bytes.length; i += 3) {
      const bits = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
      const there = Math.min(3, bytes.length - i);
      for (let digit = 0; digit <= there; digit++) text += values[(bits >> (18 - 6 * digit)) & 63];
      if (padded) text += "=".repeat(3 - there);
    }
    return text;
  },
  toHex() {
    const bytes = attached(bytesOf(this, "toHex"), "toHex");
    let text = "";
    for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
    return text;
  },
  setFromBase64(string /*, options */) {
    const bytes = bytesOf(this, "setFromBase64");
    const text = textOf(string);
    const options = optionsOf(arguments[1]);
    const alphabet = choice(options, "alphabet", Object.keys(alphabets));
    const last = choice(options, "lastChunkHandling", lasts);
    return used(fromBase64(text, alphabet, last, attached(bytes, "setFromBase64")));
  },
  setFromHex(string) {
    const bytes = bytesOf(this, "setFromHex");
    const text = textOf(string);
    return used(fromHex(text, attached(bytes, "setFromHex")));
  },
};
