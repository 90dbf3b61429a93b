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
