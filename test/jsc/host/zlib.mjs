import zlib from 'node:zlib';
const attempt = (title, call) => {
  try {
    const result = call();
    console.log(title, Buffer.isBuffer(result) ? result.toString('hex') : result);
  } catch (error) {
    console.log(title, error.name, error.code, error.errno, error.message);
  }
};
const wait = () => new Promise((resolve) => setTimeout(resolve, 100));
const text = 'hello hello hello hello', Z = zlib.constants;
console.log(zlib.codes, Z.Z_DEFAULT_LEVEL, Z.GUNZIP, Z.Z_MAX_CHUNK);
for (const name of ['deflateSync', 'gzipSync', 'deflateRawSync']) attempt(name, () => zlib[name](text));
const whole = { inflateSync: 'deflateSync', gunzipSync: 'gzipSync', inflateRawSync: 'deflateRawSync', unzipSync: 'gzipSync' };
// What is made here is what Node reads, and is as long as what zlib makes.
const big = Buffer.from(Array.from({ length: 30000 }, (_, i) => (i * i * 7) % 251 & (i >> 7)));
for (const [read, made] of Object.entries(whole)) {
  for (const given of [text, '', big, big.subarray(0, 100)])
    for (const options of [{}, { level: 0 }, { level: 1 }, { level: 9, memLevel: 9 }, { strategy: Z.Z_HUFFMAN_ONLY }, { strategy: Z.Z_RLE }, { windowBits: 9 }, { chunkSize: 64 }])
      if (!zlib[read](zlib[made](given, options), options).equals(Buffer.from(given))) console.log('lost', read, options);
  for (const bytes of [zlib.deflateSync(text), Buffer.from('garbage!'), Buffer.alloc(0), zlib.gzipSync(text).subarray(0, 15), zlib[made](text).subarray(0, 8), 5, null, {}]) attempt(read, () => zlib[read](bytes));
}
attempt('more', () => zlib.inflateSync(Buffer.concat([zlib.deflateSync(text), Buffer.from('more')])).toString());
for (const more of [zlib.gzipSync('2nd'), Buffer.from('trail'), Buffer.alloc(10), Buffer.from([0x1f, 0x8b, 1, 2, 3])])
  for (const read of ['gunzipSync', 'unzipSync']) attempt('members', () => zlib[read](Buffer.concat([zlib.gzipSync(text), more])).toString());
for (const [made, read, at] of [['gzipSync', 'gunzipSync', -5], ['gzipSync', 'gunzipSync', -1], ['deflateSync', 'inflateSync', -1], ['deflateSync', 'inflateSync', 5]])
  attempt('damaged', () => zlib[read](zlib[made](text).map((byte, i, { length }) => (i === (at + length) % length ? byte ^ 1 : byte))));
const dictionary = Buffer.from('hello');
for (const given of [undefined, dictionary, Buffer.from('bad'), new Uint8Array(dictionary).buffer]) {
  attempt('dictionary', () => zlib.inflateSync(zlib.deflateSync(text, { dictionary }), { dictionary: given }).toString());
  attempt('dictionary', () => zlib.inflateRawSync(zlib.deflateRawSync(text, { dictionary }), { dictionary: given }).toString());
}
for (const options of [{ level: 10 }, { level: -2 }, { level: 'a' }, { windowBits: 7 }, { windowBits: 16 }, { windowBits: 0 }, { memLevel: 0 }, { strategy: 9 }, { chunkSize: 63 }, { flush: 9 }, { finishFlush: 'x' },
  { dictionary: 5 }, { maxOutputLength: 0 }, { level: NaN }, { level: Infinity }, { level: 0 }, { level: 9 }, null, 5]) attempt('options', () => zlib.deflateSync(text, options));
