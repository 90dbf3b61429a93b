// node:fs. What callbacks and promises get is done when they are asked for: the disk is not waited for elsewhere.
import * as native from "native:fs";
import * as system from "native:system";
import { fileURLToPath } from "native:url";
import { setImmediate } from "native:timers";
import { load } from "native:util";
import process from "native:process";
import { checkFunction, checkInteger, checkString, coded, invalidType, invalidValue, outOfRange } from "host:errors";
import { checked, fileConstants } from "host:system";

export const constants = Object.assign(Object.create(null), fileConstants);

const buffers = () => load("node:buffer").Buffer;

export function pathOf(path, name = "path") {
  if (typeof path === "object" && path !== null && typeof path.href === "string" && typeof path.protocol === "string") path = fileURLToPath(path);
  if (path instanceof Uint8Array) path = buffers().from(path.buffer, path.byteOffset, path.byteLength).toString("latin1") && buffers().from(path).toString();
  if (typeof path !== "string") throw invalidType(name, ["string", "Buffer", "URL"], path);
  if (path.includes("\0")) throw invalidValue(name, path, "must be a string, Uint8Array, or URL without null bytes");
  return path;
}

const encoded = (text, options) => {
  const encoding = typeof options === "string" ? options : options?.encoding;
  return encoding === "buffer" ? buffers().from(text) : encoding && encoding !== "utf8" && encoding !== "utf-8" ? buffers().from(text).toString(encoding) : text;
};

function modeOf(value, name, otherwise) {
  if (value === undefined || value === null) return otherwise;
  if (typeof value === "string") {
    if (!/^[0-7]+$/.test(value)) throw invalidValue(name, value, "must be a 32-bit unsigned integer or an octal string");
    return Number.parseInt(value, 8);
  }
  checkInteger(value, name, 0, 0xffffffff);
  return value;
}

export function flagsOf(flags, name = "flags") {
  if (flags === undefined || flags === null) return constants.O_RDONLY;
  if (typeof flags === "number") return flags;
  const { O_RDONLY, O_RDWR, O_WRONLY, O_CREAT, O_TRUNC, O_APPEND, O_EXCL, O_SYNC } = constants;
  switch (flags) {
    case "r": return O_RDONLY;
    case "rs": case "sr": return O_RDONLY | O_SYNC;
    case "r+": return O_RDWR;
    case "rs+": case "sr+": return O_RDWR | O_SYNC;
    case "w": return O_TRUNC | O_CREAT | O_WRONLY;
    case "wx": case "xw": return O_TRUNC | O_CREAT | O_WRONLY | O_EXCL;
    case "w+": return O_TRUNC | O_CREAT | O_RDWR;
    case "wx+": case "xw+": return O_TRUNC | O_CREAT | O_RDWR | O_EXCL;
    case "a": return O_APPEND | O_CREAT | O_WRONLY;
    case "ax": case "xa": return O_APPEND | O_CREAT | O_WRONLY | O_EXCL;
    case "as": case "sa": return O_APPEND | O_CREAT | O_WRONLY | O_SYNC;
    case "a+": return O_APPEND | O_CREAT | O_RDWR;
    case "ax+": case "xa+": return O_APPEND | O_CREAT | O_RDWR | O_EXCL;
    case "as+": case "sa+": return O_APPEND | O_CREAT | O_RDWR | O_SYNC;
  }
  throw invalidValue(name, flags);
}

const fdOf = (fd) => {
  checkInteger(fd, "fd", 0, 0x7fffffff);
  return fd;
};

// What is at a path

function StatsBase() {}
for (const [name, type] of [["isDirectory", 0o040000], ["isFile", 0o100000], ["isBlockDevice", 0o060000], ["isCharacterDevice", 0o020000], ["isSymbolicLink", 0o120000],
  ["isFIFO", 0o010000], ["isSocket", 0o140000]]) {
  StatsBase.prototype[name] = { [name]() { return (Number(this.mode) & 0o170000) === type; } }[name];
}

