// node:child_process: other programs, without messages to other Node processes (fork).
import process from "native:process";
import * as system from "native:system";
import { Buffer } from "node:buffer";
import EventEmitter from "node:events";
import { load } from "native:util";
import { checkFunction, checkString, coded, invalidType, invalidValue } from "host:errors";
import { signalName, signals } from "host:system";

function normal(file, given, options) {
  checkString(file, "file");
  if (file.length === 0) throw invalidValue("file", file, "cannot be empty");
  if (given !== undefined && given !== null && !Array.isArray(given)) {
    if (typeof given !== "object") throw invalidType("args", "object", given);
    [given, options] = [[], given];
  }
  options = { ...options };
  let list = (given ?? []).map((each) => `${each}`);
  const shown = file;
  if (options.shell) {
    const command = [file, ...list].join(" ");
    file = typeof options.shell === "string" ? options.shell : "/bin/sh";
    list = ["-c", command];
  }
  const env = options.env ?? process.env;
  const variables = [];
  for (const key in env) if (env[key] !== undefined) variables.push(`${key}=${env[key]}`);
  const cwd = options.cwd === undefined || options.cwd === null ? "" : typeof options.cwd === "string" ? options.cwd : load("node:url").fileURLToPath(options.cwd);
  return { file, shown, list, options, variables, cwd, argv0: options.argv0 ?? file };
}

const numberOf = (signal, name = "options.killSignal") => {
  if (signal === undefined || signal === null) return signals.SIGTERM;
  const number = typeof signal === "number" ? signal : signals[`${signal}`.toUpperCase()];
  if (number === undefined) throw coded(TypeError, "ERR_UNKNOWN_SIGNAL", `Unknown signal: ${signal}`);
  return number;
};

// [the child's end, ours] of each descriptor; ours is null where there is none.
function pipesFor(stdio) {
  const kinds = typeof stdio === "string" ? [stdio, stdio, stdio] : [...(stdio ?? ["pipe", "pipe", "pipe"])];
  while (kinds.length < 3) kinds.push("pipe");
  return kinds.map((kind, i) => {
    if (kind === "pipe" || kind === "overlapped" || kind === null || kind === undefined) {
      if (i > 2 && (kind === null || kind === undefined)) return { child: -1, own: null, close: false };
      const [read, write] = system.pipe();
      return i === 0 ? { child: read, own: write, close: true } : { child: write, own: read, close: true };
    }
    if (kind === "ignore") return { child: -1, own: null, close: false };
    if (kind === "inherit") return { child: i, own: null, close: false };
    const fd = typeof kind === "number" ? kind : kind?.fd;
    if (!Number.isInteger(fd)) throw invalidValue("stdio", kind);
    return { child: fd, own: null, close: false };
  });
}

function start({ file, list, variables, cwd, argv0, options }, pipes) {
  // A script of this shell's own is found by the PATH that it gets.
  const pid = system.spawn(file, [argv0, ...list], variables, cwd, pipes.map((each) => each.child), !!options.detached);
  for (const each of pipes) if (each.close) system.close(each.child);
  if (pid < 0) for (const each of pipes) if (each.own !== null) system.close(each.own);
  return pid;
}

function failure(number, call, what) {
  const error = system.error(number, call);
  error.message = `${call} ${error.code}`;
  error.stack = `Error: ${error.message}${error.stack.slice(error.stack.indexOf("\n") < 0 ? error.stack.length : error.stack.indexOf("\n"))}`;
  error.path = what.file;
  error.spawnargs = what.list;
  return error;
}

