// node:string_decoder: bytes of all kinds, in pieces.
import { StringDecoder } from "node:string_decoder";

console.log(new StringDecoder("utf8").write(new Uint8Array([104, 105])), new StringDecoder("hex").end(Buffer.from("ab")));
console.log(new StringDecoder("utf-16le").write(new DataView(new Uint8Array([65, 0]).buffer)), new StringDecoder().encoding);
const parts = new StringDecoder("utf8");
console.log([parts.write(Buffer.from([0xe2, 0x82])), parts.lastNeed, parts.write(Buffer.from([0xac])), parts.end()]);
const url = new StringDecoder("base64url");
console.log([url.write(Buffer.from([251, 255])), url.end(), url.encoding]);
for (const wrong of [() => new StringDecoder("nope"), () => new StringDecoder().write(5)])
  try {
    console.log(wrong());
  } catch (e) {
    console.log(e.name, e.code, e.message);
  }
