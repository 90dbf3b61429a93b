// node:fs in its three forms, os, path and process.
import fs from "node:fs";
import * as fsModule from "node:fs";
import fsp from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { pipeline } from "node:stream/promises";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "host-"));
process.chdir(folder);
const real = fs.realpathSync(folder);
const clean = (text) => String(text).replaceAll(real, "FOLDER").replaceAll(folder, "FOLDER");
const attempt = (name, call) => {
  try {
    console.log(name, call());
  } catch (error) {
    console.log(name, error.name, error.code, error.errno, error.syscall, clean(error.path), error.dest, clean(error.message));
  }
};
fs.writeFileSync("a.txt", "héllo\n");
fs.appendFileSync("a.txt", Buffer.from("more"));
console.log(fs.readFileSync("a.txt"), fs.readFileSync("a.txt", "utf8"), fs.readFileSync("a.txt", { encoding: "latin1" }), fs.readFileSync("a.txt", "hex"), fs.readFileSync("a.txt").toString(), fs.existsSync("a.txt"), fs.existsSync("b.txt"), fs.existsSync(5));
fs.mkdirSync("d/e/f", { recursive: true });
fs.writeFileSync("d/e/x", "1");
fs.symlinkSync("a.txt", "link");
console.log(fs.readdirSync("."), fs.readdirSync(".", { recursive: true }).sort(), fs.readdirSync(".", { withFileTypes: true }).map((each) => [each.name, each.isFile(), each.isDirectory(), each.isSymbolicLink(), each.parentPath]), fs.readdirSync("d", "buffer"));
const s = fs.statSync("a.txt");
console.log(s.size, s.isFile(), s.isDirectory(), s.mode.toString(8), s.mtime instanceof Date, s.mtimeMs > 0, s.nlink, s.constructor.name, Object.keys(s), s.birthtimeMs > 0, fs.lstatSync("link").isSymbolicLink(), fs.statSync("none", { throwIfNoEntry: false }));
const big = fs.statSync("a.txt", { bigint: true });
console.log(typeof big.size, typeof big.mtimeNs, big.isFile(), Object.keys(big).length);
console.log(fs.readlinkSync("link"), clean(fs.realpathSync("link")), fs.accessSync("a.txt", fs.constants.R_OK));
fs.copyFileSync("a.txt", "copy.txt");
fs.renameSync("copy.txt", "moved.txt");
fs.linkSync("moved.txt", "hard");
fs.chmodSync("hard", 0o600);
fs.truncateSync("hard", 3);
fs.utimesSync("hard", 1, new Date(2000));
console.log(fs.statSync("hard").mode.toString(8), fs.statSync("hard").mtimeMs, fs.statSync("hard").size, fs.statSync("hard").nlink);
const fd = fs.openSync("fd.txt", "w+");
console.log(fs.writeSync(fd, "abcdef"), fs.writeSync(fd, Buffer.from("XYZ"), 1, 2, 0), fs.fstatSync(fd).size, fs.readSync(fd, Buffer.alloc(4), 0, 4, 0), fs.readFileSync("fd.txt", "utf8"));
fs.ftruncateSync(fd, 2);
fs.fsyncSync(fd);
fs.closeSync(fd);
fs.cpSync("d", "d2", { recursive: true });
console.log(fs.readdirSync("d2", { recursive: true }).sort(), fs.readFileSync("fd.txt", "utf8"));
attempt("enoent", () => fs.readFileSync("none"));
attempt("open", () => fs.openSync("none/x", "r"));
attempt("eisdir", () => fs.readFileSync("d"));
attempt("mkdir", () => fs.mkdirSync("d"));
attempt("rmdir", () => fs.rmdirSync("d"));
attempt("unlink", () => fs.unlinkSync("none"));
attempt("readdir", () => fs.readdirSync("a.txt"));
attempt("stat", () => fs.statSync("none"));
attempt("rename", () => fs.renameSync("none", "x"));
attempt("copy", () => fs.copyFileSync("none", "x"));
attempt("excl", () => fs.copyFileSync("a.txt", "moved.txt", fs.constants.COPYFILE_EXCL));
attempt("symlink", () => fs.symlinkSync("x", "link"));
attempt("readlink", () => fs.readlinkSync("a.txt"));
attempt("access", () => fs.accessSync("none"));
attempt("rm", () => fs.rmSync("none"));
attempt("rmForce", () => fs.rmSync("none", { force: true }));
attempt("exists", () => fs.writeFileSync("a.txt", "x", { flag: "wx" }));
attempt("path", () => fs.readFileSync(5.5));
attempt("pathType", () => fs.statSync({}));
attempt("null", () => fs.statSync("a\0b"));
attempt("flag", () => fs.openSync("a.txt", "zz"));
attempt("data", () => fs.writeFileSync("a.txt", 5));
attempt("encoding", () => fs.readFileSync("a.txt", "nope"));
attempt("fd", () => fs.closeSync(-1));
attempt("badFd", () => fs.closeSync(9999));
attempt("chdir", () => process.chdir("none"));
attempt("cb", () => fs.readFile("a.txt"));
// Callbacks
await new Promise((done) => fs.readFile("a.txt", "utf8", (error, text) => { console.log(error, text); done(); }));
await new Promise((done) => fs.stat("none", (error, status) => { console.log(error.code, status); done(); }));
await new Promise((done) => fs.mkdir("cb", (error) => { console.log(error); done(); }));
await new Promise((done) => fs.exists("cb", (found) => { console.log(found); done(); }));
await new Promise((done) => fs.open("a.txt", (error, fd) => fs.read(fd, Buffer.alloc(5), 0, 5, 0, (error, count, buffer) => { console.log(error, count, buffer); fs.close(fd, done); })));
// Promises
await fsp.writeFile("p.txt", "promised");
console.log(await fsp.readFile("p.txt", "utf8"), (await fsp.stat("p.txt")).size, await fsp.readdir("cb"), await fsp.access("p.txt"), await fsp.mkdtemp("t-").then((name) => name.length));
await fsp.readFile("none").catch((error) => console.log(error.code, error.message));
const handle = await fsp.open("p.txt", "r+");
console.log((await handle.read(Buffer.alloc(3), 0, 3, 0)).bytesRead, (await handle.write("P", 0)).bytesWritten, (await handle.stat()).size, typeof handle.fd);
await handle.close();
// Streams
await pipeline(fs.createReadStream("a.txt"), fs.createWriteStream("piped.txt"));
console.log(fs.readFileSync("piped.txt", "utf8"));
const parts = [];
for await (const part of fs.createReadStream("a.txt", { encoding: "utf8", start: 1, end: 5, highWaterMark: 2 })) parts.push(part);
console.log(parts);
await new Promise((done) => fs.createReadStream("none").on("error", (error) => { console.log(error.code, error.syscall); done(); }));
const out = fs.createWriteStream("w.txt");
out.write("one ");
out.end("two");
await new Promise((done) => out.on("close", done));
console.log(fs.readFileSync("w.txt", "utf8"), out.bytesWritten, out instanceof fs.WriteStream);
const dir = fs.opendirSync("d");
console.log(dir.readSync().name, dir.readSync(), dir.closeSync());
process.chdir("/");
fs.rmSync(folder, { recursive: true });
console.log(fs.existsSync(folder), fsModule.default === fs, fs.promises === fsp, fs.constants.O_RDONLY, fs.F_OK);
// os and path
console.log(os.platform(), os.type(), os.arch(), os.endianness(), os.EOL === "\n", os.hostname().length > 0, os.cpus().length > 0, os.totalmem() > os.freemem(), os.uptime() > 0, os.loadavg().length, os.homedir().length > 0, os.tmpdir() === (process.env.TMPDIR ?? "/tmp"), typeof os.userInfo().username, os.constants.signals.SIGINT, os.constants.errno.ENOENT, os.devNull, `${os.platform}`, os.machine());
console.log(path.join("a", "..", "b"), path.resolve("/a", "../b"), path.relative("/a/b", "/a/c/d"), path.parse("/x/y.tar.gz"), path.format({ dir: "/d", name: "n", ext: "e" }), path.posix === path, path.toNamespacedPath("x"));
// process
console.log(process.platform, process.arch, typeof process.pid, process.argv.length, process.title.length > 0, typeof process.versions.node, process.release.name, typeof process.umask(), process.hrtime().length, typeof process.hrtime.bigint(), typeof process.memoryUsage().rss, typeof process.cpuUsage().user, process.uptime() > 0, process.getuid() === os.userInfo().uid, process.emitWarning.name, process.exitCode, process.stdout.fd, process.stderr.fd);
attempt("kill", () => process.kill(process.pid, "SIGNOPE"));
console.log(process.kill(process.pid, 0), process.listenerCount("x"), Object.prototype.toString.call(process), process.stdout.write(""), process.stdout.isTTY, process.execArgv, typeof process.execPath, process.config.variables !== undefined, process.features.inspector !== undefined);
process.stdout.write("written\n", () => console.log("callback"));
