// node:stream/consumers.
import { Buffer } from "node:buffer";
import { Blob } from "host:blob";

async function* partsOf(stream) {
  if (typeof stream.getReader !== "function") return yield* stream;
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}
async function buffer(stream) {
  const parts = [];
  for await (const part of partsOf(stream)) parts.push(typeof part === "string" ? Buffer.from(part) : Buffer.from(part.buffer ?? part, part.byteOffset, part.byteLength));
  return Buffer.concat(parts);
}
async function arrayBuffer(stream) {
  const all = await buffer(stream);
  return all.buffer.slice(all.byteOffset, all.byteOffset + all.byteLength);
}
async function text(stream) {
  const decoder = new TextDecoder();
  let out = "";
  for await (const part of partsOf(stream)) out += typeof part === "string" ? part : decoder.decode(part, { stream: true });
  return out + decoder.decode();
}
async function json(stream) {
  return JSON.parse(await text(stream));
}
async function blob(stream) {
  return new Blob([await buffer(stream)]);
}
async function bytes(stream) {
  return new Uint8Array(await arrayBuffer(stream));
}
export default { arrayBuffer, blob, buffer, bytes, json, text };
