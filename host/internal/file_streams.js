// Streams of files.
import fs, { flagsOf, pathOf } from "node:fs";
import stream from "node:stream";
import { checkInteger, coded, invalidType, outOfRange } from "host:errors";

const { Readable, Writable } = stream;
const settings = (options) => (typeof options === "string" ? { encoding: options } : options ?? {});

export class ReadStream extends Readable {
  constructor(path, options) {
    options = settings(options);
    super({ highWaterMark: 65536, emitClose: true, autoDestroy: options.autoClose !== false, ...options, fs: undefined, read: undefined });
    this.fd = options.fd?.fd ?? options.fd ?? null;
    this.path = this.fd === null ? pathOf(path) : path;
    this.flags = options.flags ?? "r";
    this.mode = options.mode ?? 0o666;
    this.start = options.start;
    this.end = options.end ?? Infinity;
    this.pos = options.start;
    this.bytesRead = 0;
    if (options.start !== undefined) checkInteger(options.start, "start", 0);
    if (options.start !== undefined && this.end < options.start) throw outOfRange("start", `<= "end" (here: ${this.end})`, options.start);
    if (options.encoding) this.setEncoding(options.encoding);
  }
  _construct(callback) {
    if (this.fd !== null) return callback();
    fs.open(this.path, this.flags, this.mode, (error, fd) => {
      if (error) return callback(error);
      this.fd = fd;
      callback();
      this.emit("open", fd);
      this.emit("ready");
    });
  }
  _read(size) {
    const left = this.pos !== undefined ? this.end - this.pos + 1 : this.end - this.bytesRead + 1;
    const count = Math.min(left, size);
    if (count <= 0) return this.push(null);
    const chunk = Buffer.allocUnsafe(count);
    fs.read(this.fd, chunk, 0, count, this.pos ?? null, (error, done) => {
      if (error) return this.destroy(error);
      this.bytesRead += done;
      if (this.pos !== undefined) this.pos += done;
      this.push(done > 0 ? chunk.subarray(0, done) : null);
    });
  }
  _destroy(error, callback) {
    close(this, error, callback);
  }
  close(callback) {
    if (callback) stream.finished(this, callback);
    this.destroy();
  }
  get pending() { return this.fd === null; }
}

function close(target, error, callback) {
  if (target.fd === null) return callback(error);
  const { fd } = target;
  target.fd = null;
  fs.close(fd, (failed) => callback(failed ?? error));
}

export class WriteStream extends Writable {
  constructor(path, options) {
    options = settings(options);
    super({ decodeStrings: true, emitClose: true, autoDestroy: options.autoClose !== false, ...options, fs: undefined, write: undefined });
    this.fd = options.fd?.fd ?? options.fd ?? null;
    this.path = this.fd === null ? pathOf(path) : path;
    this.flags = options.flags ?? "w";
    flagsOf(this.flags);
    this.mode = options.mode ?? 0o666;
    this.start = options.start;
    this.pos = options.start;
    this.bytesWritten = 0;
    if (options.encoding) this.setDefaultEncoding(options.encoding);
  }
  _write(chunk, encoding, callback) {
    let at = 0;
    const next = () => {
      if (at === chunk.length) return callback();
      fs.write(this.fd, chunk, at, chunk.length - at, this.pos ?? null, (error, done) => {
        if (error) return callback(error);
        at += done;
        this.bytesWritten += done;
        if (this.pos !== undefined) this.pos += done;
        next();
      });
    };
    next();
  }
  _destroy(error, callback) {
    close(this, error, callback);
  }
  close(callback) {
    if (callback) {
      if (this.closed) return process.nextTick(callback);
      this.on("close", callback);
    }
    this.end();
  }
  get pending() { return this.fd === null; }
}
WriteStream.prototype._construct = ReadStream.prototype._construct;
WriteStream.prototype.destroySoon = WriteStream.prototype.end;

export default { ReadStream, WriteStream };
