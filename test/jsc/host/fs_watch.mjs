import fs from 'node:fs';
import { statfs, watch } from 'node:fs/promises';
import { tmpdir } from 'node:os';
const folder = fs.mkdtempSync(`${tmpdir()}/watched`), file = `${folder}/f`;
fs.writeFileSync(file, '1');
const attempt = (title, call) => {
  try {
    console.log(title, call());
  } catch (error) {
    console.log(title, error.name, error.code, error.message.replaceAll(folder, ''), error.syscall, error.errno, error.filename?.replace(folder, ''));
  }
};
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
for (const given of [[], [5], [file, 5], [file, {}, 5], ['\0', () => {}]]) attempt('watchFile', () => fs.watchFile(...given));
for (const given of [[], [5], [`${folder}/none`], [file, 5], [file, { recursive: 5 }], [file, { encoding: 'nope' }], [file, { signal: 5 }], [file, { persistent: false }], [file, 'hex']])
  attempt('watch', () => fs.watch(...given).close());
console.log(fs.unwatchFile(`${folder}/nobody`));
// Events
const ofFolder = fs.watch(folder, (event, name) => console.log('folder', event, name)), ofFile = fs.watch(file, { encoding: 'buffer' }, (event, name) => console.log('file', event, name));
ofFolder.on('close', () => console.log('closed'));
console.log(ofFolder.constructor.name, ofFolder.unref() === ofFolder, ofFolder.ref() === ofFolder);
fs.writeFileSync(`${folder}/g`, 'x');
await wait(100);
fs.chmodSync(file, 0o600);
await wait(100);
fs.renameSync(`${folder}/g`, `${folder}/h`);
fs.unlinkSync(`${folder}/h`);
fs.mkdirSync(`${folder}/sub`);
await wait(100);
console.log(ofFolder.close(), ofFolder.close(), ofFile.close());
await wait(5);
const controller = new AbortController();
fs.watch(folder, { signal: controller.signal }).on('close', () => console.log('aborted'));
controller.abort();
await wait(5);
setTimeout(() => fs.writeFileSync(`${folder}/q`, ''), 10);
try {
  for await (const event of watch(folder, { signal: AbortSignal.timeout(300) })) console.log(event);
} catch (error) {
  console.log(error.name, error.code, error.message, error.cause?.name);
}
await watch(`${folder}/none`).next().catch((error) => console.log(error.code, error.syscall));
// Looking again and again
const watcher = fs.watchFile(file, { interval: 20 }, (now, before) => console.log('changed', now.size, before.size, now instanceof fs.Stats, now.isFile()));
fs.watchFile(`${folder}/missing`, { interval: 20, bigint: true }, (now, before) => console.log('missing', now.size, before.size, before.mtimeMs, before.mtime));
console.log(watcher.constructor.name);
await wait(200);
fs.appendFileSync(file, '333');
await wait(200);
fs.writeFileSync(`${folder}/missing`, 'abc');
await wait(200);
fs.unlinkSync(file);
await wait(200);
fs.unwatchFile(file);
fs.unwatchFile(`${folder}/missing`);
watcher.on('stop', () => console.log('stopped'));
await wait(5);
const one = () => {};
fs.watchFile(file, { persistent: false }, one);
fs.watchFile(file, () => {});
fs.unwatchFile(file, one);
// File systems
const status = fs.statfsSync(folder);
console.log(status.constructor.name, Object.keys(status), typeof fs.statfsSync(folder, { bigint: true }).type, (await statfs(folder)).type === status.type, status.bsize > 0);
attempt('statfs', () => fs.statfsSync(`${folder}/none`));
fs.statfs(folder, (error, given) => console.log(error, given.type === status.type));
fs.rmSync(folder, { recursive: true });
