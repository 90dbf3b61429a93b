// process.stdin, stdout and stderr. Writes are done when write() returns.
import process from "native:process";
import * as system from "native:system";
import { hideProxy, load } from "native:util";
import { checkInteger, coded, invalidType } from "host:errors";
import { Buffer } from "node:buffer";
import EventEmitter from "node:events";

// Beside what all of Node's streams of this kind have: as many colours as the environment says, in bits.
export function getColorDepth(env = process.env) {
  if (env.FORCE_COLOR !== undefined) {
    switch (env.FORCE_COLOR) {
      case "": case "1": case "true": return 4;
      case "2": return 8;
      case "3": return 24;
      default: return 1;
    }
  }
  if (env.NODE_DISABLE_COLORS || env.NO_COLOR || env.TERM === "dumb") return 1;
  if (env.TMUX) return 24;
  if (env.CI !== undefined) return ["APPVEYOR", "BUILDKITE", "CIRCLECI", "DRONE", "GITEA_ACTIONS", "GITHUB_ACTIONS", "GITLAB_CI", "TRAVIS"].some((each) => each in env) ? 24 : 1;
  if (env.COLORTERM === "truecolor" || env.COLORTERM === "24bit") return 24;
  if (env.TERM) {
    if (/truecolor/.test(env.TERM)) return 24;
    if (/^xterm-256/.test(env.TERM)) return 8;
    if (/ansi|color|linux|direct|^con[0-9]*x[0-9]|^rxvt|^screen|^xterm|^vt100|^vt220/i.test(env.TERM)) return 4;
  }
  return env.COLORTERM ? 4 : 1;
}

class StandardStream extends EventEmitter {
  constructor(descriptor) {
    super();
    this.fd = descriptor;
    this.writable = true;
    this._type = "fs";
    this.writableHighWaterMark = 16384;
    this.writableLength = 0;
    this.writableEnded = false;
    this.writableFinished = false;
    this.writableNeedDrain = false;
    this.writableObjectMode = false;
    this.writableCorked = 0;
    this.destroyed = false;
    this.closed = false;
    this.errored = null;
    if (system.isTerminal(descriptor)) {
      this._type = "tty";
      this.isTTY = true;
      this._refreshSize();
      process.on("SIGWINCH", () => this._refreshSize());
    }
    for (const name of Object.keys(this)) if (name !== "fd" && name !== "isTTY" && name !== "columns" && name !== "rows") Object.defineProperty(this, name, { enumerable: false });
  }
  _refreshSize() {
    const size = system.windowSize(this.fd);
    if (!Array.isArray(size) || size[0] === 0) return;
    const changed = this.columns !== undefined && (this.columns !== size[0] || this.rows !== size[1]);
    [this.columns, this.rows] = size;
    if (changed) this.emit("resize");
  }
  write(chunk, encoding, callback) {
    if (typeof encoding === "function") [encoding, callback] = [undefined, encoding];
    if (chunk === null) throw coded(TypeError, "ERR_STREAM_NULL_VALUES", "May not write null values to stream");
    if (typeof chunk !== "string" && !ArrayBuffer.isView(chunk)) throw invalidType("chunk", ["string", "Buffer", "TypedArray", "DataView"], chunk);
    if (this.writableEnded) {
      const error = coded(Error, "ERR_STREAM_WRITE_AFTER_END", "write after end");
      process.nextTick(() => { callback?.(error); this.emit("error", error); });
      return false;
    }
    const bytes = typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk;
    let error = null;
    for (let at = 0; at < bytes.byteLength;) {
      const done = system.write(this.fd, bytes, at, bytes.byteLength - at, -1);
      if (done >= 0) {
        at += done;
        continue;
      }
      const name = system.errorName(done);
      if (name === "EINTR") continue;
      if (name === "EAGAIN") {
        system.poll([], [this.fd], -1);
        continue;
      }
      error = system.error(done, "write");
      break;
    }
    if (callback) process.nextTick(callback, error);
    if (error) process.nextTick(() => { if (this.listenerCount("error")) this.emit("error", error); });
    return !error;
  }
  end(chunk, encoding, callback) {
    if (typeof chunk === "function") [chunk, encoding, callback] = [undefined, undefined, chunk];
    else if (typeof encoding === "function") [encoding, callback] = [undefined, encoding];
    if (chunk !== undefined && chunk !== null) this.write(chunk, encoding);
    if (!this.writableEnded) {
      this.writableEnded = true;
      this.writable = false;
      process.nextTick(() => {
        this.writableFinished = true;
        callback?.();
        this.emit("finish");
      });
    }
    return this;
  }
  cork() {}
  uncork() {}
  setDefaultEncoding() { return this; }
  destroy(error) {
    if (error) process.nextTick(() => this.emit("error", error));
    return this;
  }
  destroySoon() { this.destroy(); }
  ref() { return this; }
  unref() { return this; }
  getWindowSize() { return [this.columns, this.rows]; }
  getColorDepth(env) { return getColorDepth(env); }
  hasColors(count = 16, env = undefined) {
    if (env === undefined && (count === undefined || typeof count === "object")) [count, env] = [16, count ?? undefined];
    else checkInteger(count, "count", 2);
    return count <= 2 ** getColorDepth(env);
  }
  cursorTo(x, y, callback) {
    if (typeof y === "function") [y, callback] = [undefined, y];
    return this.write(y === undefined ? `\x1b[${x + 1}G` : `\x1b[${y + 1};${x + 1}H`, callback);
  }
  moveCursor(dx, dy, callback) {
    let text = "";
    if (dx < 0) text += `\x1b[${-dx}D`;
    else if (dx > 0) text += `\x1b[${dx}C`;
    if (dy < 0) text += `\x1b[${-dy}A`;
    else if (dy > 0) text += `\x1b[${dy}B`;
    return this.write(text, callback);
  }
  clearLine(direction, callback) { return this.write(direction < 0 ? "\x1b[1K" : direction > 0 ? "\x1b[0K" : "\x1b[2K", callback); }
  clearScreenDown(callback) { return this.write("\x1b[0J", callback); }
  get _writableState() { return undefined; }
}

