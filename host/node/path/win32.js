// node:path/win32.
import process from "native:process";
import * as native from "native:path";
import { checkObject, checkString } from "host:errors";

const isSeparator = (path, at) => path[at] === "\\" || path[at] === "/";
const hasDrive = (path) => /^[A-Za-z]:/.test(path);
const isDevice = /^(con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³])$/i;
const namesDevice = (part) => part.includes(":") && isDevice.test(part.slice(0, part.indexOf(":")));

/// What a path begins with: the drive or share, where the rest begins, and whether that is a root.
function rootOf(path) {
  if (hasDrive(path)) return isSeparator(path, 2) ? { device: path.slice(0, 2), end: 3, absolute: true } : { device: path.slice(0, 2), end: 2, absolute: false };
  if (!isSeparator(path, 0)) return { device: "", end: 0, absolute: false };
  const share = /^[\\/]{2}([^\\/]+)[\\/]+([^\\/]+)/.exec(path);
  if (share) {
    const [whole, server, name] = share;
    if (server === "." || server === "?") return { device: `\\\\${server}`, end: 4, absolute: true };
    return { device: `\\\\${server}\\${name}`, end: whole.length, absolute: true, share: true };
  }
  return { device: "", end: 1, absolute: true };
}

function withoutDots(path, absolute) {
  const out = [];
  for (const part of path.split(/[\\/]+/)) {
    if (part === "" || part === ".") continue;
    if (part !== "..") out.push(part);
    else if (out.length && out.at(-1) !== "..") out.pop();
    else if (!absolute) out.push(part);
  }
  return out.join("\\");
}

function resolve(...paths) {
  let device = "", tail = "", absolute = false;
  for (let i = paths.length - 1; i >= -1; i--) {
    let path;
    if (i >= 0) {
      path = paths[i];
      checkString(path, `paths[${i}]`);
      if (path === "") continue;
    } else if (device === "") {
      path = process.cwd();
    } else {
      path = process.env[`=${device}`] || process.cwd();
      if (path.slice(0, 2).toLowerCase() !== device.toLowerCase() && path[2] === "\\") path = `${device}\\`;
    }
    const root = rootOf(path);
    if (root.device !== "") {
      if (device === "") device = root.device;
      else if (device.toLowerCase() !== root.device.toLowerCase()) continue;
    }
    if (!absolute) {
      tail = `${path.slice(root.end)}\\${tail}`;
      absolute = root.absolute;
    }
    if (absolute && device !== "") break;
  }
  tail = withoutDots(tail, absolute);
  return absolute ? `${device}\\${tail}` : device + tail || ".";
}

function normalize(path) {
  checkString(path, "path");
  if (path === "") return ".";
  if (path.length === 1) return path === "/" ? "\\" : path;
  if (namesDevice(path)) {
    const colon = path.indexOf(":") + 1, rest = withoutDots(path.slice(colon), false) || ".";
    return `.\\${path.slice(0, colon)}${rest}${colon < path.length && isSeparator(path, path.length - 1) ? "\\" : ""}`;
  }
  const { device, end, absolute, share } = rootOf(path);
  if (share && end === path.length) return `${device}\\`;
  let tail = withoutDots(path.slice(end), absolute);
  if (tail === "" && !absolute) tail = ".";
  if (tail !== "" && end < path.length && isSeparator(path, path.length - 1)) tail += "\\";
  // What was no drive and no device must not become one.
  if (!absolute && device === "" && path.includes(":") && (hasDrive(tail) || /:([\\/]|$)/.test(path))) return `.\\${tail}`;
  return absolute ? `${device}\\${tail}` : device + tail;
}

function isAbsolute(path) {
  checkString(path, "path");
  return isSeparator(path, 0) || (hasDrive(path) && isSeparator(path, 2));
}

function join(...paths) {
  for (const each of paths) checkString(each, "path");
  const parts = paths.filter((each) => each !== "");
  if (parts.length === 0) return ".";
  let joined = parts.join("\\");
  // Only what the first part itself says is a share.
  if (!/^[\\/]{2}[^\\/]/.test(parts[0])) joined = joined.replace(/^[\\/]{2,}/, "\\");
  if (joined.split("\\").some(namesDevice)) return joined.replaceAll("/", "\\");
  return normalize(joined);
}