export function spawnSync(file, given, options) {
  const what = normal(file, given, options);
  ({ options } = what);
  const pipes = pipesFor(options.stdio);
  const input = options.input === undefined || options.input === null ? null : typeof options.input === "string" ? Buffer.from(options.input, options.encoding === "buffer" ? undefined : options.encoding) : options.input;
  const pid = start(what, pipes);
  if (pid < 0) {
    const error = failure(pid, `spawnSync ${what.file}`, what);
    error.syscall = `spawnSync ${what.file}`;
    return { error, status: null, signal: null, output: null, pid: 0, stdout: null, stderr: null };
  }
  const parts = pipes.map(() => []);
  const most = options.maxBuffer ?? 1024 * 1024;
  const open = new Map();
  for (let i = 1; i < pipes.length; i++) if (pipes[i].own !== null) open.set(pipes[i].own, i);
  let at = 0, error, killed = false;
  const stdin = pipes[0].own;
  let writing = stdin !== null;
  if (writing) {
    system.setNonblocking(stdin);
    if (input === null || input.byteLength === 0) {
      system.close(stdin);
      writing = false;
    }
  }
  const deadline = options.timeout > 0 ? performance.now() + options.timeout : Infinity;
  const end = (code) => {
    killed = true;
    error = failure(code, `spawnSync ${what.file}`, what);
    error.syscall = `spawnSync ${what.file}`;
    system.kill(pid, numberOf(options.killSignal));
  };
  const chunk = Buffer.alloc(65536);
  while (open.size || writing) {
    const left = killed ? 100 : deadline === Infinity ? -1 : Math.max(0, Math.ceil(deadline - performance.now()));
    const ready = system.poll([...open.keys()], writing ? [stdin] : [], left);
    if (!Array.isArray(ready)) continue;
    if (ready.length === 0) {
      if (killed) break;
      end(-110);
      continue;
    }
    for (const fd of ready) {
      if (writing && fd === stdin) {
        const count = system.write(stdin, input, at, input.byteLength - at, -1);
        if (count >= 0) at += count;
        if (at >= input.byteLength || (count < 0 && !["EAGAIN", "EINTR"].includes(system.errorName(count)))) {
          system.close(stdin);
          writing = false;
        }
        continue;
      }
      const i = open.get(fd);
      const count = system.read(fd, chunk, 0, chunk.length, -1);
      if (count <= 0) {
        if (count < 0 && system.errorName(count) === "EINTR") continue;
        system.close(fd);
        open.delete(fd);
        continue;
      }
      const size = parts[i].reduce((sum, each) => sum + each.length, 0);
      if (size + count > most) {
        parts[i].push(Buffer.from(chunk.subarray(0, Math.max(0, most - size))));
        if (!killed) end(-105);
      } else {
        parts[i].push(Buffer.from(chunk.subarray(0, count)));
      }
    }
  }
  for (const fd of open.keys()) system.close(fd);
  if (writing) system.close(stdin);
  // With nothing to read, only the time is waited for.
  if (deadline !== Infinity && !killed) {
    const fd = system.pidfd(pid);
    if (fd >= 0) {
      const ready = system.poll([fd], [], Math.max(0, Math.ceil(deadline - performance.now())));
      if (Array.isArray(ready) && ready.length === 0) end(-110);
      system.close(fd);
    }
  }
  let ended = system.wait(pid, false);
  while (!Array.isArray(ended) && system.errorName(ended) === "EINTR") ended = system.wait(pid, false);
  const [, code, signal] = Array.isArray(ended) ? ended : [pid, 0, 0];
  const text = (i) => {
    if (pipes[i].own === null || i === 0) return null;
    const all = Buffer.concat(parts[i]);
    return options.encoding && options.encoding !== "buffer" ? all.toString(options.encoding) : all;
  };
  const output = pipes.map((_, i) => text(i));
  const result = { status: signal ? null : code, signal: signal ? signalName(signal) : null, output, pid, stdout: output[1], stderr: output[2] };
  if (error) result.error = error;
  return result;
}

