// node:crypto: hashes and random numbers. What has to do with keys is absent.
import * as system from "native:system";
import process from "native:process";
import { Buffer } from "node:buffer";
import stream from "node:stream";
import * as hashes from "npm:hashes";
import { checkFunction, checkInteger, checkString, coded, invalidType, outOfRange } from "host:errors";
import { crypto as webcrypto, randomUUID as makeUUID } from "host:web_crypto";

const names = { md5: "md5", sha1: "sha1", rmd160: "ripemd160", ripemd160: "ripemd160", ripemd: "ripemd160", sha224: "sha224", sha256: "sha256", sha384: "sha384", sha512: "sha512", "sha512-224": "sha512_224",
  "sha512-256": "sha512_256", "sha3-224": "sha3_224", "sha3-256": "sha3_256", "sha3-384": "sha3_384", "sha3-512": "sha3_512", shake128: "shake128", shake256: "shake256",
  blake2b512: "blake2b", blake2s256: "blake2s" };
const plain = (name) => name.toLowerCase().replace(/^rsa-/, "").replace(/^sha-(\d)/, "sha$1");

function hashOf(name) {
  const known = names[plain(name)];
  return known && hashes[known];
}
const bytesOf = (data, encoding, name = "data") => {
  if (typeof data === "string") return Buffer.from(data, encoding === "buffer" ? "utf8" : encoding);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw invalidType(name, ["string", "Buffer", "TypedArray", "DataView"], data);
};
const out = (bytes, encoding) => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return encoding && encoding !== "buffer" ? buffer.toString(encoding) : buffer;
};