const outputs = new Map();
export function makeStdout(descriptor) {
  if (!outputs.has(descriptor)) outputs.set(descriptor, new StandardStream(descriptor));
  return outputs.get(descriptor);
}

/// A Readable of a descriptor that may have nothing to give yet.
export function readFrom(descriptor, options) {
  const { Readable } = load("node:stream");
  let isWatched = false;
  const stop = () => {
    if (isWatched) system.unwatch(descriptor);
    isWatched = false;
  };
  const stream = new Readable({
    highWaterMark: 65536,
    read(size) {
      if (isWatched) return;
      isWatched = true;
      system.watch(descriptor, () => {
        const chunk = Buffer.allocUnsafe(size);
        const count = system.read(descriptor, chunk, 0, size, -1);
        if (count < 0) {
          const name = system.errorName(count);
          if (name === "EAGAIN" || name === "EINTR") return;
          stop();
          if (name === "EIO" && stream.isTTY) return stream.push(null);
          return stream.destroy(system.error(count, "read"));
        }
        // Until more is asked for, nobody waits.
        stop();
        stream.push(count === 0 ? null : chunk.subarray(0, count));
      }, false, stream._keepsAlive !== false);
    },
    destroy(error, callback) {
      stop();
      options?.close?.();
      callback(error);
    },
  });
  stream.ref = () => {
    stream._keepsAlive = true;
    system.keepAlive(descriptor, true);
    return stream;
  };
  stream.unref = () => {
    stream._keepsAlive = false;
    system.keepAlive(descriptor, false);
    return stream;
  };
  Object.defineProperty(stream, "_keepsAlive", { value: true, writable: true, enumerable: false });
  // A stream that is paused is waited for only if somebody reads it by other means.
  stream.on("pause", () => {
    if (stream.listenerCount("readable") === 0) system.keepAlive(descriptor, false);
  });
  stream.on("resume", () => {
    if (stream._keepsAlive) system.keepAlive(descriptor, true);
  });
  return stream;
}

let input;
function stdin() {
  if (input) return input;
  input = readFrom(0);
  input.fd = 0;
  if (system.isTerminal(0)) {
    input.isTTY = true;
    input.isRaw = false;
    input.setRawMode = (mode) => {
      const result = system.setRaw(0, !!mode);
      if (result < 0) throw system.error(result, "setRawMode");
      input.isRaw = !!mode;
      return input;
    };
  }
  return input;
}

// Whoever imports anything of node:process gets this too, and few read from it: the streams are loaded with the first look at it.
const lazily = {};
for (const trap of ["get", "set", "has", "deleteProperty", "ownKeys", "getOwnPropertyDescriptor", "defineProperty", "getPrototypeOf", "setPrototypeOf"])
  lazily[trap] = (target, ...given) => Reflect[trap](stdin(), ...given.map((each) => (each === standardInput ? stdin() : each)));
lazily.getOwnPropertyDescriptor = (target, key) => {
  const descriptor = Reflect.getOwnPropertyDescriptor(stdin(), key);
  return descriptor && { ...descriptor, configurable: true };
};
// Methods work on the stream itself, which is what its listeners see as `this`.
const methods = new Map();
lazily.get = (target, key) => {
  const value = stdin()[key];
  if (typeof value !== "function" || key === "constructor") return value;
  if (methods.get(key)?.of !== value) {
    const call = { [key](...given) {
      return Reflect.apply(value, this === standardInput ? stdin() : this, given);
    } }[key];
    methods.set(key, { of: value, call });
  }
  return methods.get(key).call;
};
const standardInput = new Proxy({}, hideProxy(lazily));
export function makeStdin() {
  return standardInput;
}

export default { makeStdout, makeStdin, readFrom, getColorDepth };
