// Streams of both kinds, timers, contexts, other processes.
import stream, { Duplex, PassThrough, Readable, Transform, Writable, finished, pipeline } from "node:stream";
import { pipeline as pipelined } from "node:stream/promises";
import { json, text } from "node:stream/consumers";
import { setTimeout as later, setInterval as every, setImmediate as soon } from "node:timers/promises";
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { exec, execFile, execFileSync, execSync, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { createHash, createHmac, getHashes, hash, pbkdf2Sync, randomBytes, randomInt, randomUUID, scryptSync, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { promisify } from "node:util";

const attempt = async (name, call) => {
  try {
    console.log(name, await call());
  } catch (error) {
    console.log(name, error.name, error.code, error.message);
  }
};
console.log(typeof stream, stream.Readable === Readable, stream.Stream === stream);
const parts = [];
for await (const part of Readable.from(["a", "b", "c"])) parts.push(part);
console.log(parts, await text(Readable.from(["x", "y"])), await json(Readable.from(['{"a":', "1}"])));
const upper = new Transform({ transform(chunk, encoding, callback) { callback(null, String(chunk).toUpperCase()); } });
let written = "";
const sink = () => new Writable({ write(chunk, encoding, callback) { written += chunk; callback(); } });
await pipelined(Readable.from(["one ", "two"]), upper, sink());
console.log(written);
await attempt("pipeline", () => pipelined(new Readable({ read() { this.destroy(new Error("broken")); } }), sink()));
const order = [];
const w = new Writable({ highWaterMark: 3, write(chunk, encoding, callback) { order.push(String(chunk)); setImmediate(callback); } });
console.log(w.write("abc"), w.write("d"), w.writableLength, w.writableNeedDrain);
w.on("drain", () => order.push("drain")).on("finish", () => order.push("finish")).on("close", () => order.push("close"));
await once(w, "drain");
w.end("e");
await once(w, "close");
console.log(order);
const r = new Readable({ read() {} });
r.push("some ");
r.push("text");
r.push(null);
r.setEncoding("utf8");
r.on("readable", () => { let chunk; while ((chunk = r.read(3)) !== null) console.log("read", chunk); });
await once(r, "end");
console.log(await Readable.from([1, 2, 3, 4]).filter((x) => x % 2).map((x) => x * 10).toArray());
const failing = new Writable({ write(chunk, encoding, callback) { callback(new Error("write failed")); } });
failing.on("error", (error) => console.log("error", error.message));
failing.write("x");
await new Promise((done) => failing.on("close", done));
const pass = new PassThrough();
finished(pass, (error) => console.log("finished", error));
pass.end("data");
pass.resume();
await once(pass, "close");
await attempt("writeAfterEnd", async () => { const s = sink(); s.end(); s.write("x"); await once(s, "close"); });
// The Streams Standard
const web = new ReadableStream({ start(controller) { controller.enqueue("web"); controller.enqueue("stream"); controller.close(); } });
const seen = [];
for await (const part of web.pipeThrough(new TransformStream({ transform(chunk, controller) { controller.enqueue(chunk.toUpperCase()); } }))) seen.push(part);
console.log(seen, await text(Readable.fromWeb(new ReadableStream({ start(controller) { controller.enqueue("from web"); controller.close(); } }))));
const encoded = new TextEncoderStream();
encoded.writable.getWriter().write("é");
console.log((await encoded.readable.getReader().read()).value);
// Timers
console.log(await later(1, "value"), await soon("now"));
let ticks = 0;
for await (const value of every(1, "tick")) if (++ticks === 3) { console.log(value, ticks); break; }
await attempt("aborted", () => later(1000, null, { signal: AbortSignal.timeout(1) }));
await attempt("abortedAlready", () => later(1, null, { signal: AbortSignal.abort() }));
const sequence = [];
setTimeout(() => sequence.push("timeout"), 0);
setImmediate(() => sequence.push("immediate"));
process.nextTick(() => sequence.push("tick"));
queueMicrotask(() => sequence.push("microtask"));
await later(5);
console.log(sequence.slice(0, 2), sequence.length);
// What follows a call
const storage = new AsyncLocalStorage();
await storage.run({ id: 1 }, async () => {
  console.log(storage.getStore());
  await null;
  console.log("await", storage.getStore());
  await later(1);
  console.log("timer", storage.getStore());
  setTimeout(() => console.log("timeout", storage.getStore()), 1);
  setImmediate(() => console.log("immediate", storage.getStore()));
  process.nextTick(() => console.log("tick", storage.getStore()));
  queueMicrotask(() => console.log("microtask", storage.getStore()));
  new Promise((resolve) => setTimeout(resolve, 1)).then(() => console.log("then", storage.getStore()));
  storage.run({ id: 2 }, () => console.log("inner", storage.getStore()));
  console.log("outer", storage.getStore(), storage.exit(() => storage.getStore()));
  const bound = AsyncResource.bind(() => storage.getStore());
  storage.run({ id: 3 }, () => console.log("bound", bound()));
  await later(5);
});
console.log("outside", storage.getStore());
storage.enterWith("entered");
await null;
console.log(storage.getStore());
storage.disable();
// Other processes
console.log(execSync("echo out; echo err >&2; exit 0", { stdio: "pipe" }).toString(), execFileSync("printf", ["%s|", "a b", "c"], { encoding: "utf8" }));
const result = spawnSync("sh", ["-c", "cat; echo e >&2; exit 3"], { input: "given", encoding: "utf8" });
console.log(result.status, result.signal, result.stdout, result.stderr, result.output.length, typeof result.pid);
await attempt("execSync", () => execSync("exit 2", { stdio: "pipe" }));
const none = spawnSync("no-such-program");
console.log(none.error.code, none.error.syscall, none.error.path, none.status, none.error.message);
console.log(spawnSync("sh", ["-c", "kill -9 $$"]).signal, spawnSync("sleep", ["5"], { timeout: 20 }).error.code, spawnSync("sh", ["-c", "echo $X"], { env: { X: "env" } }).stdout.toString(), spawnSync("pwd", { cwd: "/" }).stdout.toString());
const child = spawn("sh", ["-c", "read line; echo got $line; exit 4"]);
child.stdin.end("hello\n");
let output = "";
child.stdout.on("data", (chunk) => { output += chunk; });
console.log(await once(child, "close"), output, child.exitCode, child.killed);
console.log(await promisify(exec)("echo promised"), await new Promise((done) => execFile("sh", ["-c", "exit 5"], (error, stdout, stderr) => done([error.code, error.killed, error.cmd, stdout, stderr]))));
const missing = spawn("no-such-program");
await once(missing, "error").then(([error]) => console.log(error.code, error.message)).catch((error) => console.log("rejected", error.code, error.message, error.syscall, error.spawnargs));
const killed = spawn("sleep", ["10"]);
killed.kill();
console.log(await once(killed, "exit"));
// Lines
const lines = [];
for await (const line of createInterface({ input: Readable.from(["a\nb\r\nc", "d\n", "last"]) })) lines.push(line);
console.log(lines);
// Hashes
for (const name of ["md5", "sha1", "sha256", "sha512", "sha3-256", "ripemd160", "blake2b512", "sha512-256"]) console.log(name, createHash(name).update("hello ").update(Buffer.from("world")).digest("hex"));
console.log(createHmac("sha256", "key").update("data").digest("base64"), hash("sha1", "x"), createHash("sha256").copy().digest("base64url"), pbkdf2Sync("pw", "salt", 10, 16, "sha1").toString("hex"), scryptSync("pw", "salt", 16).toString("hex"), timingSafeEqual(Buffer.from("a"), Buffer.from("a")));
console.log(randomBytes(8).length, randomInt(5) < 5, randomUUID().length, getHashes().includes("sha256"), (await text(Readable.from(["x"]).pipe(createHash("md5")).setEncoding("hex"))));
await attempt("hash", () => createHash("nope"));
await attempt("twice", () => { const h = createHash("md5"); h.digest(); h.update("x"); });
