// Values and options for the inspector. What Node prints of them is kept in inspect.txt.
import { inspect, format } from "node:util";
import * as namespace from "./inspect.mjs";

export let exported = 1;
export function exportedFunction() {}
export default class {}

const plain = (error) => { error.stack = `${error.name}: ${error.message}`; return error; };
const framed = (error, frames = 2) => {
  error.stack = `${error.name}: ${error.message}` + Array.from({ length: frames }, (_, i) => `\n    at f${i} (file.js:${i + 1}:1)`).join("");
  return error;
};
class Foo { constructor() { this.a = 1; } get b() { return 2; } #hidden = 3; }
class Bar extends Foo { constructor() { super(); this.c = { d: { e: { f: 1 } } }; } }
class Tagged { get [Symbol.toStringTag]() { return "Tag"; } }
class MyError extends Error {}
class Named extends Error { constructor(m) { super(m); this.name = "Named"; this.code = "E_CODE"; } }
class MyMap extends Map {}
class MyArray extends Array {}
class Fancy { [Symbol.for("nodejs.util.inspect.custom")](depth, options) { return `Fancy<${depth},\n${typeof options.stylize}>`; } }
class Self { [Symbol.for("nodejs.util.inspect.custom")]() { return this; } }
const circular = { name: "x", list: [] };
circular.self = circular;
circular.list.push(circular, { circular });
const two = { a: {} }; two.a.two = two; two.b = two.a;
const revoked = Proxy.revocable({}, {}); revoked.revoke();
const sparse = [1, , 3]; const tail = [1, 2]; tail.length = 5;
const extra = [1, 2, 3]; extra.key = "value"; extra[-1] = "minus";
const deep = { a: { b: { c: { d: 1 } } }, list: [[[[1]]]], map: new Map([[{ a: { b: {} } }, new Set([[1, [2, [3]]]])]]) };
const long = "x".repeat(100), lines = "first line of text\nsecond line of text\n".repeat(4);
function named(a, b) {} function* generator() {} async function asynchronous() {} async function* both() {}
const withProperties = Object.assign(() => {}, { a: 1 });
const iterator = new Map([[1, 2], ["a", { b: 1 }]])[Symbol.iterator](); iterator.next();
const accessors = { get a() { return 1; }, set a(v) {}, get b() { return 2; }, set c(v) {} };
const throwing = { get [Symbol.toStringTag]() { return "Thrown"; }, get x() { throw new Error("never"); } };
const trapped = new Proxy({ a: 1, b: [2] }, { get() { console.log("TRAP"); }, ownKeys() { console.log("TRAP"); return []; }, getPrototypeOf() { console.log("TRAP"); return null; } });
const cause = plain(new Error("cause")), caused = plain(new Error("outer", { cause }));

const values = {
  undefined: undefined, null: null, true: true, zero: 0, minusZero: -0, nan: NaN, infinity: -Infinity, float: 1.5e300, small: 1e-7, big: 12345678901234567890n,
  string: "it's", quotes: `it's "both"`, all: `it's "all" \`three\``, dollar: "it's \"both\" ${x}", escapes: "\0\b\t\n\v\f\r\x1b\\\x7f\x9f é 世界 😀",
  lone: "a\ud800b\udc00", symbol: Symbol("s"), symbolEmpty: Symbol(), wellKnown: Symbol.iterator,
  empty: {}, emptyArray: [], nested: [[]], object: { a: 1, "b-c": 2, 3: 4, [Symbol("k")]: 5, "": 6, __proto__: null }, keys: { "a b": 1, é: 2, $: 3, _x: 4, 0: "zero" },
  own: JSON.parse('{"__proto__": 1}'), hidden: Object.defineProperty({ a: 1 }, "b", { value: 2 }), nullPrototype: Object.create(null), nullWith: Object.assign(Object.create(null), { a: 1 }),
  array: [1, "two", null, undefined, true, 4n], hundred: Array.from({ length: 100 }, (_, i) => i), many: Array.from({ length: 120 }, (_, i) => i * i), one: Array.from({ length: 101 }, () => 0),
  words: "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod".split(" "), seven: [1, 2, 3, 4, 5, 6, 7], negative: [-1, 20, -300, 4000, 5, 6, 7.5, 8],
  wide: ["世界", "a", "bb", "ccc", "😀", "é", "f", "g", "h"], mixed: [1, "a", {}, [], 1, 2, 3, 4, 5], objects: Array.from({ length: 8 }, (_, i) => ({ id: i, name: "n" + i })),
  sparse, tail, holes: [, , ,], extra, sparseMany: Object.assign([], { 5: 1, 200: 2 }), sparseBig: Object.assign([], { 4294967294: 1 }), deep, circular, two,
  foo: new Foo(), bar: new Bar(), fooClass: Foo, barClass: Bar, anonymous: class {}, extendsNull: class extends null {}, static: class { static x = 1; }, prototype: Foo.prototype, barPrototype: Bar.prototype,
  tagged: new Tagged(), ownTag: { [Symbol.toStringTag]: "T", a: 1 }, hiddenTag: Object.defineProperty({}, Symbol.toStringTag, { value: "H" }), math: Math, json: JSON, reflect: Reflect, atomics: Atomics,
  named, generator, asynchronous, both, arrow: () => {}, unnamed: (() => function () {})(), withProperties, bound: named.bind(null), native: Math.max, builtinClass: Map, functionConstructor: Function,
  nullFunction: Object.setPrototypeOf(function nulled() {}, null), method: { method() {} }.method, getter: Object.getOwnPropertyDescriptor(accessors, "b").get, symbolMethod: { [Symbol("m")]() {} }, generatorObject: generator(),
  accessors, date: new Date(0), dateFar: new Date(8.64e15), dateBefore: new Date(-62198755200000), invalidDate: new Date(NaN), dateWith: Object.assign(new Date(1e12), { a: 1 }),
  regexp: /a\/b/giu, regexpWith: Object.assign(/x/, { a: 1 }), map: new Map([["a", 1], [{ b: 2 }, [3]]]), emptyMap: new Map(), set: new Set([1, "a", { b: 2 }]), emptySet: new Set(), myMap: new MyMap([[1, 2]]),
  myArray: MyArray.from([1, 2]), emptyMyArray: new MyArray(), bigMap: new Map(Array.from({ length: 105 }, (_, i) => [i, i])), bigSet: new Set(Array.from({ length: 103 }, (_, i) => i)), mapWith: Object.assign(new Map([[1, 2]]), { a: 1 }),
  mapIterator: new Map([[1, 2]]).keys(), mapEntries: iterator, setIterator: new Set([1, 2]).values(), setEntries: new Set([1]).entries(), arrayIterator: [][Symbol.iterator](), stringIterator: ""[Symbol.iterator](),
  weakMap: new WeakMap(), weakSet: new WeakSet(), weakRef: new WeakRef({}), promise: new Promise(() => {}), resolved: Promise.resolve({ a: 1 }), rejected: (() => { const p = Promise.reject(1); p.catch(() => {}); return p; })(),
  boxedNumber: Object(1), boxedMinus: Object(-0), boxedString: Object("str"), boxedBoolean: Object(true), boxedSymbol: Object(Symbol("b")), boxedBigInt: Object(1n), boxedWith: Object.assign(Object("ab"), { x: 1 }),
  uint8: new Uint8Array([1, 2, 3]), emptyUint8: new Uint8Array(), float64: new Float64Array([1.5, -0, NaN]), big64: new BigInt64Array([1n, -2n]), bigTyped: new Uint16Array(150), buffer: new Uint8Array([1, 171]).buffer, bigBuffer: new ArrayBuffer(60),
  dataView: new DataView(new ArrayBuffer(2)), typedWith: Object.assign(new Uint8Array(2), { a: 1 }),
  proxy: new Proxy({ a: 1 }, {}), proxyFunction: new Proxy(function f() {}, {}), proxyArray: new Proxy([1, 2], {}), proxyProxy: new Proxy(new Proxy({ x: 1 }, {}), {}), revoked: revoked.proxy, trapped,
  error: plain(new Error("message")), empty_error: plain(new Error("")), typeError: plain(new TypeError("type")), myError: plain(new MyError("mine")), namedError: plain(new Named("named")), framed: framed(new Error("framed")), framedIn: { nested: { e: framed(new RangeError("in")) } },
  errorWith: Object.assign(plain(new Error("with")), { a: 1, b: { c: 2 } }), caused, aggregate: plain(new AggregateError([plain(new Error("one")), 2], "many")), errorNoStack: Object.assign(new Error("none"), { stack: undefined }), errorLike: { __proto__: Error.prototype, message: "like", stack: "Error: like" },
  framedCause: framed(new Error("out", { cause: framed(new Error("in"), 6) }), 6), nullError: Object.setPrototypeOf(plain(new Error("nulled")), null), enumerableMessage: Object.defineProperty(plain(new Error("seen")), "message", { enumerable: true }), errorKeys: Object.assign(plain(new Error("m")), { name: "Custom" }),
  args: (function () { return arguments; })(1, "a"), strictArgs: (function () { "use strict"; return arguments; })(), globalThisType: typeof globalThis, namespace, fancy: new Fancy(), fancyIn: { a: { fancy: new Fancy() } }, self: new Self(), throwing,
  longString: long, longIn: { long, other: long }, lines, linesIn: { lines }, longLine: { a: "a".repeat(60), b: 1 }, longArray: ["a".repeat(30), "b".repeat(30), "c".repeat(30)], edge72: { a: "a".repeat(56), b: 1 }, edge73: { a: "a".repeat(57), b: 1 }, edge76: { a: "a".repeat(60), b: 12 },
  matrix: [[1, 0, 0], [0, 1, 0], [0, 0, 1]], tree: { value: 1, children: [{ value: 2, children: [{ value: 3, children: [{ value: 4 }] }] }] }, config: { name: "pkg", version: "1.0.0", scripts: { build: "make", test: "make test" }, files: ["a", "b"], nested: { one: { two: { three: 3 } } } },
  inheritor: Object.create(new Foo()), objectOfNull: Object.create(Object.create(null)), constructorless: Object.create({ constructor: undefined }), fakeConstructor: { constructor: { name: "Fake" } }, prototypeOfArray: Array.prototype, mapPrototype: Map.prototype, datePrototype: Object.create(Date.prototype),
  entriesOf: Object.entries({ a: 1, b: [2] }), undefinedIn: { a: undefined, b: null, c: () => {}, d: Symbol("d") }, dateIn: { d: new Date(0), r: /x/, e: [new Date(0)] }, longKey: { ["k".repeat(80)]: 1 }, numbersAsStrings: ["1", "22", "333", "4444", "1", "22", "333", "4444"],
};
for (const [name, value] of Object.entries(values)) console.log(name + ":", value);

const options = [{ depth: 0 }, { depth: Infinity }, { depth: null, compact: 1 }, { showHidden: true, depth: 1 }, { compact: false }, { breakLength: 40 }, { breakLength: Infinity }, { maxArrayLength: 2 }, { maxStringLength: 5 }, { sorted: true }, { getters: true }, { showProxy: true }];
const sample = { z: [1, 2, 3, [4]], deep, circular, proxy: new Proxy({ a: 1 }, { get() {} }), accessors, s: "some long text", u: new Uint8Array(3), f: named, set: new Set([1, 2, 3]), foo: new Foo() };
for (const option of options) console.log(inspect(option), inspect(option.showHidden ? { a: [1], b: { c: {} } } : sample, option));

const formats = [["%s", "a"], ["%s %s", "a"], ["a", "b", 1], ["%d", "42"], ["%d", 1n], ["%d", {}], ["%i", 42.9], ["%i", "12px"], ["%f", "1.5"], ["%f", Symbol("x")], ["%j", { a: [1] }], ["%j", circular], ["%o", [1]], ["%O", { a: { b: { c: { d: 1 } } } }],
  ["%c styled", "color: red"], ["%%", 1], ["100%", 1], ["%x %s", 1, 2], ["%s", null, undefined], ["%s", -0], ["%s", 5n], ["%s", Symbol("q")], ["%s", { a: { b: 1 } }], ["%s", [1, [2, [3]]]], ["%s", new Foo()], ["%s", new (class T { toString() { return "own"; } })()],
  ["%s", new Date(0)], ["%s", () => 1], ["%s", plain(new Error("e"))], ["%s", Object.create(null)], [1, "%s", 2], ["%", 1], ["%s%", 1], ["%%%s", 1], ["%%"], [], [""], ["", 1], [{}, "a"], ["%d", Symbol("d")], ["%i", 7n], ["%s", "a", { b: 1 }, [2]], ["%s", class Q {}], ["%d%%", 50]];
for (const each of formats) console.log(JSON.stringify(format(...each)));

console.group("group");
console.log("one\ntwo");
console.group();
console.log({ a: "a".repeat(40), b: "b".repeat(30) });
console.groupEnd();
console.info("three");
console.groupEnd();
console.debug("four");
console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 });
console.count(); console.count("x"); console.count(); console.countReset(); console.count();
console.log();
