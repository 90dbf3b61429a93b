// Buffer, in all ways in which bytes and text meet.
import buffer, { Buffer, isUtf8, isAscii, transcode } from "node:buffer";
import { StringDecoder } from "node:string_decoder";

const attempt = (name, call) => {
  try {
    console.log(name, call());
  } catch (error) {
    console.log(name, error.name, error.code, error.message);
  }
};
console.log(globalThis.Buffer === Buffer, Buffer.name, Buffer.length, Buffer.poolSize, Buffer.prototype instanceof Uint8Array, buffer.kMaxLength, buffer.constants);
for (const encoding of ["utf8", "hex", "base64", "base64url", "latin1", "binary", "ascii", "ucs2", "utf16le", "UTF-8"]) {
  const bytes = Buffer.from("héllo 世界 😀 \ud800", encoding);
  console.log(encoding, bytes, JSON.stringify(bytes.toString(encoding)), Buffer.byteLength("aGVsbG8=", encoding), Buffer.isEncoding(encoding));
}
for (const text of ["aGVsbG8", "aGVsbG8=", "aGVs bG8", "aGVs-_8=", "YQ==YQ==", "=", "a", "zz", "6", "616", "61zz61"]) console.log(text, Buffer.from(text, "base64"), Buffer.from(text, "hex"));
console.log(Buffer.alloc(3), Buffer.alloc(5, "ab"), Buffer.alloc(4, 1), Buffer.alloc(4, "YQ==", "base64"), Buffer.allocUnsafe(3).length, Buffer.from([1, 257, -1, 1.9, "3"]));
console.log(Buffer.from(new Uint16Array([1, 256])), Buffer.from(new Uint8Array([1, 2, 3]).buffer, 1, 2), Buffer.from({ length: 2, 0: 5, 1: 6 }), Buffer.from(new String("boxed")), Buffer.from({ type: "Buffer", data: [1, 2] }));
console.log(Buffer.concat([Buffer.from("ab"), new Uint8Array([99])]), Buffer.concat([Buffer.from("abc")], 2), Buffer.concat([Buffer.from("a")], 3), Buffer.concat([]));
console.log(Buffer.compare(Buffer.from("a"), Buffer.from("b")), Buffer.from("abc").equals(Buffer.from("abc")), Buffer.from("abcd").compare(Buffer.from("bc"), 0, 2, 1, 3), Buffer.of(1, 2));
const b = Buffer.from("hello world");
console.log(b.slice(1, 4), b.subarray(-5).toString(), b.slice(2, -2).toString(), b.toString("utf8", 2, 5), b.toString("hex", 8), b.toString(undefined, -3, 4), b.toJSON().data.length);
console.log(b.indexOf("o"), b.indexOf("o", 5), b.lastIndexOf("o"), b.lastIndexOf("o", 6), b.includes("wor"), b.indexOf(Buffer.from("ld")), b.indexOf(111), b.indexOf("zz"), b.indexOf(""), b.indexOf("l", -3), b.lastIndexOf("h", -20));
console.log(b.write("HEY"), b.toString(), b.write("é", 10), b.toString("latin1"), b.write("zz", 3, 1), b.write("ff", 0, "hex"), b, b.fill("é"), b.fill(0, 2, 4), b.fill("abc", 1), b.copy(b, 0, 5, 8));
console.log(Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]).swap16(), Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]).swap32(), Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]).swap64());
const n = Buffer.from([0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8]);
for (const name of ["UInt8", "Int8", "UInt16LE", "UInt16BE", "Int16LE", "Int16BE", "UInt32LE", "UInt32BE", "Int32LE", "Int32BE", "FloatLE", "FloatBE", "DoubleLE", "DoubleBE", "BigInt64LE", "BigInt64BE", "BigUInt64LE", "BigUInt64BE"]) {
  const w = Buffer.alloc(8), value = n[`read${name}`](0);
  console.log(name, value, w[`write${name}`](value, 0), Number.isNaN(value) || w, typeof n[`read${name.replace("UI", "Ui")}`]);
}
for (let size = 1; size <= 6; size++) console.log(size, n.readUIntLE(1, size), n.readUIntBE(1, size), n.readIntLE(1, size), n.readIntBE(1, size), Buffer.alloc(6).fill(9).writeIntBE(-2, 0, size));
attempt("range", () => Buffer.alloc(1).writeUInt8(256));
attempt("range32", () => Buffer.alloc(4).writeInt32LE(2 ** 40));
attempt("rangeBig", () => Buffer.alloc(8).writeBigUInt64LE(2n ** 65n));
attempt("offset", () => Buffer.alloc(4).readUInt32LE(1));
attempt("offset2", () => Buffer.alloc(2).readUInt32LE(0));
attempt("offset3", () => Buffer.alloc(4).readUInt8(1.5));
attempt("offset4", () => Buffer.alloc(4).readUInt8("1"));
attempt("from", () => Buffer.from(5));
attempt("fromNull", () => Buffer.from(null));
attempt("fromUndefined", () => Buffer.from(undefined));
attempt("fromObject", () => Buffer.from({}));
attempt("fromFunction", () => Buffer.from(function named() {}));
attempt("fromSymbol", () => Buffer.from(Symbol("s")));
attempt("encoding", () => Buffer.from("a", "nope"));
attempt("toString", () => Buffer.from("a").toString("nope"));
attempt("alloc", () => Buffer.alloc("5"));
attempt("allocNegative", () => Buffer.alloc(-1));
attempt("concat", () => Buffer.concat("a"));
attempt("concatItem", () => Buffer.concat([1]));
attempt("compare", () => Buffer.compare("a", Buffer.alloc(1)));
attempt("equals", () => Buffer.alloc(1).equals("a"));
attempt("swap", () => Buffer.alloc(3).swap16());
attempt("byteLength", () => Buffer.byteLength(5));
attempt("fill", () => Buffer.alloc(2).fill("a", 0, 3));
attempt("call", () => Buffer("abc"));
attempt("newNumber", () => new Buffer(3));
attempt("indexOf", () => Buffer.alloc(1).indexOf({}));
console.log(Buffer.from("a".repeat(60)), Object.assign(Buffer.from("ab"), { extra: 1 }), [Buffer.from("x")], new (class MyBuffer extends Uint8Array {})(2));
console.log(Buffer.isBuffer(b), Buffer.isBuffer(new Uint8Array(1)), b instanceof Uint8Array, b.map((x) => x + 1).constructor.name, b.filter((x) => x > 100) instanceof Buffer, [...Buffer.from("ab").entries()], JSON.stringify(Buffer.from("ab")));
console.log(isUtf8(Buffer.from("é")), isUtf8(Buffer.from([0xff])), isAscii(Buffer.from("a")), isAscii(Buffer.from("é")), transcode(Buffer.from("€"), "utf8", "latin1"), b.parent === b.buffer, b.offset === b.byteOffset);
console.log(b.hexSlice(0, 3), b.utf8Slice(0, 3), b.latin1Slice(0, 2), b.base64Slice(0, 3), Buffer.copyBytesFrom(new Uint16Array([1, 2, 3]), 1, 1));
for (const encoding of ["utf8", "utf16le", "base64", "hex", "latin1"]) {
  const decoder = new StringDecoder(encoding);
  const parts = [...Buffer.from("a€😀b", "utf8")].map((byte) => decoder.write(Buffer.from([byte])));
  console.log(encoding, parts, decoder.end());
}
console.log(atob("aGk="), btoa("hi"), btoa("\xff"));
attempt("atob", () => atob("a"));
attempt("btoa", () => btoa("€"));
