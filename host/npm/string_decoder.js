//=import buffer from "node:buffer"; const required = { buffer }; const require = (name) => required[name];
export { StringDecoder } from "string_decoder/lib/string_decoder.js";