attempt('window of the header', () => zlib.inflateSync(zlib.deflateSync(text), { windowBits: 0 }).toString());
attempt('limit', () => zlib.inflateSync(zlib.deflateSync('a'.repeat(1000)), { maxOutputLength: 100 }));
attempt('info', () => {
  const { buffer, engine } = zlib.deflateSync(text, { info: true });
  return [buffer.length, engine instanceof zlib.Deflate, engine.bytesWritten];
});
attempt('a part', () => zlib.inflateSync(zlib.deflateSync(text).subarray(0, 12), { finishFlush: Z.Z_SYNC_FLUSH }).toString());
for (const given of [['hello'], [Buffer.from('lo'), zlib.crc32('hel')], [''], [5], ['a', 'b'], ['a', -1], ['a', 2 ** 32]]) attempt('crc32', () => zlib.crc32(...given));
for (const bytes of [new Uint8Array([1, 2, 3]).buffer, new Uint16Array([1, 2, 3]), new DataView(new ArrayBuffer(4), 1, 2)]) attempt('bytes', () => zlib.inflateSync(zlib.deflateSync(bytes)));
// Later
zlib.deflate(text, (error, made) => zlib.inflate(made, (error, read) => console.log('callback', error, read.toString())));
await wait();
zlib.inflate(Buffer.from('xx'), (...given) => console.log(given.length, given[0].message, given[0].code));
zlib.gunzip(zlib.gzipSync(text), { chunkSize: 64 }, (error, read) => console.log(error, read.length));
attempt('no callback', () => zlib.deflate(text));
for (const given of [5, undefined, null, {}]) attempt('no bytes', () => zlib.deflate(given, () => {}));
await wait();
const gzip = zlib.createGzip(), parts = [];
gzip.on('data', (part) => parts.push(part)).on('end', () => console.log('end', gzip.bytesWritten, zlib.gunzipSync(Buffer.concat(parts)).toString())).on('close', () => console.log('close'));
gzip.write('abc');
gzip.flush(() => {
  console.log('flushed', parts.length > 0);
  gzip.write('def');
  gzip.flush(Z.Z_SYNC_FLUSH, () => gzip.end('x'));
});
await wait();
for (const [make, given] of [['createGunzip', 'garbage that is long'], ['createInflate', zlib.deflateSync(text).subarray(0, 10)]]) {
  const stream = zlib[make]();
  stream.on('error', (error) => console.log('error', error.message, error.code, error.errno, stream.destroyed)).on('close', () => console.log('close')).resume();
  stream.end(given);
  await wait();
}
const bytewise = (stream, bytes) => new Promise((done) => {
  let out = '';
  stream.on('data', (part) => (out += part)).on('end', () => console.log('bytewise', out, stream.bytesWritten)).on('error', (error) => console.log(error.message)).on('close', done);
  for (const byte of bytes) stream.write(Buffer.of(byte));
  stream.end();
});
await bytewise(zlib.createGunzip(), Buffer.concat([zlib.gzipSync('one'), zlib.gzipSync('two')]));
await bytewise(zlib.createGunzip(), Buffer.concat([zlib.gzipSync('one'), Buffer.from('zz')]));
await bytewise(zlib.createUnzip(), zlib.deflateSync('un'));
await bytewise(zlib.createUnzip(), zlib.gzipSync('zip'));
await bytewise(zlib.createDeflateRaw().pipe(zlib.createInflateRaw()), []);
let large = 0;
for await (const part of zlib.createGzip({ level: 1 }).end(big).pipe(zlib.createGunzip())) large += part.length;
console.log(large === big.length);
const closed = zlib.createDeflate();
closed.on('error', (error) => console.log(error.code, error.message));
closed.close(() => console.log('closed'));
closed.write('x');
await wait();
console.log(new zlib.Gzip() instanceof zlib.Gzip, zlib.Gzip() instanceof zlib.Gzip, zlib.createDeflate() instanceof zlib.Deflate, zlib.Deflate.name);
const again = zlib.createDeflate();
again.reset();
const made = [];
again.on('data', (part) => made.push(part)).on('end', () => console.log(zlib.inflateSync(Buffer.concat(made)).toString()));
again.end('x');