function checkResult(result, command, inheritsError) {
  if (inheritsError && result.stderr) process.stderr.write(result.stderr);
  if (result.error) throw Object.assign(result.error, result);
  if (result.status === 0) return result.stdout;
  let text = `Command failed: ${command}`;
  if (result.stderr?.length > 0) text += `\n${result.stderr.toString()}`;
  throw Object.assign(new Error(text), result);
}
export function execFileSync(file, given, options) {
  if (given !== undefined && given !== null && !Array.isArray(given)) [given, options] = [[], given];
  const result = spawnSync(file, given ?? [], options);
  return checkResult(result, [file, ...(given ?? [])].join(" "), !options?.stdio);
}
export function execSync(command, options) {
  checkString(command, "command");
  const result = spawnSync(command, [], { ...options, shell: typeof options?.shell === "string" ? options.shell : true });
  return checkResult(result, command, !options?.stdio);
}

export class ChildProcess extends EventEmitter {
  constructor() {
    super();
    this.pid = undefined;
    this.exitCode = null;
    this.signalCode = null;
    this.killed = false;
    this.connected = false;
    this.spawnfile = null;
    this.spawnargs = [];
    this.stdin = this.stdout = this.stderr = null;
    this.stdio = [];
  }
  kill(signal) {
    const number = numberOf(signal, "signal");
    if (this.pid === undefined || this.exitCode !== null || this.signalCode !== null) return false;
    if (system.kill(this.pid, number) < 0) return false;
    this.killed = true;
    return true;
  }
  ref() { if (this._watched !== undefined) system.keepAlive(this._watched, true); }
  unref() { if (this._watched !== undefined) system.keepAlive(this._watched, false); }
  [Symbol.dispose ?? Symbol.for("nodejs.dispose")]() { if (!this.killed) this.kill(); }
}

export function spawn(file, given, options) {
  const what = normal(file, given, options);
  ({ options } = what);
  options.signal?.throwIfAborted?.();
  const child = new ChildProcess();
  child.spawnfile = what.file;
  child.spawnargs = [what.argv0, ...what.list];
  const pipes = pipesFor(options.stdio);
  const pid = start(what, pipes);
  if (pid < 0) {
    const error = failure(pid, `spawn ${what.file}`, what);
    error.syscall = `spawn ${what.file}`;
    process.nextTick(() => {
      child.emit("error", error);
      child.emit("close", pid, null);
    });
    const { PassThrough } = load("node:stream");
    child.stdin = new PassThrough();
    child.stdout = new PassThrough().end();
    child.stderr = new PassThrough().end();
    child.stdio = [child.stdin, child.stdout, child.stderr];
    return child;
  }
  child.pid = pid;
  const { readFrom } = load("host:stdio");
  let open = 0, isOver = false;
  const finish = () => {
    if (isOver && open === 0) process.nextTick(() => child.emit("close", child.exitCode, child.signalCode));
  };
  child.stdio = pipes.map(({ own }, i) => {
    if (own === null) return null;
    if (i === 0) return writeTo(own);
    open++;
    const stream = readFrom(own, { close: () => system.close(own) });
    stream.on("close", () => {
      open--;
      finish();
    });
    return stream;
  });
  [child.stdin, child.stdout, child.stderr] = child.stdio;
  const fd = system.pidfd(pid);
  Object.defineProperty(child, "_watched", { value: fd, enumerable: false });
  const ended = () => {
    system.unwatch(fd);
    system.close(fd);
    const [, code, signal] = system.wait(pid, false);
    if (signal) child.signalCode = signalName(signal);
    else child.exitCode = code;
    child.stdin?.destroy();
    isOver = true;
    child.emit("exit", child.exitCode, child.signalCode);
    // What nobody reads must not keep it from being over.
    for (const each of [child.stdout, child.stderr]) if (each && !each.readableFlowing && each.listenerCount("readable") === 0) each.resume();
    finish();
  };
  system.watch(fd, ended);
  const { signal, timeout } = options;
  const stop = () => {
    child.kill(options.killSignal);
    child.emit("error", new (load("host:abort").AbortError)(undefined, { cause: signal.reason }));
  };
  signal?.addEventListener("abort", stop, { once: true });
  const timer = timeout > 0 ? setTimeout(() => child.kill(options.killSignal), timeout) : undefined;
  child.once("exit", () => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  });
  process.nextTick(() => child.emit("spawn"));
  return child;
}

