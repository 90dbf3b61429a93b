// node:util, structuredClone and performance.
import util, { callbackify, debuglog, deprecate, format, inherits, inspect, isDeepStrictEqual, parseArgs, promisify, stripVTControlCharacters, styleText, types } from "node:util";
import fs from "node:fs";
import * as typesModule from "node:util/types";

const attempt = (name, call) => {
  try {
    console.log(name, call());
  } catch (error) {
    console.log(name, error.name, error.code, error.message);
  }
};
console.log(util.types === types, Object.keys(types).filter((name) => !/Key|External/.test(name)).sort().join(), typesModule.default === types);
const values = { map: new Map(), set: new Set(), date: new Date(), regexp: /x/, error: new Error("x"), promise: Promise.resolve(), proxy: new Proxy({}, {}), asyncFunction: async () => {}, generator: function* () {}, generatorObject: (function* () {})(),
  asyncGenerator: async function* () {}, buffer: new ArrayBuffer(1), view: new DataView(new ArrayBuffer(1)), uint8: new Uint8Array(1), float: new Float64Array(1), weakMap: new WeakMap(), weakSet: new WeakSet(), boxed: Object(1), boxedString: Object("s"),
  boxedSymbol: Object(Symbol("s")), boxedBig: Object(1n), arguments: (function () { return arguments; })(), mapIterator: new Map().keys(), setIterator: new Set().keys(), namespace: typesModule, plain: {}, array: [], number: 1, nothing: null, target: new EventTarget() };
for (const [name, value] of Object.entries(values)) console.log(name, Object.keys(types).filter((is) => types[is](value)).sort());
const read = promisify(fs.readFile);
console.log((await read(import.meta.filename, "utf8")).length > 100, await promisify((a, callback) => callback(null, a * 2))(4), await promisify(setTimeout)(1, "value"), promisify.custom === Symbol.for("nodejs.util.promisify.custom"));
await promisify((callback) => callback(new Error("bad")))().catch((error) => console.log(error.message));
attempt("promisify", () => promisify(5));
callbackify(async (a) => a + 1)(1, (error, value) => console.log("callbackify", error, value));
callbackify(async () => { throw null; })((error) => console.log("callbackify", error.code, error.message, error.reason));
await new Promise(setImmediate);
function A() {}
function B() {}
inherits(A, B);
console.log(new A() instanceof B, A.super_ === B);
attempt("inherits", () => inherits(A, null));
const old = deprecate(function named(x) { return x; }, "is old", "DEP9");
process.once("warning", (warning) => console.log("warning", warning.name, warning.code, warning.message));
console.log(old(5), old(6), old.length);
await new Promise(setImmediate);
console.log(debuglog("nothing").enabled, stripVTControlCharacters("\x1b[31mred\x1b[0m x"), JSON.stringify(styleText("red", "text", { validateStream: false })), JSON.stringify(styleText(["bold", "underline"], "text", { validateStream: false })), util.inspect.colors.red, util.inspect.styles.number);
console.log(parseArgs({ args: ["-f", "--bar", "b", "pos"], options: { foo: { type: "boolean", short: "f" }, bar: { type: "string" } }, allowPositionals: true }));
attempt("parseArgs", () => parseArgs({ args: ["--unknown"], options: {} }));
console.log(util.toUSVString("a\ud800"), util.getSystemErrorName(-2), util.isArray([]), util._extend({ a: 1 }, { b: 2 }), util.parseEnv("A=1\nB='x y'\n# c\nC=\"a\\nb\"\nexport D=z # comment"));
attempt("getSystemErrorName", () => util.getSystemErrorName(5));
console.log(inspect("x"), inspect({ a: { b: { c: {} } } }, { depth: 0 }), inspect({ a: 1 }, true, null, true), inspect.defaultOptions, util.formatWithOptions({ colors: true }, "%s %O", "s", { a: 1 }), format("%s %d", "a"));
inspect.defaultOptions.depth;
for (const [a, b] of [[1, 1], [NaN, NaN], [0, -0], [{ a: 1 }, { a: 1 }], [[1, , 2], [1, undefined, 2]], [new Map([[{ a: 1 }, 1]]), new Map([[{ a: 1 }, 1]])], [new Set([{ a: 1 }, 2]), new Set([2, { a: 1 }])], [new Date(0), new Date(0)], [new Date(0), new Date(1)], [/a/g, /a/i], [new Uint8Array([1]), new Uint8Array([1])], [Object(1), Object(1)], [Object(1), 1], [{ a: undefined }, {}], [[], {}], [Object.create(null), {}], [new (class X {})(), new (class X {})()], [{ [Symbol.for("s")]: 1 }, { [Symbol.for("s")]: 2 }], [(() => { const a = {}; a.a = a; return a; })(), (() => { const a = {}; a.a = a; return a; })()],
  [new Float32Array([0]), new Float32Array([-0])], ["1", 1], [new Map([[1, 2]]), new Map([["1", 2]])], [new ArrayBuffer(2), new ArrayBuffer(2)]]) console.log(inspect(a), inspect(b), isDeepStrictEqual(a, b));
// structuredClone
const source = { date: new Date(0), regexp: /x/gi, map: new Map([[1, { a: 1 }]]), set: new Set([1]), bytes: new Uint8Array([1, 2]), error: new RangeError("r", { cause: 1 }), nested: [1, , 3], boxed: Object("s"), big: 5n };
source.self = source;
const cloned = structuredClone(source);
console.log(cloned.self === cloned, cloned.map.get(1) !== source.map.get(1), cloned.date.getTime(), cloned.regexp, cloned.bytes, cloned.nested, cloned.boxed, cloned.error.name, cloned.error.message, cloned.error instanceof RangeError, cloned.big, structuredClone(new (class K { x = 1; })()));
attempt("function", () => structuredClone(() => {}));
attempt("symbol", () => structuredClone(Symbol("s")));
attempt("weakMap", () => structuredClone(new WeakMap()));
const moved = new ArrayBuffer(4);
console.log(structuredClone(moved, { transfer: [moved] }).byteLength, moved.byteLength);
// performance
performance.mark("a");
const measure = performance.measure("m", "a");
console.log(measure.name, measure.entryType, measure.duration >= 0, performance.getEntriesByName("a").length, performance.getEntriesByType("mark").length, performance.getEntries().map((each) => each.name), typeof performance.timeOrigin, performance.now() > 0);
performance.clearMarks();
attempt("measure", () => performance.measure("n", "a"));
console.log(performance.getEntries().length, Object.prototype.toString.call(performance), performance.mark("d", { detail: { x: 1 }, startTime: 5 }));
// Web crypto, Blob
console.log(crypto.getRandomValues(new Uint8Array(4)).length, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()), Buffer.from(await crypto.subtle.digest("SHA-256", new TextEncoder().encode("abc"))).toString("hex"));
attempt("getRandomValues", () => crypto.getRandomValues(new Float32Array(1)));
const blob = new Blob(["héllo ", new Uint8Array([119]), new Blob(["orld"])], { type: "Text/Plain" });
console.log(blob, blob.size, blob.type, await blob.text(), await blob.slice(1, 4).text(), (await blob.arrayBuffer()).byteLength, new File(["x"], "n.txt", { lastModified: 5 }));
