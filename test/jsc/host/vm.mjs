import { runInThisContext, Script } from 'node:vm';
const attempt = (title, call) => {
  try {
    console.log(title, call());
  } catch (error) {
    console.log(title, error.name, error.code, error.code ? error.message : '');
  }
};
attempt('result', () => runInThisContext('1 + 1'));
attempt('this', () => runInThisContext('this === globalThis'));
attempt('names', () => {
  runInThisContext('let ofScript = 5; var ofGlobal = 6; const f = () => ofScript;');
  return [runInThisContext('ofScript + ofGlobal + f()'), globalThis.ofGlobal, 'ofScript' in globalThis];
});
attempt('twice', () => runInThisContext('let ofScript = 6'));
attempt('function', () => runInThisContext('(function (a) { return a + 1; })')(3));
attempt('realm', () => runInThisContext('() => {}').constructor === Function);
attempt('of a module', () => runInThisContext('typeof require + typeof module + typeof process'));
attempt('hashbang', () => runInThisContext('#!/usr/bin/env node\n5'));
for (const text of ['let = = ;', 'await 1', 'return 1', 'import x from "y"', 'import.meta', '(', '"use strict"; with (a) {}'])
  attempt(text, () => new Script(text));
for (const text of ['throw new RangeError("a")', 'none', 'throw 5'])
  try {
    runInThisContext(text);
  } catch (error) {
    console.log(text, error instanceof RangeError, error instanceof ReferenceError);
  }
const lines = (call) => {
  try {
    call();
  } catch (error) {
    console.log(error.stack.split('\n').filter((line) => line.includes('named.js')).map((line) => /named\.js:\d+/.exec(line)[0]).at(-1));
  }
};
lines(() => runInThisContext('\n throw new Error("a")', { filename: 'named.js', lineOffset: 10, columnOffset: 5 }));
lines(() => runInThisContext('\n\n function g() { throw new Error("a"); } g()', 'named.js'));
const script = new Script('globalThis.count = (globalThis.count ?? 0) + 1', { filename: 'a.js' });
console.log(script, script instanceof Script, script.runInThisContext(), script.runInThisContext(), script.cachedDataRejected, script.sourceMapURL);
console.log(new Script('1\n//# sourceMappingURL=x.map').sourceMapURL, new Script('1', { cachedData: Buffer.from('a') }).cachedDataRejected);
for (const given of [[], [5], ['1', 5], ['1', { filename: 5 }], ['1', { lineOffset: 'a' }], ['1', { columnOffset: 1.5 }], ['1', { cachedData: 5 }], ['1', { produceCachedData: 1 }],
  ['1', { importModuleDynamically: 5 }], [null], [undefined], ['1', null]]) {
  attempt('Script', () => new Script(...given) instanceof Script);
  attempt('run', () => runInThisContext(...given));
}
for (const given of [[5], [{ timeout: 'a' }], [{ timeout: 0 }], [{ displayErrors: 5 }], [{ breakOnSigint: 5 }], ['a']]) attempt('options', () => script.runInThisContext(...given));
attempt('without new', () => Script('1'));
await runInThisContext('import("fs")').catch((error) => console.log(error.name, error.code, error.message));
