// What the engine lacks of the language, or keeps to itself.
const tell = (name, f) => {
  try {
    console.log(name, f());
  } catch (error) {
    console.log(name, `${error.name}: ${error.message}`);
  }
};

function deep(n) { return n ? deep(n - 1) : new Error("deep").stack.split("\n").length; }
const limit = Error.stackTraceLimit, before = deep(50);
Error.stackTraceLimit = 2;
const shallow = deep(50);
Error.stackTraceLimit = limit;
console.log(limit, before, shallow, deep(50));

console.log("-- names");
for (const [path, names] of Object.entries({
  Promise: "try withResolvers", Error: "isError", RegExp: "escape", Object: "groupBy", Map: "groupBy", Iterator: "from concat",
  "Iterator.prototype": "reduce toArray forEach some every find map filter take drop flatMap", "Map.prototype": "getOrInsert getOrInsertComputed",
  "WeakMap.prototype": "getOrInsert getOrInsertComputed", Uint8Array: "fromBase64 fromHex", "Uint8Array.prototype": "toBase64 toHex setFromBase64 setFromHex",
  "ArrayBuffer.prototype": "transfer transferToFixedLength", "DisposableStack.prototype": "use adopt defer move dispose",
  "AsyncDisposableStack.prototype": "use adopt defer move disposeAsync",
  globalThis: "Iterator SuppressedError DisposableStack AsyncDisposableStack SharedArrayBuffer",
})) {
  const object = path.split(".").reduce((value, key) => value[key], globalThis);
  for (const name of names.split(" ")) {
    const { value, ...attributes } = Object.getOwnPropertyDescriptor(object, name);
    console.log(path, name, value.name, value.length, Object.values(attributes).join(), path === "globalThis" || !Object.hasOwn(value, "prototype"));
  }
}
try { new Promise.try(() => 1); } catch (error) { console.log(error.name); }

console.log("-- promises");
console.log(await Promise.try((a, b) => a + b, 1, 2), await Promise.try(async () => 3));
await Promise.try(() => { throw new RangeError("x"); }).catch((error) => console.log(`${error}`));
class Derived extends Promise {}
console.log(Derived.try(() => 1) instanceof Derived);
tell("try", () => Promise.try.call(1));
const { promise, resolve } = Promise.withResolvers();
resolve(4);
console.log(await promise);

console.log("-- groups");
console.log(Object.groupBy([1, 2, 3], (n) => (n % 2 ? "odd" : "even")), Map.groupBy([1, 2, 3], (n) => n % 2));

console.log("-- maps");
const map = new Map([[0, "zero"]]);
console.log(map.getOrInsert(-0, 1), map.getOrInsert("a", 2), map.getOrInsertComputed("b", (key) => key + key), map.getOrInsertComputed("b", () => 5), map);
console.log([...new Map().getOrInsertComputed(-0, (key) => [Object.is(key, 0)])]);
const weak = new WeakMap(), key = {};
console.log(weak.getOrInsert(key, 1), weak.getOrInsertComputed(key, () => 2), weak.get(key));
for (const call of [() => Map.prototype.getOrInsert.call({}, 1, 2), () => weak.getOrInsert(1, 2), () => weak.getOrInsertComputed(1, () => console.log("called"))])
  try { call(); } catch (error) { console.log(error.name); }

console.log("-- texts");
console.log(RegExp.escape("ab-c d\n\u2028é$(x)/*\ud800,😀_Z"), RegExp.escape(""), RegExp.escape("9"), new RegExp(RegExp.escape("a.b*c\t")).test("a.b*c\t"));
tell("escape", () => RegExp.escape(1));
console.log([new TypeError(), {}, Object.create(Error.prototype), new DOMException("x"), "e"].map(Error.isError));
console.log(new TextEncoder().encode("ab").toHex(), Error.isError(new Proxy(new Error(), {})));

