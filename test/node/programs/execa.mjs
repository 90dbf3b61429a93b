import { execa } from 'execa';
console.log((await execa('echo', ['one', 'two'])).stdout);
const failed = await execa({ reject: false })`sh -c ${'exit 3'}`;
console.log(failed.exitCode, failed.shortMessage);
