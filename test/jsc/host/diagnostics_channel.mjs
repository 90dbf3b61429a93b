import { AsyncLocalStorage } from 'node:async_hooks';
import dc, { Channel } from 'node:diagnostics_channel';
const log = (...given) => console.log('  heard', ...given);
const attempt = (title, call) => {
  try {
    console.log(title, call());
  } catch (error) {
    console.log(title, error.name, error.code, error.message);
  }
};
console.log(Object.keys(dc).sort());
const a = dc.channel('a');
console.log(a instanceof Channel, a === dc.channel('a'), a.name, a.hasSubscribers, dc.hasSubscribers('a'), dc.hasSubscribers(5), a.publish(1));
for (const [name, ...given] of [['channel', 5], ['channel'], ['subscribe', 'a', 5], ['subscribe', 5, log], ['unsubscribe', 'a', log], ['unsubscribe', 5, log], ['tracingChannel', 5],
  ['boundedChannel', 5], ['tracingChannel', { start: 5 }], ['boundedChannel', { start: a, end: 5 }]]) attempt(name, () => dc[name](...given));
console.log(dc.subscribe('a', log), a.publish(7), dc.subscribe('a', log), a.publish({ b: 1 }), dc.unsubscribe('a', log), a.unsubscribe(log), a.unsubscribe(log), a.hasSubscribers);
const symbol = Symbol('s');
dc.subscribe(symbol, log);
dc.channel(symbol).publish(3);
// Who comes or goes during a message.
const w = dc.channel('w'), once = () => {
  w.unsubscribe(once);
  w.subscribe(() => console.log('late'));
};
w.subscribe(once);
w.subscribe(() => console.log('second'));
w.publish(1);
w.publish(2);
// Stores
const one = new AsyncLocalStorage(), two = new AsyncLocalStorage();
const seen = (title) => console.log(title, one.getStore(), two.getStore());
console.log(a.bindStore(one), a.hasSubscribers, a.bindStore(two, (data) => [data, one.getStore(), two.getStore()]));
a.subscribe((message, name) => seen(`  subscriber ${name}`));
console.log(a.runStores({ x: 1 }, function (...given) {
  seen('inside');
  a.runStores({ y: 1 }, () => seen('deeper'));
  seen('inside');
  return [this, given];
}, { self: 1 }, 1, 2));
attempt('throws', () => a.runStores(1, () => { throw new Error('told'); }));
seen('outside');
{
  const scope = a.withStoreScope({ q: 1 });
  seen('scope');
  one.enterWith('changed');
  scope[Symbol.dispose ?? Symbol.for('nodejs.dispose')]();
  seen('left');
}
console.log(a.unbindStore(two), a.unbindStore(two), a.unbindStore(one));
const scope = one.withScope(1);
one.enterWith(2);
console.log(one.getStore(), scope.dispose(), one.getStore());
// Traces
const events = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'];
const trace = dc.tracingChannel('t');
console.log(trace.hasSubscribers, trace.start.name, trace.start === dc.channel('tracing:t:start'), trace.traceSync((...given) => given, {}, null, 1, 2));
const subscribers = Object.fromEntries(events.map((name) => [name, ({ error, ...rest }, channel) => console.log('  ', name, rest, error?.message ?? error, channel, one.getStore())]));
console.log(trace.subscribe(subscribers), trace.hasSubscribers);
trace.start.bindStore(one, (data) => `S${data.n}`);
trace.asyncStart.bindStore(one, (data) => `A${data.n}`);
attempt('sync', () => trace.traceSync(function (...given) { return [this.me, given, one.getStore()]; }, { n: 1 }, { me: 1 }, 1, 2));
attempt('sync', () => trace.traceSync(() => { throw new Error('boom'); }, { n: 2 }));
console.log(await trace.tracePromise(async () => { await 1; return one.getStore(); }, { n: 3 }));
console.log(await trace.tracePromise(async () => { throw new Error('rejected'); }, { n: 4 }).catch((error) => error.message));
attempt('promise', () => trace.tracePromise(() => { throw new Error('thrown'); }, { n: 5 }));
attempt('no promise', () => trace.tracePromise(() => 8, { n: 6 }));
const thenable = { then: (resolve) => resolve('of thenable') };
console.log(trace.tracePromise(() => thenable, { n: 7 }) === thenable);
class Kind extends Promise {}
console.log(trace.tracePromise(() => Kind.resolve(3), { n: 8 }) instanceof Kind);
await new Promise(setImmediate);
const callback = (...given) => {
  console.log('callback', given.map((each) => each?.message ?? each), one.getStore());
  return 'of callback';
};
attempt('callback', () => trace.traceCallback((x, done) => done(null, x), 1, { n: 9 }, null, 'A', callback));
attempt('callback', () => trace.traceCallback((x, done) => done(new Error('failed')), undefined, { n: 10 }, null, 'A', callback));
attempt('callback', () => trace.traceCallback((done) => { throw new Error('at once'); }, 0, { n: 11 }, null, callback));
attempt('callback', () => trace.traceCallback((done) => done(1), 0, { n: 12 }, null, () => { throw new Error('in callback'); }));
attempt('callback', () => trace.traceCallback(() => {}, -1, {}, null, 5));
attempt('callback', () => trace.traceCallback(() => {}));
attempt('no function', () => trace.subscribe({ start: 5 }));
console.log(trace.unsubscribe(subscribers), trace.unsubscribe(subscribers), trace.unsubscribe({}));
const bounded = dc.boundedChannel('b');
console.log(bounded.run({}, (...given) => given, null, 1), bounded.hasSubscribers);
bounded.subscribe({ start: log, end: log });
bounded.start.bindStore(one, () => 'B');
attempt('bounded', () => bounded.run({ v: 1 }, function (...given) { return [this.i, given, one.getStore()]; }, { i: 1 }, 1));
attempt('bounded', () => bounded.run({ v: 2 }, () => { throw new Error('z'); }));
const within = bounded.withScope({ v: 3 });
within[Symbol.dispose ?? Symbol.for('nodejs.dispose')]();
// Errors of listeners are nobody's.
process.on('uncaughtException', (error) => console.log('uncaught', error.message));
dc.subscribe('u', () => { throw new Error('of a subscriber'); });
dc.subscribe('u', () => console.log('the next one'));
dc.channel('u').publish(1);
dc.channel('v').bindStore(two, () => { throw new Error('of a transform'); });
console.log(dc.channel('v').runStores(1, () => two.getStore()));