console.log("-- iterators");
const it = (...values) => values.values();
const loud = (values, log = []) => ({
  __proto__: Iterator.prototype, log,
  next() { log.push("next"); return values.length ? { value: values.shift(), done: false } : { value: undefined, done: true }; },
  return() { log.push("return"); return {}; },
});
function* numbers() { try { for (let n = 0; ; n++) yield n; } finally { console.log("closed"); } }
console.log([...numbers().filter((n) => n % 2).map((n, i) => [n, i]).drop(1).take(2)]);
console.log(it(1, 2).flatMap((n) => [n, n]).toArray(), it(1, 2, 3).reduce((a, b) => a + b), it(1, 2).reduce((a, b, i) => a + b + i, "x"));
console.log(it(1, 2).some((n) => n > 1), it(1, 2).every((n) => n > 1), it(1, 2).find((n) => n > 1), it().find(() => true), it(1).forEach(console.log));
console.log(numbers().find((n) => n > 2));
const early = loud([1, 2, 3]);
const helper = early.map((n) => n);
console.log(helper.return(), helper.next(), early.log);
const some = loud([1, 2, 3]);
console.log(some.take(2).toArray(), some.log, loud([]).take(0).next());
for (const call of [(i) => i.map(1), (i) => i.take(-1), (i) => i.take(NaN), (i) => i.drop({ valueOf() { throw new Error("v"); } }), (i) => i.map(() => { throw new Error("m"); }).next(),
  (i) => i.flatMap(() => 1).next(), (i) => i.reduce(() => { throw new Error("r"); }), (i) => i.flatMap(() => "ab").next()]) {
  const i = loud([1, 2]);
  try { console.log(call(i)); } catch (error) { console.log(error.name, i.log.join()); }
}
tell("no object", () => Iterator.prototype.map.call(1));
tell("empty", () => it().reduce((a, b) => a));
tell("abstract", () => new Iterator());
tell("call", () => Iterator());
tell("from", () => Iterator.from(1));
try { const g = it(1).map(() => g.next()); g.next(); } catch (error) { console.log(error.name); }
tell("receiver", () => Object.getPrototypeOf(it().map(String)).next.call({}));
tell("receiver", () => Object.getPrototypeOf(it().map(String)).return.call({}));
console.log(Iterator.from("a😀").toArray(), Iterator.from({ next() { return { done: true }; } }).toArray(), Iterator.from({ next() {} }).return());
console.log(Iterator.concat([1], new Set([2]), Object("ab")).toArray(), it(1) instanceof Iterator, numbers() instanceof Iterator, {} instanceof Iterator);
tell("concat", () => Iterator.concat(1));
class Mine extends Iterator { next() { return { value: 1, done: false }; } }
console.log(new Mine().take(2).toArray(), new Mine() instanceof Mine, `${new Mine()}`);
console.log(`${it(1).map(String)}`, `${Iterator.prototype}`, Object.prototype.hasOwnProperty.call(Iterator.prototype, "constructor"), it(1).constructor === Object.getPrototypeOf(it(1)).constructor);
const own = new Mine();
own.map = 5;
own[Symbol.toStringTag] = "Own";
console.log(own.map, Object.keys(own), typeof it().map, `${own}`);
try { Iterator.prototype[Symbol.toStringTag] = 1; } catch (error) { console.log(error.name); }
console.log(Object.getOwnPropertyDescriptor(Iterator, "prototype").writable);

console.log("-- bytes");
const bytes = Uint8Array.of(0, 1, 250, 255, 128);
console.log(bytes.toBase64(), bytes.toBase64({ alphabet: "base64url", omitPadding: true }), bytes.toHex(), new Uint8Array().toBase64(), Uint8Array.of(1, 2, 3).toBase64());
for (const text of ["", "AAH6/4A=", " A A\nH6/4A ", "AAH6/4A", "AB==", "AB", "*", "AA=A", "A", "AAA=A", "A===", "QUJD", "-_"])
  for (const lastChunkHandling of ["loose", "strict", "stop-before-partial"])
    try { console.log(text, lastChunkHandling, Uint8Array.fromBase64(text, { lastChunkHandling }).join()); } catch (error) { console.log(text, lastChunkHandling, error.name); }
console.log(Uint8Array.fromBase64("-_-_", { alphabet: "base64url" }), Uint8Array.fromHex("00ffAB"));
for (const call of [() => Uint8Array.fromHex("a"), () => Uint8Array.fromHex("zz"), () => Uint8Array.fromHex(1), () => Uint8Array.fromBase64(1), () => Uint8Array.fromBase64("", { alphabet: "x" }),
  () => Uint8Array.prototype.toHex.call([]), () => new Uint8Array(1).toBase64({ alphabet: 1 }), () => Uint8Array.fromBase64("", 1)])
  try { call(); } catch (error) { console.log(error.name, error.message); }