function relative(from, to) {
  checkString(from, "from");
  checkString(to, "to");
  if (from === to) return "";
  from = resolve(from);
  to = resolve(to);
  const bare = (path) => path.replace(/^\\+|\\+$/g, "");
  const same = (a, b) => a.toLowerCase() === b.toLowerCase();
  if (same(from, to)) return "";
  if (same(bare(from), bare(to))) return `..${bare(to).slice(Math.max(bare(to).lastIndexOf("\\"), 0))}`;
  const a = bare(from).split("\\"), b = bare(to).split("\\");
  let shared = 0;
  while (shared < a.length && shared < b.length && same(a[shared], b[shared])) shared++;
  if (shared === 0 && a[0] !== "" && b[0] !== "") {
    // Where one is how the other begins, Node misses that no separator follows.
    const short = Math.min(bare(from).length, bare(to).length), tail = to.replace(/^\\+/, "");
    if (!same(bare(from).slice(0, short), bare(to).slice(0, short))) return to;
    if (short !== 2) return a.map(() => "..").join("\\") + bare(to);
    return bare(from).length === 2 ? tail.slice(2) : bare(from).slice(4).split("\\").map(() => "..").join("\\");
  }
  const up = a.slice(shared).filter((each) => each !== "").map(() => "..");
  const down = b.slice(shared).filter((each) => each !== "");
  return [...up, ...down].join("\\") + (up.length === 0 && bare(from) !== "" && to.endsWith("\\") ? "\\" : "");
}

function toNamespacedPath(path) {
  if (typeof path !== "string" || path === "") return path;
  const full = resolve(path);
  if (full.length <= 2) return path;
  if (full.startsWith("\\\\")) return full[2] === "?" || full[2] === "." ? full : `\\\\?\\UNC\\${full.slice(2)}`;
  return /^[A-Za-z]:\\/.test(full) ? `\\\\?\\${full}` : full;
}

/// Where the root ends, with the separator after a share.
function rootEnd(path) {
  const share = /^[\\/]{2}[^\\/]+[\\/]+[^\\/]+[\\/]?/.exec(path);
  if (share) return share[0].length;
  if (isSeparator(path, 0)) return 1;
  return hasDrive(path) ? (isSeparator(path, 2) ? 3 : 2) : 0;
}

/// Where the last part begins and ends, not before `from`.
function lastPart(path, from) {
  let end = path.length;
  while (end > from && isSeparator(path, end - 1)) end--;
  let begin = end;
  while (begin > from && !isSeparator(path, begin - 1)) begin--;
  return [begin, end];
}

const extensionOf = (name) => {
  const dot = name.lastIndexOf(".");
  return dot <= 0 || name === ".." ? "" : name.slice(dot);
};

function dirname(path) {
  checkString(path, "path");
  if (path === "") return ".";
  const root = rootEnd(path);
  const [end] = lastPart(path, root);
  if (end <= root) return root === 0 ? "." : path.slice(0, root);
  return path.slice(0, end - 1);
}

function basename(path, suffix) {
  if (suffix !== undefined) checkString(suffix, "suffix");
  checkString(path, "path");
  const [begin, end] = lastPart(path, hasDrive(path) ? 2 : 0);
  const name = path.slice(begin, end);
  if (suffix === undefined || suffix === "") return name;
  if (suffix === path) return "";
  // Node keeps the separators at the end of a name that is less than the suffix.
  if (name.length < suffix.length && suffix.length <= path.length && suffix.endsWith(name)) return path.slice(begin);
  return name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
}

function extname(path) {
  checkString(path, "path");
  const [begin, end] = lastPart(path, hasDrive(path) ? 2 : 0);
  return extensionOf(path.slice(begin, end));
}

function format(pathObject) {
  checkObject(pathObject, "pathObject");
  const { root, ext } = pathObject;
  const dir = pathObject.dir || root;
  const base = pathObject.base || `${pathObject.name || ""}${ext ? `${ext[0] === "." ? "" : "."}${ext}` : ""}`;
  if (!dir) return base;
  return dir === root ? `${dir}${base}` : `${dir}\\${base}`;
}

function parse(path) {
  checkString(path, "path");
  const at = rootEnd(path);
  const root = path.slice(0, at);
  const [begin, end] = lastPart(path, at);
  const base = path.slice(begin, end);
  const ext = extensionOf(base);
  return { root, dir: begin > at ? path.slice(0, begin - 1) : root, base, ext, name: base.slice(0, base.length - ext.length) };
}

const win32 = { resolve, normalize, isAbsolute, join, relative, toNamespacedPath, dirname, basename, extname, format, parse, sep: "\\", delimiter: ";", win32: null,
  posix: native.default };
win32.win32 = win32;
export default win32;
