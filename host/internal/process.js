// What process has besides what is in C++.
import process from "native:process";
import * as system from "native:system";
import { builtin, inspect } from "native:util";
import { checkFunction, checkString, coded, invalidType } from "host:errors";
import { checked, signals } from "host:system";
import { makeStdin, makeStdout } from "host:stdio";

let hasToldOfTraces = false;

function emitWarning(warning, type, code, constructor) {
  let detail;
  if (type !== null && typeof type === "object" && !Array.isArray(type)) {
    ({ ctor: constructor, code } = type);
    if (typeof type.detail === "string") detail = type.detail;
    type = type.type || "Warning";
  } else if (typeof type === "function") {
    constructor = type;
    code = "";
    type = "Warning";
  }
  if (type !== undefined) checkString(type, "type");
  if (typeof code === "function") {
    constructor = code;
    code = undefined;
  } else if (code !== undefined) {
    checkString(code, "code");
  }
  if (typeof warning === "string") {
    const made = new Error(warning);
    made.name = String(type || "Warning");
    if (code !== undefined) made.code = code;
    if (detail !== undefined) made.detail = detail;
    Error.captureStackTrace?.(made, constructor || emitWarning);
    warning = made;
  } else if (!(warning instanceof Error)) {
    throw invalidType("warning", ["Error", "string"], warning);
  }
  if (warning.name === "DeprecationWarning") {
    if (process.noDeprecation) return;
    if (process.throwDeprecation) return process.nextTick(() => { throw warning; });
  }
  process.nextTick(() => {
    process.emit("warning", warning);
    const isDeprecation = warning.name === "DeprecationWarning";
    if (process.noDeprecation && isDeprecation) return;
    const traced = process.traceProcessWarnings || (isDeprecation && process.traceDeprecation);
    let text = `(bmes:${process.pid}) ${warning.code ? `[${warning.code}] ` : ""}`;
    text += traced && warning.stack ? warning.stack : typeof warning.toString === "function" ? `${warning.toString()}` : Error.prototype.toString.call(warning);
    if (typeof warning.detail === "string") text += `\n${warning.detail}`;
    writeText(2, `${text}\n`);
  });
}

function writeText(descriptor, text) {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    const done = system.write(descriptor, bytes, at, bytes.length - at, -1);
    if (done < 0) {
      if (system.errorName(done) !== "EAGAIN" && system.errorName(done) !== "EINTR") return;
      system.poll([], [descriptor], 1000);
    } else {
      at += done;
    }
  }
}

function chdir(folder) {
  checkString(folder, "directory");
  checked(system.chdir(folder), "chdir", process.cwd(), folder);
}

function umask(mask) {
  if (mask === undefined) return system.umask(-1);
  if (typeof mask === "string") mask = Number.parseInt(mask, 8);
  return system.umask(mask & 0o777);
}

function kill(pid, signal = "SIGTERM") {
  // Whatever is a number will do, as in Node.
  if (pid != (pid | 0)) throw invalidType("pid", "number", pid);
  const number = typeof signal === "number" ? signal : signals[signal];
  if (number === undefined) throw coded(TypeError, "ERR_UNKNOWN_SIGNAL", `Unknown signal: ${signal}`);
  checked(system.kill(pid | 0, number), "kill");
  return true;
}

function cpuUsage(before) {
  const [user, sys] = system.usage();
  return before ? { user: user - before.user, system: sys - before.system } : { user, system: sys };
}

function resourceUsage() {
  const names = ["userCPUTime", "systemCPUTime", "maxRSS", "sharedMemorySize", "unsharedDataSize", "unsharedStackSize", "minorPageFault", "majorPageFault",
    "swappedOut", "fsRead", "fsWrite", "ipcSent", "ipcReceived", "signalsCount", "voluntaryContextSwitches", "involuntaryContextSwitches"];
  const values = system.usage();
  return Object.fromEntries(names.map((name, i) => [name, values[i]]));
}

/// What the environment has already stays as it is.
function loadEnvFile(path = undefined) {
  const { readFileSync } = builtin("fs");
  if (typeof path === "number") throw invalidType("path", ["string", "Buffer", "URL"], path);
  for (const [name, value] of Object.entries(builtin("util").parseEnv(readFileSync(path ?? ".env", "utf8")))) process.env[name] ??= value;
}

let capture = null;
function setUncaughtExceptionCaptureCallback(callback) {
  if (capture) process.off("uncaughtException", capture);
  capture = null;
  if (callback === null) return;
  checkFunction(callback, "fn");
  capture = (error) => callback(error);
  process.on("uncaughtException", capture);
}

const [uid, euid, gid, egid] = [0, 1, 2, 3].map((i) => () => system.identity()[i]);

export default {
  get stdin() { return makeStdin(); },
  get stdout() { return makeStdout(1); },
  get stderr() { return makeStdout(2); },
  release: { name: "node", lts: false },
  config: { target_defaults: { cflags: [], default_configuration: "Release", defines: [], include_dirs: [], libraries: [] }, variables: {} },
  features: { inspector: false, debug: false, uv: false, ipv6: true, tls_alpn: false, tls_sni: false, tls_ocsp: false, tls: false, cached_builtins: true, require_module: true, typescript: "strip" },
  loadEnvFile, emitWarning, chdir, umask, kill, abort: system.abort,
  getuid: uid, geteuid: euid, getgid: gid, getegid: egid, cpuUsage, resourceUsage,
  getBuiltinModule: (id) => { checkString(id, "id"); return builtin(id); },
  allowedNodeEnvironmentFlags: new Set(),
  setUncaughtExceptionCaptureCallback,
  hasUncaughtExceptionCaptureCallback: () => capture !== null,
  constrainedMemory: () => 0,
  availableMemory: () => system.sysinfo()[2],
  getActiveResourcesInfo: () => [],
};
