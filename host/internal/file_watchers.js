// fs.watch and fs.watchFile.
import * as system from "native:system";
import { clearInterval, setInterval } from "native:timers";
import process from "native:process";
import EventEmitter from "node:events";
import { Buffer } from "node:buffer";
import fs, { Stats, bigStats, pathOf } from "node:fs";
import { checkBoolean, checkFunction, checkInteger, checkSignal, coded, invalidType, invalidValue } from "host:errors";

export class FSWatcher extends EventEmitter {
  #descriptor;
  constructor(path, { persistent, encoding }) {
    super();
    const made = system.inotify(path);
    if (made < 0) throw Object.assign(system.error(made, "watch", path), { filename: path });
    this.#descriptor = made;
    const own = path.slice(path.lastIndexOf("/", path.length - 2) + 1);
    const buffer = Buffer.allocUnsafeSlow(65536);
    system.watch(made, () => {
      const size = system.read(made, buffer, 0, buffer.length, -1);
      for (let at = 0; at < size && this.#descriptor !== undefined;) {
        // struct inotify_event: watch, mask, cookie, length, name
        const mask = buffer.readUInt32LE(at + 4), length = buffer.readUInt32LE(at + 12);
        const name = length === 0 ? own : buffer.utf8Slice(at + 16, buffer.indexOf(0, at + 16));
        at += 16 + length;
        // The file is no more, and neither are its events.
        if (mask & inotify.ignored) continue;
        const given = encoding === "buffer" ? Buffer.from(name) : encoding === "utf8" ? name : Buffer.from(name).toString(encoding);
        this.emit("change", (mask & ~(inotify.modify | inotify.attributes)) === 0 ? "change" : "rename", given);
      }
    }, false, persistent);
  }
  close() {
    if (this.#descriptor === undefined) return;
    system.unwatch(this.#descriptor);
    system.close(this.#descriptor);
    this.#descriptor = undefined;
    process.nextTick(() => this.emit("close"));
  }
  ref() {
    if (this.#descriptor !== undefined) system.keepAlive(this.#descriptor, true);
    return this;
  }
  unref() {
    if (this.#descriptor !== undefined) system.keepAlive(this.#descriptor, false);
    return this;
  }
}
const inotify = { modify: 2, attributes: 4, ignored: 0x8000 };

export function watch(path, options, listener) {
  path = pathOf(path);
  if (typeof options === "function") [options, listener] = [{}, options];
  if (typeof options === "string") options = { encoding: options };
  if (options !== undefined && options !== null && typeof options !== "object") throw invalidType("options", ["string", "object"], options);
  const { persistent = true, recursive = false, encoding = "utf8", signal } = options ?? {};
  if (encoding !== "buffer" && !Buffer.isEncoding(encoding)) throw invalidValue("encoding", encoding, "is invalid encoding");
  checkSignal(signal, "options.signal");
  checkBoolean(recursive, "options.recursive");
  if (listener !== undefined) checkFunction(listener, "listener");
  if (recursive)
    throw coded(Error, "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", "The feature watch recursively is unavailable on the current platform, which is being used to run Node.js");
  const watcher = new FSWatcher(path, { persistent: !!persistent, encoding });
  if (listener) watcher.on("change", listener);
  if (signal?.aborted) process.nextTick(() => watcher.close());
  else if (signal) {
    const stop = () => watcher.close();
    signal.addEventListener("abort", stop, { once: true });
    watcher.once("close", () => signal.removeEventListener("abort", stop));
  }
  return watcher;
}

export async function* eventsOf(path, options = {}) {
  const { signal, ...rest } = typeof options === "string" ? { encoding: options } : options ?? {};
  checkSignal(signal, "options.signal");
  signal?.throwIfAborted();
  const watcher = watch(path, rest), events = [];
  let wake;
  const tell = () => wake?.();
  watcher.on("change", (eventType, filename) => {
    events.push({ __proto__: null, eventType, filename });
    tell();
  });
  signal?.addEventListener("abort", tell);
  try {
    for (;;) {
      while (events.length && !signal?.aborted) yield events.shift();
      if (signal?.aborted) throw Object.assign(coded(Error, "ABORT_ERR", "The operation was aborted", { cause: signal.reason }), { name: "AbortError" });
      await new Promise((resolve) => (wake = resolve));
    }
  } finally {
    signal?.removeEventListener("abort", tell);
    watcher.close();
  }
}

// Looking again and again

const watched = new Map();
const compared = ["ctimeNs", "mtimeNs", "birthtimeNs", "size", "mode", "uid", "gid", "ino", "dev"];

class StatWatcher extends EventEmitter {
  #path;
  #bigint;
  #timer;
  #before;
  #keepsAlive;
  constructor(path, { bigint, interval, persistent }) {
    super();
    this.#path = path;
    this.#bigint = bigint;
    this.#keepsAlive = persistent;
    this.#before = this.#look();
    if (this.#before === undefined) process.nextTick(() => this.#timer !== undefined && this.emit("change", this.#shown(), this.#shown()));
    this.#timer = setInterval(() => {
      const now = this.#look(), before = this.#before;
      if (compared.every((name) => now?.[name] === before?.[name])) return;
      this.#before = now;
      this.emit("change", this.#shown(now), this.#shown(before));
    }, interval);
    if (!persistent) this.#timer.unref();
  }
  #look() {
    try {
      return fs.statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    } catch {
      return undefined;
    }
  }
  // What is not there is all zeros.
  #shown(status) {
    const values = new Array(18).fill(0);
    if (status) {
      ["dev", "mode", "nlink", "uid", "gid", "rdev", "blksize", "ino", "size", "blocks"].forEach((name, i) => (values[i] = Number(status[name])));
      ["atime", "mtime", "ctime", "birthtime"].forEach((name, i) => {
        values[10 + 2 * i] = Number(status[`${name}Ns`] / 1000000000n);
        values[11 + 2 * i] = Number(status[`${name}Ns`] % 1000000000n);
      });
    }
    return this.#bigint ? bigStats(values) : new Stats(values);
  }
  stop() {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    process.nextTick(() => this.emit("stop"));
  }
  ref() {
    this.#timer?.ref();
    return this;
  }
  unref() {
    this.#timer?.unref();
    return this;
  }
}

export function watchFile(path, options, listener) {
  path = pathOf(path);
  if (typeof options === "function" || options === null || typeof options !== "object") [options, listener] = [{}, options];
  checkFunction(listener, "listener");
  const { bigint = false, interval = 5007, persistent = true } = options;
  checkInteger(interval, "interval", 0, 2 ** 32 - 1);
  let watcher = watched.get(path);
  if (!watcher) watched.set(path, (watcher = new StatWatcher(path, { bigint, interval, persistent })));
  watcher.on("change", listener);
  return watcher;
}
export function unwatchFile(path, listener) {
  path = pathOf(path);
  const watcher = watched.get(path);
  if (!watcher) return;
  if (typeof listener === "function") watcher.removeListener("change", listener);
  else watcher.removeAllListeners("change");
  if (watcher.listenerCount("change") > 0) return;
  watcher.stop();
  watched.delete(path);
}

export default { FSWatcher, watch, watchFile, unwatchFile, eventsOf };