const fields = ["dev", "mode", "nlink", "uid", "gid", "rdev", "blksize", "ino", "size", "blocks"];
const times = ["atime", "mtime", "ctime", "birthtime"];

export function Stats(values) {
  if (!values) return;
  for (let i = 0; i < fields.length; i++) this[fields[i]] = values[i];
  for (let i = 0; i < times.length; i++) this[`${times[i]}Ms`] = values[10 + 2 * i] * 1e3 + values[11 + 2 * i] / 1e6;
}
function BigIntStats(values) {
  for (let i = 0; i < fields.length; i++) this[fields[i]] = BigInt(values[i]);
  for (let i = 0; i < times.length; i++) {
    const ns = BigInt(values[10 + 2 * i]) * 1000000000n + BigInt(values[11 + 2 * i]);
    this[`${times[i]}Ms`] = ns / 1000000n;
    this[`${times[i]}Ns`] = ns;
  }
}
export const bigStats = (values) => new BigIntStats(values);
for (const kind of [Stats, BigIntStats]) {
  Object.setPrototypeOf(kind.prototype, StatsBase.prototype);
  // Dates are made when they are asked for, and then belong to the object.
  for (const name of times) {
    const define = (object, value) => Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
    Object.defineProperty(kind.prototype, name, {
      enumerable: true,
      configurable: true,
      get() {
        const date = new Date(Math.round(Number(this[`${name}Ms`]) + (kind === Stats ? 0 : 0)));
        if (this !== kind.prototype && this[`${name}Ms`] !== undefined) define(this, date);
        return date;
      },
      set(value) { define(this, value); },
    });
  }
}

function statWith(result, call, path, options) {
  if (typeof result === "number") {
    if (options?.throwIfNoEntry === false && ["ENOENT", "ENOTDIR"].includes(system.errorName(result))) return undefined;
    throw system.error(result, call, path);
  }
  return options?.bigint ? new BigIntStats(result) : new Stats(result);
}
export const statSync = function statSync(path, options) {
  path = pathOf(path);
  return statWith(system.stat(path), "stat", path, options);
};
export const lstatSync = function lstatSync(path, options) {
  path = pathOf(path);
  return statWith(system.lstat(path), "lstat", path, options);
};
export const fstatSync = function fstatSync(fd, options) {
  return statWith(system.fstat(fdOf(fd)), "fstat", undefined, { bigint: options?.bigint });
};

class StatFs {
  constructor(values, convert) {
    ["type", "bsize", "frsize", "blocks", "bfree", "bavail", "files", "ffree"].forEach((name, i) => (this[name] = convert(values[i])));
  }
}
export function statfsSync(path, options) {
  path = pathOf(path);
  return new StatFs(checked(system.statfs(path), "statfs", path), options?.bigint ? BigInt : Number);
}

export class Dirent {
  constructor(name, parentPath, type) {
    this.name = name;
    this.parentPath = parentPath;
    Object.defineProperty(this, kType, { value: type, enumerable: true, writable: true });
  }
}
const kType = Symbol("type");
for (const [name, type] of [["isFile", 1], ["isDirectory", 2], ["isSymbolicLink", 3], ["isFIFO", 4], ["isSocket", 5], ["isCharacterDevice", 6], ["isBlockDevice", 7]])
  Object.defineProperty(Dirent.prototype, name, { value: { [name]() { return this[kType] === type; } }[name], writable: true, configurable: true });

const typeOf = (mode) => [0o100000, 0o040000, 0o120000, 0o010000, 0o140000, 0o020000, 0o060000].indexOf(mode & 0o170000) + 1;

