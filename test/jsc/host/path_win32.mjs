// Paths of all kinds of parts, in an order that is the same everywhere.
import path, { win32 } from 'node:path';
import imported, { join } from 'node:path/win32';
const parts = ['\\', '/', '\\\\', '//', 'a', 'B', 'b', '.', '..', '...', 'C:', 'c:', 'D:', 'x.y', '.e', 'con', 'COM1:', ':', '?', 'server', 'é', ' '];
process.chdir('/');  // what is not whole is completed with it
let seed = 1;
const next = (limit) => ((seed = (seed * 1103515245 + 12345) & 0x7fffffff) >> 8) % limit;
const made = () => Array.from({ length: next(7) }, () => parts[next(parts.length)]).join('');
for (let i = 0; i < 150; i++) {
  const a = made(), b = made();
  console.log(JSON.stringify([a, b, win32.normalize(a), win32.isAbsolute(a), win32.dirname(a), win32.basename(a), win32.basename(a, b), win32.extname(a), win32.parse(a), win32.join(a, b),
    win32.resolve('D:\\z', a, b), win32.relative(`C:\\${a}`, `C:\\${a}${b}`), win32.relative(`C:\\${b}`, `C:\\${a}`), win32.relative(`\\\\s\\h\\${a}`, `\\\\s\\h\\${b}`),
    win32.toNamespacedPath(`C:\\${a}`), win32.format({ dir: a, name: b, ext: 'e' })]));
}
console.log(imported === win32, path.win32 === win32, win32.win32 === win32, win32.posix === path, join === win32.join, win32.sep, win32.delimiter);
for (const name of ['normalize', 'isAbsolute', 'dirname', 'basename', 'extname', 'parse', 'join', 'resolve'])
  try { win32[name](5); } catch (error) { console.log(name, error.code, error.message); }
console.log(win32.toNamespacedPath(5));
