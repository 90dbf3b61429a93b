//=import buffer from "node:buffer"; import events from "node:events"; import string_decoder from "node:string_decoder"; import process from "native:process";
//=const required = { buffer, events, "string_decoder/": string_decoder, "process/": process, get "abort-controller"() { return globalThis; } };
//=const require = (name) => required[name];
export { default } from "readable-stream/lib/stream.js";