export function readdirSync(path, options) {
  path = pathOf(path);
  const recursive = options?.recursive, typed = options?.withFileTypes;
  if (!recursive && !typed) {
    const names = native.readdirSync(path);
    return options ? names.map((each) => encoded(each, options)) : names;
  }
  const out = [];
  const folders = [["", path]];
  // Breadth first, as Node.
  for (let i = 0; i < folders.length; i++) {
    const [prefix, folder] = folders[i];
    for (const entry of native.readdirSync(folder, { withFileTypes: true })) {
      const full = folder.endsWith("/") ? folder + entry.name : `${folder}/${entry.name}`;
      let type = entry.isFile() ? 1 : entry.isDirectory() ? 2 : entry.isSymbolicLink() ? 3 : 0;
      if (type === 0) {
        const status = system.lstat(full);
        type = Array.isArray(status) ? typeOf(status[1]) : 0;
      }
      out.push(typed ? new Dirent(encoded(entry.name, options), folder, type) : encoded(prefix + entry.name, options));
      if (recursive && type === 2) folders.push([`${prefix}${entry.name}/`, full]);
    }
  }
  return out;
}

// Descriptors

export function openSync(path, flags = "r", mode = 0o666) {
  path = pathOf(path);
  return checked(system.open(path, flagsOf(flags), modeOf(mode, "mode", 0o666)), "open", path);
}
export function closeSync(fd) {
  checked(system.close(fdOf(fd)), "close");
}

function range(buffer, offset, length, position) {
  if (!ArrayBuffer.isView(buffer)) throw invalidType("buffer", ["Buffer", "TypedArray", "DataView"], buffer);
  if (offset !== null && typeof offset === "object") ({ offset = 0, length = buffer.byteLength - offset, position = null } = offset);
  offset ??= 0;
  checkInteger(offset, "offset", 0);
  length ??= buffer.byteLength - offset;
  if (offset > buffer.byteLength) throw outOfRange("offset", `>= 0 && <= ${buffer.byteLength}`, offset);
  if (length < 0 || length > buffer.byteLength - offset) throw outOfRange("length", `>= 0 && <= ${buffer.byteLength - offset}`, length);
  return [offset, length | 0, position === null || position === undefined ? -1 : Number(position)];
}
export function readSync(fd, buffer, offset, length, position) {
  [offset, length, position] = range(buffer, offset, length, position);
  return checked(system.read(fdOf(fd), buffer, offset, length, position), "read");
}
export function writeSync(fd, data, offset, length, position) {
  fdOf(fd);
  if (typeof data === "string") {
    // writeSync(fd, text, position, encoding)
    const bytes = buffers().from(data, typeof length === "string" ? length : "utf8");
    return checked(system.write(fd, bytes, 0, bytes.length, typeof offset === "number" ? offset : -1), "write");
  }
  [offset, length, position] = range(data, offset, length, position);
  return checked(system.write(fd, data, offset, length, position), "write");
}
const each = (call, fd, list, position) => {
  let total = 0;
  for (const part of list) {
    const count = call(fd, part, 0, part.byteLength, typeof position === "number" ? position + total : null);
    total += count;
    if (count < part.byteLength) break;
  }
  return total;
};
export function readvSync(fd, list, position) {
  return each(readSync, fd, list, position);
}
export function writevSync(fd, list, position) {
  return each(writeSync, fd, list, position);
}

// Whole files

const isDescriptor = (value) => Number.isInteger(value) && value >= 0;

export function readFileSync(path, options) {
  const encoding = typeof options === "string" ? options : options?.encoding;
  const flag = options?.flag;
  const plain = flag === undefined || flag === "r";
  if (plain && (encoding === undefined || encoding === null || encoding === "utf8" || encoding === "utf-8")) return native.readFileSync(isDescriptor(path) ? path : pathOf(path), encoding);
  if (encoding && encoding !== "buffer" && !buffers().isEncoding(encoding)) throw invalidValue("encoding", encoding, "is invalid encoding");
  let content;
  if (plain || isDescriptor(path)) {
    content = native.readFileSync(isDescriptor(path) ? path : pathOf(path));
  } else {
    const fd = openSync(path, flag);
    try {
      content = native.readFileSync(fd);
    } finally {
      closeSync(fd);
    }
  }
  return encoding && encoding !== "buffer" ? content.toString(encoding) : content;
}