function writeTo(fd) {
  const { Writable } = load("node:stream");
  system.setNonblocking(fd);
  return new Writable({
    write(chunk, encoding, callback) {
      let at = 0;
      const next = () => {
        const count = system.write(fd, chunk, at, chunk.length - at, -1);
        if (count >= 0) at += count;
        else if (!["EAGAIN", "EINTR"].includes(system.errorName(count))) {
          system.unwatch(fd);
          return callback(system.error(count, "write"));
        }
        if (at < chunk.length) return system.watch(fd, next, true);
        system.unwatch(fd);
        callback();
      };
      next();
    },
    destroy(error, callback) {
      system.unwatch(fd);
      system.close(fd);
      callback(error);
    },
  });
}

export function execFile(file, given, options, callback) {
  if (typeof given === "function") [given, options, callback] = [[], undefined, given];
  else if (given !== undefined && given !== null && !Array.isArray(given)) [given, options, callback] = [[], given, options];
  if (typeof options === "function") [options, callback] = [undefined, options];
  if (callback !== undefined && callback !== null) checkFunction(callback, "callback");
  options = { encoding: "utf8", timeout: 0, maxBuffer: 1024 * 1024, killSignal: "SIGTERM", ...options };
  const child = spawn(file, given ?? [], { ...options, stdio: undefined });
  const out = { stdout: [], stderr: [] };
  let failed = null, isDone = false;
  const command = [file, ...(given ?? [])].join(" ");
  for (const name of ["stdout", "stderr"]) {
    let size = 0;
    child[name].on("data", (chunk) => {
      size += chunk.length;
      if (size > options.maxBuffer) {
        failed ??= coded(RangeError, "ERR_CHILD_PROCESS_STDIO_MAXBUFFER", `${name} maxBuffer length exceeded`);
        child.kill(options.killSignal);
        chunk = chunk.subarray(0, Math.max(0, chunk.length - (size - options.maxBuffer)));
      }
      out[name].push(chunk);
    });
  }
  const text = (parts) => {
    const all = Buffer.concat(parts);
    return options.encoding && options.encoding !== "buffer" ? all.toString(options.encoding) : all;
  };
  const done = (code, signal) => {
    if (isDone || !callback) return;
    isDone = true;
    const [stdout, stderr] = [text(out.stdout), text(out.stderr)];
    if (!failed && code === 0 && signal === null) return callback(null, stdout, stderr);
    if (!failed) {
      failed = new Error(`Command failed: ${command}\n${stderr}`);
      Object.assign(failed, { code: code < 0 ? system.errorName(code) : code, killed: child.killed, signal });
    }
    failed.cmd = command;
    callback(failed, stdout, stderr);
  };
  child.on("close", done);
  child.on("error", (error) => {
    failed = error;
    done(null, null);
  });
  return child;
}
export function exec(command, options, callback) {
  checkString(command, "command");
  if (typeof options === "function") [options, callback] = [undefined, options];
  return execFile(command, [], { ...options, shell: typeof options?.shell === "string" ? options.shell : true }, callback);
}
for (const call of [exec, execFile]) {
  Object.defineProperty(call, Symbol.for("nodejs.util.promisify.custom"), {
    enumerable: false,
    value(...given) {
      let child;
      const promise = new Promise((resolve, reject) => {
        child = call(...given, (error, stdout, stderr) => (error ? reject(Object.assign(error, { stdout, stderr })) : resolve({ stdout, stderr })));
      });
      promise.child = child;
      return promise;
    },
  });
}

export default { ChildProcess, exec, execFile, execFileSync, execSync, spawn, spawnSync };