const four = new Uint8Array(4);
console.log(four.setFromBase64("QUJDREVGRw"), four, four.setFromHex("0102"), four, four.subarray(0, 1).setFromHex("0a0b"), four, four.setFromBase64("QQ"), new Uint8Array(2).setFromBase64("QUJD"));
try { four.setFromBase64("QUJD*"); } catch { console.log(four); }
const moved = new ArrayBuffer(4, { maxByteLength: 8 }), fixed = moved.transferToFixedLength();
console.log(moved.detached, fixed.detached, fixed.resizable, fixed.byteLength, new ArrayBuffer(0).detached, Object.groupBy("aba", (c) => c), Map.groupBy([0, -0], (n) => n).size);
console.log(new ArrayBuffer(4).transfer(8).byteLength, new SharedArrayBuffer(4).byteLength, Atomics.add(new Int32Array(new SharedArrayBuffer(4)), 0, 5));

console.log("-- disposal");
const stack = new DisposableStack();
stack.defer(() => console.log("last"));
console.log(stack.use({ [Symbol.dispose]() { console.log("used"); } }) !== null, stack.use(null), stack.adopt(7, (value) => console.log("adopted", value)), stack.disposed);
const taken = stack.move();
console.log(stack.disposed, taken.disposed, stack.dispose(), taken.dispose(), taken.disposed, taken.dispose());
for (const call of [() => stack.use(null), () => stack.move(), () => new DisposableStack().use(1), () => new DisposableStack().use({}), () => new DisposableStack().defer(1), () => DisposableStack()])
  try { call(); } catch (error) { console.log(error.name); }
try {
  const failing = new DisposableStack();
  for (const n of [1, 2, 3]) failing.defer(() => { throw n; });
  failing.dispose();
} catch (error) {
  console.log(error.name, error.message, error.error, error.suppressed.error, error.suppressed.suppressed, error instanceof SuppressedError);
}
const later = new AsyncDisposableStack();
later.defer(() => console.log("deferred"));
later.use({ async [Symbol.asyncDispose]() { await 1; console.log("disposed"); } });
later.use({ [Symbol.dispose]() { console.log("synchronously"); return { then() { console.log("never"); } }; } });
console.log(await later.disposeAsync(), later.disposed, `${later}`);
await AsyncDisposableStack.prototype.disposeAsync.call({}).catch((error) => console.log(error.name));
console.log(DisposableStack.prototype[Symbol.dispose] === DisposableStack.prototype.dispose, Object.keys(new SuppressedError(1, 2)), new SuppressedError(1, 2, "m").message);

console.log("-- how they are there");
tell("inherit assign",()=>{const i=[].values(); i.map=5; return [i.map, Object.hasOwn(i,"map"), typeof Object.getPrototypeOf(Object.getPrototypeOf(i)).map]});
tell("class static",()=>{class P extends Promise{}; P.try=7; return [P.try, typeof Promise.try, Object.hasOwn(P,"try")]});
tell("base assign",()=>{Object.groupBy=9; return Object.groupBy});
tell("defineProperty",()=>{Object.defineProperty(RegExp,"escape",{value:3}); return [RegExp.escape,1]});
tell("desc",()=>1);
tell("delete",()=>{const P=Object.getPrototypeOf(Object.getPrototypeOf([].values())); return [delete P.find, P.find, "find" in P]});
tell("reflect.set",()=>{const P=Object.getPrototypeOf(Object.getPrototypeOf([].values())); const o={}; return [Reflect.set(P,"some",1,o), o.some, typeof P.some]});
tell("object.assign",()=>{const g=(function*(){})(); Object.assign(g,{every:1,filter:2}); return [g.every,g.filter,Object.keys(g)]});
tell("freeze",()=>{const P=Object.getPrototypeOf(Object.getPrototypeOf([].values())); Object.freeze(P); return [typeof P.reduce, [1,2].values().reduce((a,b)=>a+b), Object.isFrozen(P)]});
tell("loop",()=>{let n=0; for(let i=0;i<1e5;i++) n+=[1,2].values().take(1).toArray().length; return n});