class Digester extends stream.Transform {
  #state; #done = false; #length;
  constructor(state, options, length) {
    super(options);
    this.#state = state;
    this.#length = length;
  }
  update(data, encoding) {
    if (this.#done) throw coded(Error, "ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
    this.#state.update(bytesOf(data, encoding));
    return this;
  }
  digest(encoding) {
    if (this.#done) throw coded(Error, "ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
    this.#done = true;
    return out(this.#length === undefined ? this.#state.digest() : this.#state.xof(this.#length), encoding);
  }
  get state() { return this.#state; }
  get isDone() { return this.#done; }
  _transform(chunk, encoding, callback) {
    this.update(chunk, encoding);
    callback();
  }
  _flush(callback) {
    this.push(this.digest());
    callback();
  }
}
Object.defineProperty(Digester.prototype, "state", { enumerable: false });

export class Hash extends Digester {
  #name; #options;
  constructor(name, options, from = undefined) {
    checkString(name, "algorithm");
    const hash = hashOf(name);
    if (!hash) throw new Error("Digest method not supported");
    super(from ?? hash.create(), options, options?.outputLength);
    this.#name = name;
    this.#options = options;
  }
  copy(options) {
    if (this.isDone) throw coded(Error, "ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
    return new Hash(this.#name, options ?? this.#options, this.state.clone());
  }
}
export class Hmac extends Digester {
  constructor(name, key, options) {
    checkString(name, "hmac");
    const hash = hashOf(name);
    if (!hash) throw coded(Error, "ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${name}`);
    super(hashes.hmac.create(hash, bytesOf(key, "utf8", "key")), options);
  }
}

function randomBytes(size, callback) {
  checkInteger(size, "size", 0, 2147483647);
  const made = Buffer.alloc(size);
  system.random(made, 0, size);
  if (callback === undefined) return made;
  checkFunction(callback, "callback");
  setImmediate(callback, null, made);
}
function randomFillSync(buffer, offset = 0, size = buffer.byteLength - offset) {
  if (!ArrayBuffer.isView(buffer) && !(buffer instanceof ArrayBuffer)) throw invalidType("buf", ["ArrayBuffer", "ArrayBufferView"], buffer);
  const unit = buffer.BYTES_PER_ELEMENT ?? 1;
  system.random(buffer, offset * unit, arguments.length > 2 ? size * unit : buffer.byteLength - offset * unit);
  return buffer;
}
function randomFill(buffer, ...rest) {
  const callback = rest.pop();
  checkFunction(callback, "callback");
  randomFillSync(buffer, ...rest);
  setImmediate(callback, null, buffer);
}
function randomInt(least, most, callback) {
  if (most === undefined || typeof most === "function") [least, most, callback] = [0, least, most];
  if (!Number.isSafeInteger(least)) throw invalidType("min", "a safe integer", least);
  if (!Number.isSafeInteger(most)) throw invalidType("max", "a safe integer", most);
  if (most <= least) throw outOfRange("max", `greater than the value of "min" (${least})`, most);
  const range = most - least;
  if (range > 2 ** 48 - 1) throw outOfRange("max - min", `<= ${2 ** 48 - 1}`, range);
  // Numbers above the last whole range would make some more likely.
  const limit = 2 ** 48 - (2 ** 48 % range);
  let value;
  do value = randomBytes(6).readUIntBE(0, 6);
  while (value >= limit);
  value = least + (value % range);
  if (callback === undefined) return value;
  setImmediate(callback, undefined, value);
}
function timingSafeEqual(a, b) {
  const [x, y] = [bytesOf(a, undefined, "buf1"), bytesOf(b, undefined, "buf2")];
  if (x.length !== y.length) throw coded(RangeError, "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH", "Input buffers must have the same byte length");
  let different = 0;
  for (let i = 0; i < x.length; i++) different |= x[i] ^ y[i];
  return different === 0;
}
function digestFor(name) {
  checkString(name, "digest");
  const hash = hashOf(name);
  if (!hash) throw coded(TypeError, "ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${name}`);
  return hash;
}
function pbkdf2Sync(password, salt, iterations, length, digest) {
  return out(hashes.pbkdf2(digestFor(digest), bytesOf(password, "utf8", "password"), bytesOf(salt, "utf8", "salt"), { c: iterations, dkLen: length }));
}
function scryptSync(password, salt, length, { N, r, p, cost = N ?? 16384, blockSize = r ?? 8, parallelization = p ?? 1, maxmem = 32 * 1024 * 1024 } = {}) {
  return out(hashes.scrypt(bytesOf(password, "utf8", "password"), bytesOf(salt, "utf8", "salt"), { N: cost, r: blockSize, p: parallelization, dkLen: length, maxmem: maxmem + 1024 }));
}
function hkdfSync(digest, key, salt, info, length) {
  return hashes.hkdf(digestFor(digest), bytesOf(key, "utf8", "ikm"), bytesOf(salt, "utf8", "salt"), bytesOf(info, "utf8", "info"), length).slice().buffer;
}
const later = (name, call) => ({ [name](...given) {
  const callback = given.pop();
  checkFunction(callback, "callback");
  const result = call(...given);
  setImmediate(callback, null, result);
} })[name];

export default {
  Hash, Hmac,
  createHash: (name, options) => new Hash(name, options),
  createHmac: (name, key, options) => new Hmac(name, key, options),
  getHashes: () => ["RSA-MD5", "RSA-RIPEMD160", "RSA-SHA1", "RSA-SHA224", "RSA-SHA256", "RSA-SHA3-224", "RSA-SHA3-256", "RSA-SHA3-384", "RSA-SHA3-512", "RSA-SHA384",
    "RSA-SHA512", "RSA-SHA512/224", "RSA-SHA512/256", "blake2b512", "blake2s256", "md5", "ripemd", "ripemd160", "rmd160", "sha1", "sha224", "sha256", "sha3-224", "sha3-256",
    "sha3-384", "sha3-512", "sha384", "sha512", "sha512-224", "sha512-256", "shake128", "shake256"].filter((name) => hashOf(name)),
  hash(name, data, encoding = "hex") {
    checkString(name, "algorithm");
    return new Hash(name).update(data).digest(typeof encoding === "object" ? encoding?.outputEncoding ?? "hex" : encoding);
  },
  randomBytes, pseudoRandomBytes: randomBytes, prng: randomBytes, randomFill, randomFillSync, randomInt,
  randomUUID: (options) => makeUUID(), timingSafeEqual, pbkdf2Sync, scryptSync, hkdfSync,
  pbkdf2: later("pbkdf2", pbkdf2Sync), scrypt: later("scrypt", scryptSync), hkdf: later("hkdf", hkdfSync),
  webcrypto, subtle: webcrypto.subtle, getRandomValues: (array) => webcrypto.getRandomValues(array),
};
