import { gunzipSync, gzipSync } from 'node:zlib';
const attempt = (title, call) => {
  try {
    console.log(title, call());
  } catch (error) {
    console.log(title, error.name, error.code, error.message);
  }
};
async function run(stream, parts) {
  const out = [], writer = stream.writable.getWriter();
  const reading = (async () => {
    for await (const part of stream.readable) out.push(part);
  })();
  const writing = (async () => {
    for (const part of parts) await writer.write(part);
    await writer.close();
  })();
  const results = await Promise.allSettled([reading, writing]);
  return [Buffer.concat(out), results.map(({ status, reason }) => (reason ? `${reason.name} ${reason.code} ${reason.message} ${reason.cause?.code}` : status))];
}
for (const format of [undefined, 'deflate', 'deflate-raw', 'gzip', 'zstd', 5, null])
  for (const Kind of [CompressionStream, DecompressionStream]) attempt(Kind.name, () => Object.prototype.toString.call(new Kind(format)));
console.log(CompressionStream.length, Object.getOwnPropertyNames(CompressionStream.prototype), Object.getOwnPropertyDescriptor(CompressionStream.prototype, 'readable').enumerable);
const text = (words) => new TextEncoder().encode(words);
for (const format of ['deflate', 'deflate-raw', 'gzip']) {
  const [made, results] = await run(new CompressionStream(format), [text('hello '), text('hello')]);
  console.log(format, results);
  const given = { whole: [made], bytes: [...made].map((byte) => Buffer.of(byte)), 'a part': [made.subarray(0, 8)], more: [Buffer.concat([made, Buffer.from('x')])], 'more later': [made, Buffer.from('x')],
    garbage: [Buffer.from('garbage')], nothing: [] };
  for (const [name, parts] of Object.entries(given)) {
    const [read, results] = await run(new DecompressionStream(format), parts);
    console.log(name, read.toString(), results);
  }
}
for (const chunk of ['text', 5, null, {}, undefined]) console.log((await run(new CompressionStream('gzip'), [chunk]))[1]);
const [made] = await run(new CompressionStream('gzip'), [text('a').buffer, new DataView(text('b').buffer), new Uint16Array([0x6363])]);
console.log(gunzipSync(made).toString());
for (const bytes of [Buffer.concat([gzipSync('one'), gzipSync('two')]), Buffer.concat([gzipSync('one'), Buffer.alloc(4)])]) {
  const [read, results] = await run(new DecompressionStream('gzip'), [bytes]);
  console.log(read.toString(), results);
}
