// node:os.
import * as native from "native:os";
import * as system from "native:system";
import { readFileSync } from "native:fs";
import { checkInteger } from "host:errors";
import { checked, signals } from "host:system";

const errno = { E2BIG: 7, EACCES: 13, EADDRINUSE: 98, EADDRNOTAVAIL: 99, EAFNOSUPPORT: 97, EAGAIN: 11, EALREADY: 114, EBADF: 9, EBADMSG: 74, EBUSY: 16, ECANCELED: 125, ECHILD: 10,
  ECONNABORTED: 103, ECONNREFUSED: 111, ECONNRESET: 104, EDEADLK: 35, EDESTADDRREQ: 89, EDOM: 33, EDQUOT: 122, EEXIST: 17, EFAULT: 14, EFBIG: 27, EHOSTUNREACH: 113, EIDRM: 43,
  EILSEQ: 84, EINPROGRESS: 115, EINTR: 4, EINVAL: 22, EIO: 5, EISCONN: 106, EISDIR: 21, ELOOP: 40, EMFILE: 24, EMLINK: 31, EMSGSIZE: 90, EMULTIHOP: 72, ENAMETOOLONG: 36,
  ENETDOWN: 100, ENETRESET: 102, ENETUNREACH: 101, ENFILE: 23, ENOBUFS: 105, ENODATA: 61, ENODEV: 19, ENOENT: 2, ENOEXEC: 8, ENOLCK: 37, ENOLINK: 67, ENOMEM: 12, ENOMSG: 42,
  ENOPROTOOPT: 92, ENOSPC: 28, ENOSR: 63, ENOSTR: 60, ENOSYS: 38, ENOTCONN: 107, ENOTDIR: 20, ENOTEMPTY: 39, ENOTSOCK: 88, ENOTSUP: 95, ENOTTY: 25, ENXIO: 6, EOPNOTSUPP: 95,
  EOVERFLOW: 75, EPERM: 1, EPIPE: 32, EPROTO: 71, EPROTONOSUPPORT: 93, EPROTOTYPE: 91, ERANGE: 34, EROFS: 30, ESPIPE: 29, ESRCH: 3, ESTALE: 116, ETIME: 62, ETIMEDOUT: 110,
  ETXTBSY: 26, EWOULDBLOCK: 11, EXDEV: 18 };
const constants = { __proto__: null, UV_UDP_REUSEADDR: 4, dlopen: { __proto__: null, RTLD_LAZY: 1, RTLD_NOW: 2, RTLD_GLOBAL: 256, RTLD_LOCAL: 0, RTLD_DEEPBIND: 8 },
  errno: { __proto__: null, ...errno }, signals: { __proto__: null, ...signals },
  priority: { __proto__: null, PRIORITY_LOW: 19, PRIORITY_BELOW_NORMAL: 10, PRIORITY_NORMAL: 0, PRIORITY_ABOVE_NORMAL: -7, PRIORITY_HIGH: -14, PRIORITY_HIGHEST: -20 } };

const read = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};
const named = (name, call) => Object.assign({ [name]() { return call(); } }[name], { [Symbol.toPrimitive]: call });

const memory = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(read("/proc/meminfo"))?.[1] ?? 0) * 1024;

function cpus() {
  const models = [...read("/proc/cpuinfo").matchAll(/^model name\s*: (.*)$/gm)].map((each) => each[1]);
  const speeds = [...read("/proc/cpuinfo").matchAll(/^cpu MHz\s*: (.*)$/gm)].map((each) => Math.floor(Number(each[1])));
  return [...read("/proc/stat").matchAll(/^cpu(\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)/gm)].map(([, number, user, nice, sys, idle, , irq], i) => ({
    model: models[i] ?? "unknown", speed: speeds[i] ?? 0, times: { user: user * 10, nice: nice * 10, sys: sys * 10, idle: idle * 10, irq: irq * 10 } }));
}
function userInfo(options) {
  const user = checked(system.user(), "uv_os_get_passwd");
  const [uid, , gid] = system.identity();
  const text = (value) => (options?.encoding === "buffer" ? Buffer.from(value) : value);
  return { __proto__: null, uid, gid, username: text(user[0]), homedir: text(user[1]), shell: text(user[2]) };
}

export default {
  arch: named("arch", () => "x64"), availableParallelism: named("availableParallelism", native.availableParallelism), cpus,
  endianness: named("endianness", () => "LE"), freemem: named("freemem", () => memory("MemAvailable") || system.sysinfo()[2]),
  homedir: named("homedir", native.homedir), hostname: named("hostname", () => system.uname()[1]), loadavg: () => system.sysinfo().slice(3),
  platform: named("platform", native.platform), release: named("release", () => system.uname()[2]), tmpdir: named("tmpdir", native.tmpdir),
  totalmem: named("totalmem", () => memory("MemTotal") || system.sysinfo()[1]), type: named("type", () => system.uname()[0]), userInfo,
  uptime: named("uptime", () => Number(read("/proc/uptime").split(" ")[0]) || system.sysinfo()[0]), version: named("version", () => system.uname()[3]),
  machine: named("machine", () => system.uname()[4]), devNull: "/dev/null", EOL: "\n", constants,
};