function writeWhole(path, data, options, otherwise) {
  options = typeof options === "string" ? { encoding: options } : options ?? {};
  if (!ArrayBuffer.isView(data)) {
    if (typeof data !== "string") throw invalidType("data", ["string", "Buffer", "TypedArray", "DataView"], data);
    data = buffers().from(data, options.encoding ?? "utf8");
  }
  const owned = !isDescriptor(path);
  const fd = owned ? openSync(path, options.flag ?? otherwise, options.mode ?? 0o666) : path;
  try {
    for (let at = 0; at < data.byteLength;) at += writeSync(fd, data, at, data.byteLength - at, null);
    if (options.flush) checked(system.fsync(fd, false), "fsync");
  } finally {
    if (owned) closeSync(fd);
  }
}
export function writeFileSync(path, data, options) {
  writeWhole(path, data, options, "w");
}
export function appendFileSync(path, data, options) {
  writeWhole(path, data, options, "a");
}

// Names

const onPath = (name, call) => ({ [name](path, ...rest) {
  path = pathOf(path);
  return call(path, ...rest);
} })[name];

export const accessSync = onPath("accessSync", (path, mode = constants.F_OK) => native.accessSync(path, mode));
export const existsSync = function existsSync(path) {
  try {
    path = pathOf(path);
  } catch {
    return false;
  }
  return native.existsSync(path);
};
export const unlinkSync = onPath("unlinkSync", (path) => native.unlinkSync(path));
export const rmdirSync = onPath("rmdirSync", (path) => native.rmdirSync(path));
export const mkdirSync = onPath("mkdirSync", (path, options) => {
  const mode = modeOf(typeof options === "object" && options !== null ? options.mode : options, "mode", 0o777);
  if (options?.recursive) return native.mkdirSync(path, options);
  checked(system.mkdir(path, mode), "mkdir", path);
  return undefined;
});
export const rmSync = onPath("rmSync", (path, options = {}) => {
  const status = system.lstat(path);
  if (Array.isArray(status) && typeOf(status[1]) === 2 && !options.recursive) {
    throw coded(Error, "ERR_FS_EISDIR", `Path is a directory: rm returned EISDIR (is a directory) ${path}`, { name: "SystemError", errno: 21, syscall: "rm", path });
  }
  native.rmSync(path, options);
});
export const realpathSync = onPath("realpathSync", (path, options) => encoded(native.realpathSync(path), options));
realpathSync.native = realpathSync;
export const readlinkSync = onPath("readlinkSync", (path, options) => encoded(checked(system.readlink(path), "readlink", path), options));
export const chmodSync = onPath("chmodSync", (path, mode) => void checked(system.chmod(path, modeOf(mode, "mode")), "chmod", path));
export const chownSync = onPath("chownSync", (path, uid, gid) => void checked(system.chown(path, uid, gid), "chown", path));
export const lchownSync = onPath("lchownSync", (path, uid, gid) => void checked(system.lchown(path, uid, gid), "lchown", path));
export const mkdtempSync = onPath("mkdtempSync", (prefix, options) => encoded(checked(system.mkdtemp(prefix), "mkdtemp", `${prefix}XXXXXX`), options));
export const truncateSync = onPath("truncateSync", (path, length = 0) => void checked(system.truncate(path, length), "open", path));
export function renameSync(from, to) {
  native.renameSync(pathOf(from, "oldPath"), pathOf(to, "newPath"));
}
export function linkSync(from, to) {
  from = pathOf(from, "existingPath");
  to = pathOf(to, "newPath");
  checked(system.link(from, to), "link", from, to);
}
export function symlinkSync(target, path) {
  target = pathOf(target, "target");
  path = pathOf(path);
  checked(system.symlink(target, path), "symlink", target, path);
}
export function copyFileSync(from, to, mode = 0) {
  from = pathOf(from, "src");
  to = pathOf(to, "dest");
  checked(system.copy(from, to, (mode & constants.COPYFILE_EXCL) !== 0), "copyfile", from, to);
}
export function cpSync(from, to, options = {}) {
  from = pathOf(from, "src");
  to = pathOf(to, "dest");
  const { recursive = false, force = true, errorOnExist = false, dereference = false, preserveTimestamps = false, filter } = options;
  const copy = (source, target) => {
    if (filter && !filter(source, target)) return;
    const status = (dereference ? statSync : lstatSync)(source);
    if (status.isDirectory()) {
      if (!recursive) throw coded(Error, "ERR_FS_EISDIR", `Recursive option not enabled, cannot copy a directory: cp returned EISDIR (${source} is a directory (not copied)) ${source}`);
      mkdirSync(target, { recursive: true });
      for (const name of native.readdirSync(source)) copy(`${source}/${name}`, `${target}/${name}`);
    } else if (status.isSymbolicLink()) {
      if (existsSync(target)) unlinkSync(target);
      symlinkSync(readlinkSync(source), target);
    } else {
      if (!force && existsSync(target)) {
        if (errorOnExist) throw coded(Error, "ERR_FS_CP_EEXIST", `Target already exists: cp returned EEXIST (${target} already exists) ${target}`);
        return;
      }
      const slash = target.lastIndexOf("/");
      if (slash > 0) mkdirSync(target.slice(0, slash), { recursive: true });
      copyFileSync(source, target);
      if (preserveTimestamps) utimesSync(target, status.atime, status.mtime);
    }
  };
  copy(from, to);
}

