// node:fs/promises, of what node:fs has.
import fs, { constants } from "node:fs";
import EventEmitter from "node:events";
import { load } from "native:util";

const promised = (name, call) => ({ async [name](...given) { return call(...given); } })[name];

export class FileHandle extends EventEmitter {
  #fd;
  constructor(fd) {
    super();
    this.#fd = fd;
  }
  get fd() { return this.#fd; }
  async appendFile(data, options) { fs.appendFileSync(this.#fd, data, options); }
  async chmod(mode) { fs.fchmodSync(this.#fd, mode); }
  async datasync() { fs.fdatasyncSync(this.#fd); }
  async sync() { fs.fsyncSync(this.#fd); }
  async read(buffer, offset, length, position) {
    if (!ArrayBuffer.isView(buffer)) {
      offset = buffer ?? {};
      buffer = offset.buffer ?? Buffer.alloc(16384);
    }
    return { bytesRead: fs.readSync(this.#fd, buffer, offset, length, position), buffer };
  }
  async readv(buffers, position) { return { bytesRead: fs.readvSync(this.#fd, buffers, position), buffers }; }
  async readFile(options) { return fs.readFileSync(this.#fd, options); }
  async *readLines(options) {
    const text = (await this.readFile({ encoding: "utf8", ...options })).split(/\r?\n/);
    if (text.at(-1) === "") text.pop();
    yield* text;
  }
  async stat(options) { return fs.fstatSync(this.#fd, options); }
  async truncate(length) { fs.ftruncateSync(this.#fd, length); }
  async utimes(atime, mtime) { fs.futimesSync(this.#fd, atime, mtime); }
  async write(data, ...rest) { return { bytesWritten: fs.writeSync(this.#fd, data, ...rest), buffer: data }; }
  async writev(buffers, position) { return { bytesWritten: fs.writevSync(this.#fd, buffers, position), buffers }; }
  async writeFile(data, options) { fs.writeFileSync(this.#fd, data, options); }
  async close() {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    this.#fd = -1;
    fs.closeSync(fd);
    this.emit("close");
  }
  createReadStream(options) { return fs.createReadStream(undefined, { fd: this, ...options }); }
  createWriteStream(options) { return fs.createWriteStream(undefined, { fd: this, ...options }); }
  async [Symbol.asyncDispose ?? Symbol.for("nodejs.asyncDispose")]() { return this.close(); }
}

const of = (file) => (file instanceof FileHandle ? file.fd : file);
const names = ["access", "chmod", "chown", "copyFile", "cp", "lchown", "link", "lstat", "lutimes", "mkdir", "mkdtemp", "opendir", "readdir", "readlink", "realpath", "rename", "rm",
  "rmdir", "stat", "statfs", "symlink", "truncate", "unlink", "utimes"];

async function textOf(data) {
  if (typeof data === "string" || ArrayBuffer.isView(data) || data === null || typeof data !== "object") return data;
  if (!data[Symbol.iterator] && !data[Symbol.asyncIterator]) return data;
  const parts = [];
  for await (const part of data) parts.push(typeof part === "string" ? Buffer.from(part) : part);
  return Buffer.concat(parts);
}

export default {
  ...Object.fromEntries(names.map((name) => [name, promised(name, fs[`${name}Sync`])])),
  readFile: async function readFile(path, options) {
    options?.signal?.throwIfAborted();
    return fs.readFileSync(of(path), options);
  },
  writeFile: async function writeFile(path, data, options) {
    options?.signal?.throwIfAborted();
    fs.writeFileSync(of(path), await textOf(data), options);
  },
  appendFile: async function appendFile(path, data, options) { fs.appendFileSync(of(path), await textOf(data), options); },
  open: async function open(path, flags = "r", mode = 0o666) { return new FileHandle(fs.openSync(path, flags, mode)); },
  watch: function watch(filename, options) { return load("host:file_watchers").eventsOf(filename, options); },
  constants,
};
