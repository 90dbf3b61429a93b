import readline from 'node:readline';
import promises, { createInterface, Readline } from 'node:readline/promises';
import { PassThrough, Writable } from 'node:stream';
let out = '';
const output = new Writable({
  write(chunk, encoding, callback) {
    out += chunk;
    callback();
  },
});
const shown = () => {
  const text = JSON.stringify(out);
  out = '';
  return text;
};
console.log(readline.promises === promises, Object.keys(promises));
const input = new PassThrough(), asks = createInterface({ input, output });
const answer = asks.question('name? ');
input.write('bob\n');
console.log(await answer, shown());
const controller = new AbortController(), given = asks.question('q', { signal: controller.signal });
controller.abort();
await given.catch((error) => console.log(error.name, error.code, error.message));
for (const options of [{ signal: AbortSignal.abort() }, { signal: 5 }]) await asks.question('x', options).catch((error) => console.log(error.name, error.code, error.message));
const one = asks.question('one'), two = asks.question('two');
two.then(() => console.log('never'));
input.write('1\n2\n');
console.log(await one);
asks.close();
await asks.question('z').catch((error) => console.log(error.name, error.code, error.message));
input.end();
// With callbacks
const lines = new PassThrough(), plain = readline.createInterface({ input: lines, output });
const stopped = new AbortController();
plain.question('never', { signal: stopped.signal }, () => console.log('never'));
stopped.abort();
plain.on('line', (line) => console.log('line', line));
lines.write('after\n');
await new Promise((resolve) => setTimeout(resolve, 20));
plain.question('now', { signal: new AbortController().signal }, (text) => console.log('answer', text));
lines.end('yes\n');
await new Promise((resolve) => plain.on('close', resolve));
out = '';
// Moves
const moves = new Readline(output);
console.log(moves.clearLine(-1).clearLine(0).clearLine(1).clearScreenDown().cursorTo(1).cursorTo(2, 3).moveCursor(-1, 2).moveCursor(3, -4).moveCursor(0, 0) === moves, shown());
console.log(typeof (await moves.commit()), shown());
console.log(moves.clearLine(0).rollback() === moves);
await moves.commit();
console.log(shown());
new Readline(output, { autoCommit: true }).cursorTo(5);
await new Promise(setImmediate);
console.log(shown());
const attempt = (title, call) => {
  try {
    console.log(title, call());
  } catch (error) {
    console.log(title, error.code, error.message);
  }
};
for (const stream of [undefined, 5, {}]) attempt('stream', () => new Readline(stream));
for (const [name, ...given] of [['clearLine', 5], ['clearLine'], ['clearLine', 0.5], ['cursorTo', 'a'], ['cursorTo', 1.5], ['cursorTo', 1, 'b'], ['moveCursor', 'a', 1], ['moveCursor', 1, 'a'], ['moveCursor']])
  attempt(name, () => moves[name](...given) === moves);