export function seconds(time, name = "time") {
  if (typeof time === "string" && +time == time) return +time;
  if (Number.isFinite(time)) return time < 0 ? Date.now() / 1000 : time;
  if (time instanceof Date) return time.getTime() / 1000;
  throw invalidType(name, ["Date", "Time in seconds"], time);
}
export const utimesSync = onPath("utimesSync", (path, atime, mtime) => void checked(system.utimes(path, seconds(atime), seconds(mtime), false), "utime", path));
export const lutimesSync = onPath("lutimesSync", (path, atime, mtime) => void checked(system.utimes(path, seconds(atime), seconds(mtime), true), "lutime", path));
export function futimesSync(fd, atime, mtime) {
  checked(system.futimes(fdOf(fd), seconds(atime), seconds(mtime)), "futime");
}
export function ftruncateSync(fd, length = 0) {
  checked(system.ftruncate(fdOf(fd), length), "ftruncate");
}
export function fchmodSync(fd, mode) {
  checked(system.fchmod(fdOf(fd), modeOf(mode, "mode")), "fchmod");
}
export function fsyncSync(fd) {
  checked(system.fsync(fdOf(fd), false), "fsync");
}
export function fdatasyncSync(fd) {
  checked(system.fsync(fdOf(fd), true), "fdatasync");
}

