// node:querystring.
import { Buffer } from "node:buffer";
import { coded } from "host:errors";

function unescapeBuffer(text, decodeSpaces) {
  const out = [];
  const bytes = Buffer.from(text);
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === 43 && decodeSpaces) {
      out.push(32);
    } else if (byte === 37 && /^[0-9a-f]{2}$/i.test(text = bytes.toString("latin1", i + 1, i + 3))) {
      out.push(Number.parseInt(text, 16));
      i += 2;
    } else {
      out.push(byte);
    }
  }
  return Buffer.from(out);
}
function unescape(text, decodeSpaces) {
  try {
    return decodeURIComponent(text);
  } catch {
    return unescapeBuffer(text, decodeSpaces).toString();
  }
}
function escape(text) {
  if (typeof text !== "string") text = typeof text === "object" ? String(text) : `${text}`;
  try {
    return encodeURIComponent(text);
  } catch {
    throw coded(URIError, "ERR_INVALID_URI", "URI malformed");
  }
}

const plain = (value) => (typeof value === "string" ? value : typeof value === "number" && Number.isFinite(value) ? `${value}`
  : typeof value === "bigint" || typeof value === "boolean" ? `${value}` : "");

function stringify(object, separator, equals, options) {
  separator ||= "&";
  equals ||= "=";
  const encode = typeof options?.encodeURIComponent === "function" ? options.encodeURIComponent : querystring.escape;
  if (object === null || typeof object !== "object") return "";
  const out = [];
  for (const key of Object.keys(object)) {
    const value = object[key];
    const name = encode(plain(key)) + equals;
    if (Array.isArray(value)) for (const each of value) out.push(name + encode(plain(each)));
    else out.push(name + encode(plain(value)));
  }
  return out.join(separator);
}

function parse(text, separator, equals, options) {
  const object = Object.create(null);
  if (typeof text !== "string" || text.length === 0) return object;
  separator = separator ? `${separator}` : "&";
  equals = equals ? `${equals}` : "=";
  const most = typeof options?.maxKeys === "number" ? options.maxKeys : 1000;
  const custom = typeof options?.decodeURIComponent === "function" ? options.decodeURIComponent : querystring.unescape;
  const decode = (part) => {
    part = part.replaceAll("+", " ");
    try {
      return custom(part);
    } catch {
      return unescape(part, true);
    }
  };
  let parts = text.split(separator).filter((part) => part !== "");
  if (most > 0) parts = parts.slice(0, most);
  for (const part of parts) {
    const at = part.indexOf(equals);
    const key = decode(at < 0 ? part : part.slice(0, at)), value = at < 0 ? "" : decode(part.slice(at + equals.length));
    if (!(key in object)) object[key] = value;
    else if (Array.isArray(object[key])) object[key].push(value);
    else object[key] = [object[key], value];
  }
  return object;
}

const querystring = { unescapeBuffer, unescape, escape, stringify, encode: stringify, parse, decode: parse };
export default querystring;
