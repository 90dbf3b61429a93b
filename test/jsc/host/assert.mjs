// node:assert: what fails, and what it says.
import assert, { AssertionError, strict } from "node:assert";

const attempt = (name, call) => {
  try {
    call();
    console.log(name, "passes");
  } catch (error) {
    console.log(name, error.name, error.code, error.generatedMessage, error.operator, "\n" + error.message);
  }
};
attempt("ok", () => assert.ok(true));
attempt("okMessage", () => assert(false, "message"));
attempt("okError", () => assert.ok(0, new TypeError("mine")));
attempt("equal", () => assert.equal(1, "1"));
attempt("equalFails", () => assert.equal(1, 2));
attempt("notEqual", () => assert.notEqual(1, 1));
attempt("strictEqual", () => assert.strictEqual(1, 2));
attempt("strictText", () => assert.strictEqual("a".repeat(10), "a".repeat(9) + "b"));
attempt("strictLong", () => assert.strictEqual("hello world, this is long", "hello there, this is long"));
attempt("strictType", () => assert.strictEqual(1, "1"));
attempt("strictObject", () => assert.strictEqual({ a: 1 }, { a: 1 }));
attempt("strictUndefined", () => assert.strictEqual(undefined, null));
attempt("strictMessage", () => assert.strictEqual(1, 2, "one is not two"));
attempt("notStrictEqual", () => assert.notStrictEqual(1, 1));
attempt("notStrictObject", () => { const a = { a: 1 }; assert.notStrictEqual(a, a); });
attempt("deepEqual", () => assert.deepEqual({ a: 1 }, { a: "1" }));
attempt("deepEqualFails", () => assert.deepEqual({ a: 1 }, { a: 2 }));
attempt("notDeepEqual", () => assert.notDeepEqual({ a: 1 }, { a: 1 }));
attempt("deepStrictEqual", () => assert.deepStrictEqual({ a: 1, b: [1, 2] }, { a: 1, b: [1, 2] }));
attempt("deepStrictFails", () => assert.deepStrictEqual({ a: 1, b: 2 }, { a: 1, b: 3 }));
attempt("deepStrictArray", () => assert.deepStrictEqual([1, 2, 3], [1, 2, 4]));
attempt("deepStrictLength", () => assert.deepStrictEqual([1, 2], [1, 2, 3]));
attempt("deepStrictNested", () => assert.deepStrictEqual({ a: { b: { c: 1 } } }, { a: { b: { c: 2 } } }));
attempt("deepStrictTypes", () => assert.deepStrictEqual(new Map([[1, 2]]), new Map([[1, 3]])));
attempt("notDeepStrictEqual", () => assert.notDeepStrictEqual({ a: 1 }, { a: 1 }));
attempt("throws", () => assert.throws(() => { throw new TypeError("x"); }, TypeError));
attempt("throwsNot", () => assert.throws(() => {}));
attempt("throwsMessage", () => assert.throws(() => {}, "message"));
attempt("throwsPattern", () => assert.throws(() => { throw new Error("abc"); }, /b/));
attempt("throwsPatternFails", () => assert.throws(() => { throw new Error("abc"); }, /z/));
attempt("throwsObject", () => assert.throws(() => { throw new TypeError("x"); }, { name: "TypeError", message: "x" }));
attempt("throwsOther", () => assert.throws(() => { throw new Error("x"); }, TypeError));
attempt("throwsFunction", () => assert.throws(() => { throw new Error("x"); }, (error) => error.message === "y"));
attempt("doesNotThrow", () => assert.doesNotThrow(() => { throw new Error("bad"); }, "what"));
attempt("match", () => assert.match("abc", /x/));
attempt("matchType", () => assert.match(5, /x/));
attempt("doesNotMatch", () => assert.doesNotMatch("abc", /b/));
attempt("fail", () => assert.fail());
attempt("failMessage", () => assert.fail("boom"));
attempt("ifError", () => assert.ifError(null));
attempt("ifErrorFails", () => assert.ifError(new Error("e")));
attempt("partial", () => assert.partialDeepStrictEqual({ a: 1, b: 2 }, { a: 1 }));
attempt("missing", () => assert.equal(1));
attempt("strict", () => strict.equal(1, "1"));
await assert.rejects(Promise.reject(new Error("no")), /no/);
await assert.rejects(Promise.resolve(1)).catch((error) => console.log(error.message));
await assert.doesNotReject(Promise.resolve(1));
await assert.rejects(5).catch((error) => console.log(error.code, error.message));
const e = new AssertionError({ actual: 1, expected: 2, operator: "strictEqual" });
console.log(e instanceof Error, e.name, e.code, e.actual, e.expected, e.operator, e.generatedMessage, String(e), Object.keys(assert).sort().filter((name) => !["Assert", "CallTracker"].includes(name)).join(), assert.strict === strict, strict.strict === strict);
