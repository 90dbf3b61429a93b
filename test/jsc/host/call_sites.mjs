// Error.captureStackTrace and Error.prepareStackTrace. Nothing returns a call, as such a frame may be gone.
import { fileURLToPath } from 'node:url';
const attempt = (title, call) => {
  try {
    console.log(title, call());
  } catch (error) {
    console.log(title, error.name, error.message);
  }
};
function sites() {
  const before = Error.prepareStackTrace, holder = {};
  Error.prepareStackTrace = (error, given) => given;
  Error.captureStackTrace(holder, sites);
  const { stack } = holder;
  Error.prepareStackTrace = before;
  return stack;
}
const path = (site) => (site.getFileName().startsWith('file:') ? fileURLToPath(site.getFileName()) : site.getFileName()) === import.meta.filename;
const show = ([site]) => console.log(site.constructor.name, path(site), site.getLineNumber(), site.getColumnNumber() > 0, site.getFunctionName(), site.isConstructor(), site.isEval(), site.isNative(), site.isAsync(),
  site.isPromiseAll(), site.getEvalOrigin(), site.getPromiseIndex(), site.getScriptNameOrSourceURL() === site.getFileName(), site.getThis(), site.getFunction(),
  site.toString().replace(/\(.*/, ''));
function named() {
  const all = sites();
  return all;
}
class Kind {
  constructor() {
    this.sites = sites();
  }
}
show(named());
show(new Kind().sites);
console.log(named()[1].getFunctionName(), named().length > 1);
// What is made of a stack is the stack.
Error.prepareStackTrace = (error, given) => `prepared ${error.message} ${given.length > 0}`;
console.log(new Error('a').stack, new TypeError('b').stack);
const holder = { message: 'held' };
Error.captureStackTrace(holder);
console.log(holder.stack, Object.keys(holder), Object.getOwnPropertyDescriptor(holder, 'stack').enumerable);
Error.prepareStackTrace = () => ({ any: 1 });
console.log(new Error('x').stack);
Error.prepareStackTrace = undefined;
console.log(new Error('usual').stack.split('\n')[0]);
// It is asked for when the stack is.
const late = new Error('late');
Error.prepareStackTrace = () => 'later';
console.log(late.stack);
Error.prepareStackTrace = undefined;
console.log(late.stack);
// Where a stack begins
const first = (object) => object.stack.split('\n')[1] ?? '';
function outer() {
  const made = inner();
  return made;
}
function inner() {
  const made = {};
  Error.captureStackTrace(made, inner);
  return made;
}
console.log(first(outer()).includes('at outer ('));
class Own extends Error {
  constructor(message) {
    super(message);
    Error.captureStackTrace(this, Own);
    this.name = 'Named';
  }
}
function thrower() {
  const made = new Own('m');
  return made;
}
console.log(first(thrower()).includes('at thrower ('), thrower().message);
const asked = new Error('asked');
asked.stack;
function again() {
  Error.captureStackTrace(asked);
}
again();
console.log(first(asked).includes('at again ('), asked.stack.split('\n')[0]);
const nowhere = {};
Error.captureStackTrace(nowhere, () => {});
console.log(JSON.stringify(nowhere.stack));
for (const given of [[], [5], [null], ['text'], [Object.freeze({})]]) attempt('no object', () => Error.captureStackTrace(...given));
for (const object of [{ name: 'N', message: 'M' }, { name: '' }, { message: 5 }, () => {}, Object.create(null), Object.assign(Object.create({ name: 'Inherited' }), {}), [1]]) {
  Error.captureStackTrace(object);
  console.log(JSON.stringify(object.stack.split('\n')[0]));
}
attempt('getter', () => Error.captureStackTrace({ get name() { throw new Error('of a getter'); } }));
function deep(count, object) {
  if (count === 0) Error.captureStackTrace(object);
  else deep(count - 1, object);
  return object;
}
for (const limit of [2, 0, 10]) {
  Error.stackTraceLimit = limit;
  console.log(deep(20, {}).stack.split('\n').length);
}
console.log(Error.captureStackTrace.length, Error.captureStackTrace.name, Error.captureStackTrace({}));
const own = Error.captureStackTrace;
Error.captureStackTrace = 5;
console.log(Error.captureStackTrace, Object.keys(Error).includes('captureStackTrace'));
Error.captureStackTrace = own;
for (const name of ['dispose', 'asyncDispose']) {
  const symbol = Symbol[name], { value, ...how } = Object.getOwnPropertyDescriptor(Symbol, name);
  console.log(symbol, symbol === Symbol[name], value === symbol, how, Object.keys(Symbol), Symbol.keyFor(symbol), symbol.description);
}
