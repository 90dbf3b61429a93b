import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { chdir, env, loadEnvFile } from 'node:process';
const folder = mkdtempSync(`${tmpdir()}/env`), file = `${folder}/.env`;
writeFileSync(file, "FIRST_OF_FILE=1\nTWO='two words' # told\nexport THREE=\"a\\nb\"\nTAKEN=no\n");
env.TAKEN = 'yes';
console.log(loadEnvFile(file), env.FIRST_OF_FILE, env.TWO, env.THREE, env.TAKEN);
for (const path of [`${folder}/none`, 5, '\0'])
  try {
    loadEnvFile(path);
  } catch (error) {
    console.log(error.code, error.message.replaceAll(folder, ''), error.syscall);
  }
delete env.TWO;
chdir(folder);
loadEnvFile();
console.log(env.TWO);
rmSync(folder, { recursive: true });
// Memory that may be shared
const memory = new SharedArrayBuffer(8), numbers = new Int32Array(memory);
Atomics.add(numbers, 0, 5);
console.log(memory, numbers.buffer === memory, structuredClone(memory) instanceof SharedArrayBuffer, Buffer.from(memory).length, Atomics.wait(numbers, 0, 0), Atomics.wait(numbers, 0, 5, 5),
  Atomics.notify(numbers, 0), new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer instanceof SharedArrayBuffer);
