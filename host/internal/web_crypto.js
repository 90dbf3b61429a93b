// crypto: random numbers from the system, digests.
import * as system from "native:system";
import { load } from "native:util";
import { illegalConstructor, invalidThis, invalidType, missing } from "host:errors";
import { DOMException } from "host:dom_exception";

const made = Symbol("made");
const digests = { "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512" };

export function randomUUID() {
  const bytes = new Uint8Array(16);
  system.random(bytes, 0, 16);
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const text = Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
}

class SubtleCrypto {
  constructor(key) {
    if (key !== made) throw illegalConstructor();
  }
  async digest(algorithm, data) {
    if (arguments.length < 2) throw missing("algorithm", "data");
    const name = `${typeof algorithm === "object" && algorithm !== null ? algorithm.name : algorithm}`.toUpperCase();
    if (!Object.hasOwn(digests, name)) throw new DOMException("Unrecognized algorithm name", "NotSupportedError");
    const bytes = ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : data instanceof ArrayBuffer ? new Uint8Array(data) : null;
    if (!bytes) throw invalidType("data", ["ArrayBuffer", "Buffer", "TypedArray", "DataView"], data);
    return load("host:hashes")[digests[name]](bytes).slice().buffer;
  }
}
class Crypto {
  constructor(key) {
    if (key !== made) throw illegalConstructor();
  }
  get subtle() { return subtle; }
  getRandomValues(array) {
    if (!(this instanceof Crypto)) throw invalidThis("Crypto");
    if (arguments.length === 0) throw missing("array");
    if (!ArrayBuffer.isView(array) || /^Float|^DataView/.test(array[Symbol.toStringTag] ?? "DataView"))
      throw new DOMException("The data argument must be an integer-type TypedArray", "TypeMismatchError");
    if (array.byteLength > 65536) throw new DOMException(`The requested length exceeds 65,536 bytes`, "QuotaExceededError");
    system.random(array, 0, array.byteLength);
    return array;
  }
  randomUUID() { return randomUUID(); }
}
for (const [kind, tag] of [[Crypto, "Crypto"], [SubtleCrypto, "SubtleCrypto"]]) {
  Object.defineProperty(kind.prototype, Symbol.toStringTag, { value: tag, configurable: true });
  for (const name of Object.getOwnPropertyNames(kind.prototype)) if (name !== "constructor") Object.defineProperty(kind.prototype, name, { enumerable: true });
}
const subtle = new SubtleCrypto(made);
export const crypto = new Crypto(made);
export default { Crypto, SubtleCrypto, crypto, randomUUID };