export class Dir {
  #entries;
  #closed = false;
  constructor(path, options) {
    this.path = path;
    this.#entries = readdirSync(path, { ...options, withFileTypes: true });
  }
  #check() {
    if (this.#closed) throw coded(Error, "ERR_DIR_CLOSED", "Directory handle was closed");
  }
  readSync() {
    this.#check();
    return this.#entries.shift() ?? null;
  }
  read(callback) {
    if (callback === undefined) return Promise.resolve().then(() => this.readSync());
    this.#check();
    setImmediate(() => callback(null, this.readSync()));
  }
  closeSync() {
    this.#check();
    this.#closed = true;
  }
  close(callback) {
    this.closeSync();
    if (callback === undefined) return Promise.resolve();
    setImmediate(callback);
  }
  async *[Symbol.asyncIterator]() {
    try {
      while (this.#entries.length) yield this.#entries.shift();
    } finally {
      this.#closed = true;
    }
  }
}
export function opendirSync(path, options) {
  return new Dir(pathOf(path), options);
}

// Callbacks

const all = {
  accessSync, appendFileSync, chmodSync, chownSync, closeSync, copyFileSync, cpSync, fchmodSync, fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, futimesSync, lchownSync,
  linkSync, lstatSync, lutimesSync, mkdirSync, mkdtempSync, openSync, opendirSync, readFileSync, readdirSync, readlinkSync, realpathSync, renameSync, rmSync, rmdirSync,
  statSync, statfsSync, symlinkSync, truncateSync, unlinkSync, utimesSync, writeFileSync,
};
const callbacks = {};
for (const [nameSync, call] of Object.entries(all)) {
  const name = nameSync.slice(0, -4);
  callbacks[name] = { [name](...given) {
    const callback = given.pop();
    checkFunction(typeof callback === "function" ? callback : undefined, "cb");
    let result, error = null;
    try {
      result = call(...given);
    } catch (thrown) {
      if (thrown.syscall === undefined && /^ERR_INVALID_ARG|^ERR_OUT/.test(thrown.code)) throw thrown;
      error = thrown;
    }
    setImmediate(() => (error ? callback(error) : result === undefined ? callback(null) : callback(null, result)));
  } }[name];
}
callbacks.realpath.native = callbacks.realpath;
callbacks.exists = function exists(path, callback) {
  checkFunction(callback, "cb");
  const found = existsSync(path);
  setImmediate(() => callback(found));
};
const transfer = (name, call) => ({ [name](fd, buffer, ...rest) {
  const callback = rest.pop();
  checkFunction(callback, "cb");
  let count, error = null;
  if (name === "read" && !ArrayBuffer.isView(buffer)) {
    rest = [buffer ?? {}];
    buffer = rest[0].buffer ?? buffers().alloc(16384);
  }
  try {
    count = call(fd, buffer, ...rest);
  } catch (thrown) {
    if (thrown.syscall === undefined) throw thrown;
    error = thrown;
  }
  setImmediate(() => (error ? callback(error) : callback(null, count, buffer)));
} })[name];
callbacks.read = transfer("read", readSync);
callbacks.write = transfer("write", writeSync);
callbacks.readv = transfer("readv", readvSync);
callbacks.writev = transfer("writev", writevSync);
// util.promisify's results have both.
for (const name of ["read", "write"]) {
  Object.defineProperty(callbacks[name], Symbol.for("nodejs.util.promisify.custom"), {
    enumerable: false,
    value: (...given) => new Promise((resolve, reject) =>
      callbacks[name](...given, (error, count, buffer) => (error ? reject(error) : resolve({ [name === "read" ? "bytesRead" : "bytesWritten"]: count, buffer })))),
  });
}
Object.defineProperty(callbacks.exists, Symbol.for("nodejs.util.promisify.custom"), { enumerable: false, value: (path) => Promise.resolve(existsSync(path)) });

// Streams come with much, so they are loaded when one is made.
const streams = () => load("host:file_streams");
const later = (name) => new Proxy({ [name]: function () {} }[name], {
  get: (target, key) => streams()[name][key],
  construct: (target, given, as) => Reflect.construct(streams()[name], given, as?.prototype === streams()[name].prototype ? streams()[name] : as),
  apply: (target, self, given) => Reflect.construct(streams()[name], given),
  getPrototypeOf: () => Object.getPrototypeOf(streams()[name]),
});
export const ReadStream = later("ReadStream"), WriteStream = later("WriteStream");

// Few watch files.
const watchers = () => load("host:file_watchers");

export default {
  ...callbacks, ...all, existsSync, readSync, writeSync, readvSync, writevSync,
  createReadStream: function createReadStream(path, options) { return new (streams().ReadStream)(path, options); },
  createWriteStream: function createWriteStream(path, options) { return new (streams().WriteStream)(path, options); },
  watch: function watch(filename, options, listener) { return watchers().watch(filename, options, listener); },
  watchFile: function watchFile(filename, options, listener) { return watchers().watchFile(filename, options, listener); },
  unwatchFile: function unwatchFile(filename, listener) { watchers().unwatchFile(filename, listener); },
  Stats, Dirent, Dir, ReadStream, WriteStream, FileReadStream: ReadStream, FileWriteStream: WriteStream, constants,
  get promises() { return load("node:fs/promises"); },
};
