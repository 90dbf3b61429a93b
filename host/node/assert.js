// node:assert.
import { inspect } from "native:util";
import process from "native:process";
import { checkFunction, coded, invalidType, invalidValue, missing } from "host:errors";
import { isDeepEqual } from "host:deep_equal";

const shown = (value) => inspect(value, { compact: false, customInspect: false, depth: 1000, maxArrayLength: Infinity, showHidden: false, showProxy: false, sorted: true, getters: true });

const sentences = {
  deepStrictEqual: "Expected values to be strictly deep-equal:",
  partialDeepStrictEqual: "Expected values to be partially and strictly deep-equal:",
  strictEqual: "Expected values to be strictly equal:",
  strictEqualObject: 'Expected "actual" to be reference-equal to "expected":',
  deepEqual: "Expected values to be loosely deep-equal:",
  notDeepStrictEqual: 'Expected "actual" not to be strictly deep-equal to:',
  notStrictEqual: 'Expected "actual" to be strictly unequal to:',
  notStrictEqualObject: 'Expected "actual" not to be reference-equal to "expected":',
  notDeepEqual: 'Expected "actual" not to be loosely deep-equal to:',
  notIdentical: "Values have same structure but are not reference-equal:",
  notDeepEqualUnequal: "Expected values not to be loosely deep-equal:",
};

// Whether an element is the last of its object is no difference.
const isSameLine = (a, b) => a === b || `${a},` === b || a === `${b},`;

// The shortest edit from one list of lines to another (Myers).
function edits(a, b) {
  const most = a.length + b.length, trace = [];
  const at = new Int32Array(2 * most + 2);
  outer: for (let d = 0; d <= most; d++) {
    trace.push(at.slice());
    for (let k = -d; k <= d; k += 2) {
      let x = k === -d || (k !== d && at[k - 1 + most] < at[k + 1 + most]) ? at[k + 1 + most] : at[k - 1 + most] + 1;
      let y = x - k;
      while (x < a.length && y < b.length && isSameLine(a[x], b[y])) [x, y] = [x + 1, y + 1];
      at[k + most] = x;
      if (x >= a.length && y >= b.length) break outer;
    }
  }
  const out = [];
  let [x, y] = [a.length, b.length];
  for (let d = trace.length - 1; d >= 0; d--) {
    const before = trace[d], k = x - y;
    const from = k === -d || (k !== d && before[k - 1 + most] < before[k + 1 + most]) ? k + 1 : k - 1;
    const fromX = before[from + most], fromY = fromX - from;
    while (x > fromX && y > fromY) {
      const [one, other] = [a[--x], b[--y]];
      out.push([" ", one.length > other.length ? one : other]);
    }
    if (d > 0) {
      if (x > fromX) out.push(["+", a[--x]]);
      else out.push(["-", b[--y]]);
    }
  }
  return out.reverse();
}

function difference(actual, expected, operator, message) {
  const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";
  let name = operator;
  const linesA = shown(actual).split("\n"), linesB = shown(expected).split("\n");
  const same = linesA.length === linesB.length && linesA.every((line, i) => line === linesB[i]);
  if (operator === "strictEqual" && ((typeof actual === "object" && actual !== null && typeof expected === "object" && expected !== null) ||
    (typeof actual === "function" && typeof expected === "function"))) name = "strictEqualObject";
  let sentence = message ?? sentences[name];
  if (same) {
    if (message === undefined && (operator === "strictEqual" || operator === "deepStrictEqual")) sentence = sentences.notIdentical;
    return `${sentence}\n\n${linesA.length > 50 ? `${linesA.slice(0, 46).join("\n")}\n...` : linesA.join("\n")}\n`;
  }
  if (linesA.length === 1 && linesB.length === 1 && !isObject(actual) && !isObject(expected) && (actual !== 0 || expected !== 0)) {
    const length = linesA[0].length + linesB[0].length;
    if (length <= 12) return `${sentence}\n\n${linesA[0]} !== ${linesB[0]}\n`;
  }
  if (linesA.length === 1 && linesB.length === 1 && linesA[0] !== linesB[0]) {
    // Where the two first differ, if that is far enough behind.
    return `${sentence}\n${header()}\n\n+ ${linesA[0]}\n- ${linesB[0]}\n${pointer(linesA[0], linesB[0], actual, expected)}`;
  }
  const lines = [];
  let skipped = 0, isSkipped = false;
  for (const [sign, line] of collapse(edits(linesA, linesB))) {
    if (sign === "...") {
      isSkipped = true;
      lines.push("...");
    } else {
      lines.push(`${sign} ${line}`);
    }
    skipped++;
  }
  return `${sentence}\n${header()}${isSkipped ? "\n... Skipped lines" : ""}\n\n${lines.join("\n")}\n`;
}

const header = () => "+ actual - expected";

function pointer(a, b, actual, expected) {
  if (typeof actual !== "string" || typeof expected !== "string") return "";
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return i > 2 && i < 80 ? `${" ".repeat(i + 2)}^\n` : "";
}

// Of many equal lines, a few are shown.
function collapse(all) {
  const out = [];
  for (let i = 0; i < all.length;) {
    if (all[i][0] !== " ") {
      out.push(all[i++]);
      continue;
    }
    let end = i;
    while (end < all.length && all[end][0] === " ") end++;
    if (end - i <= 5) out.push(...all.slice(i, end));
    else out.push(...all.slice(i, i + (i === 0 ? 2 : 2)), ["..."], ...all.slice(end - (end === all.length ? 2 : 2), end));
    i = end;
  }
  return out;
}

export class AssertionError extends Error {
  constructor(options) {
    if (options === null || typeof options !== "object") throw invalidType("options", "Object", options);
    const { message, operator, stackStartFn, details, stackStartFunction } = options;
    let { actual, expected } = options;
    const limit = Error.stackTraceLimit;
    let text;
    if (message !== undefined && message !== null) {
      text = ["deepStrictEqual", "strictEqual"].includes(operator) ? difference(actual, expected, operator, String(message)) : String(message);
    } else if (["deepStrictEqual", "strictEqual", "partialDeepStrictEqual"].includes(operator)) {
      text = difference(actual, expected, operator);
    } else if (operator === "notDeepStrictEqual" || operator === "notStrictEqual") {
      let sentence = sentences[operator];
      if (operator === "notStrictEqual" && ((typeof actual === "object" && actual !== null) || typeof actual === "function")) sentence = sentences.notStrictEqualObject;
      const lines = shown(actual).split("\n");
      if (lines.length > 50) lines.splice(46, lines.length, "...");
      text = lines.length === 1 ? `${sentence}${lines[0].length > 5 ? "\n\n" : " "}${lines[0]}` : `${sentence}\n\n${lines.join("\n")}\n`;
    } else {
      const cut = (value) => (value.length > 512 ? `${value.slice(0, 509)}...` : value);
      let a = shown(actual), b = shown(expected);
      const sentence = sentences[operator];
      if (operator === "notDeepEqual" && a === b) {
        text = `${sentence}\n\n${cut(a)}`;
      } else if (operator === "deepEqual") {
        text = `${sentence}\n\n${cut(a)}\n\nshould loosely deep-equal\n\n${cut(b)}`;
      } else {
        text = sentence ? `${sentences.notDeepEqualUnequal}\n\n${cut(a)}\n\nshould not loosely deep-equal\n\n${cut(b)}` : `${cut(a)} ${operator} ${cut(b)}`;
      }
    }
    super(text);
    this.generatedMessage = !message;
    Object.defineProperty(this, "name", { value: "AssertionError [ERR_ASSERTION]", enumerable: false, writable: true, configurable: true });
    this.code = "ERR_ASSERTION";
    if (details) {
      this.actual = undefined;
      this.expected = undefined;
      this.operator = undefined;
      for (let i = 0; i < details.length; i++) {
        this[`message ${i}`] = details[i].message;
        this[`actual ${i}`] = details[i].actual;
        this[`expected ${i}`] = details[i].expected;
        this[`operator ${i}`] = details[i].operator;
        this[`stack trace ${i}`] = details[i].stack;
      }
    } else {
      this.actual = actual;
      this.expected = expected;
      this.operator = operator;
    }
    this.diff = options.diff ?? "simple";
    Error.captureStackTrace?.(this, stackStartFn || stackStartFunction);
    this.stack; // is made now, with that name
    this.name = "AssertionError";
    Error.stackTraceLimit = limit;
  }
  toString() {
    return `${this.name} [${this.code}]: ${this.message}`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](depth, options) {
    const before = [this.actual, this.expected];
    for (const name of ["actual", "expected"]) {
      if (typeof this[name] !== "string") continue;
      const lines = this[name].split("\n");
      if (lines.length > 10) this[name] = `${lines.slice(0, 10).join("\n")}\n...`;
      else if (this[name].length > 512) this[name] = `${this[name].slice(512)}...`;
    }
    const text = inspect(this, { ...options, customInspect: false, depth: 0 });
    [this.actual, this.expected] = before;
    return text;
  }
}

function fail(given, operator, start, actual, expected) {
  if (given instanceof Error) throw given;
  if (typeof given === "function") given = given(actual, expected);
  throw new AssertionError({ actual, expected, message: given, operator, stackStartFn: start });
}

function ok(...given) {
  check(ok, given.length, given[0], given[1]);
}
function check(start, count, value, message) {
  if (value) return;
  let generated = false;
  if (count === 0) {
    generated = true;
    message = "No value argument passed to `assert.ok()`";
  } else if (message === undefined || message === null) {
    generated = true;
    message = "The expression evaluated to a falsy value:\n\n  " + (start === ok ? "assert.ok" : "assert") + `(${inspect(value)})\n`;
  } else if (message instanceof Error) {
    throw message;
  }
  const error = new AssertionError({ actual: value, expected: true, message, operator: "==", stackStartFn: start });
  error.generatedMessage = generated;
  throw error;
}

export default function assert(...given) {
  check(assert, given.length, given[0], given[1]);
}

const two = (count) => {
  if (count < 2) throw missing("actual", "expected");
};

function matches(actual, expected, message, start) {
  if (typeof expected === "function") {
    if (expected.prototype !== undefined && actual instanceof expected) return;
    if (Object.prototype.isPrototypeOf.call(Error, expected)) {
      if (message === undefined) {
        message = `The error is expected to be an instance of "${expected.name}". Received `;
        message += actual instanceof Error ? `"${actual.name}"` : `"${inspect(actual, { depth: -1 })}"`;
        if (actual?.message !== undefined) message += `\n\nError message:\n\n${actual.message}`;
        throw generatedError(message, actual, expected, start);
      }
      fail(message, start.name, start, actual, expected);
    }
    const result = Reflect.apply(expected, {}, [actual]);
    if (result === true) return;
    if (message === undefined) {
      const name = expected.name ? `"${expected.name}" ` : "";
      message = `The ${name}validation function is expected to return "true". Received ${inspect(result)}`;
      if (actual instanceof Error) message += `\n\nCaught error:\n\n${actual}`;
      throw generatedError(message, actual, expected, start);
    }
    fail(message, start.name, start, actual, expected);
  }
  if (expected instanceof RegExp) {
    const text = String(actual);
    if (expected.test(text)) return;
    if (message === undefined) throw generatedError(`The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(text)}\n`, actual, expected, start);
    fail(message, start.name, start, actual, expected);
  }
  if (typeof actual !== "object" || actual === null) {
    const error = new AssertionError({ actual, expected, message, operator: "deepStrictEqual", stackStartFn: start });
    error.operator = start.name;
    throw error;
  }
  const keys = Object.keys(expected);
  if (expected instanceof Error) keys.push("name", "message");
  else if (keys.length === 0) throw invalidValue("error", expected, "may not be an empty object");
  for (const key of keys) {
    if (typeof actual[key] === "string" && expected[key] instanceof RegExp && expected[key].test(actual[key])) continue;
    if (key in actual && isDeepEqual(actual[key], expected[key], { strict: true })) continue;
    if (message === undefined) {
      const pick = (from) => Object.fromEntries(keys.filter((each) => each in from).map((each) => [each, from === expected && expected[each] instanceof RegExp &&
        typeof actual[each] === "string" && expected[each].test(actual[each]) ? actual[each] : from[each]]));
      class Comparison {}
      const made = (from) => Object.assign(new Comparison(), pick(from));
      const error = new AssertionError({ actual: made(actual), expected: made(expected), operator: "deepStrictEqual", stackStartFn: start });
      Object.assign(error, { actual, expected, operator: start.name });
      throw error;
    }
    fail(message, start.name, start, actual, expected);
  }
}

function generatedError(message, actual, expected, start) {
  const error = new AssertionError({ actual, expected, message, operator: start.name, stackStartFn: start });
  error.generatedMessage = true;
  return error;
}

const nothing = Symbol("nothing");

function caught(call) {
  checkFunction(call, "fn");
  try {
    call();
  } catch (error) {
    return error;
  }
  return nothing;
}
const isPromise = (value) => value !== null && typeof value === "object" && typeof value.then === "function" && typeof value.catch === "function";
async function caughtLater(promise) {
  let result = promise;
  if (typeof promise === "function") {
    result = promise();
    if (!isPromise(result)) throw coded(TypeError, "ERR_INVALID_RETURN_VALUE", `Expected instance of Promise to be returned from the "promiseFn" function but got ${result === undefined ? "undefined" : `type ${typeof result}`}.`);
  } else if (!isPromise(promise)) {
    throw invalidType("promiseFn", ["Function", "Promise"], promise);
  }
  try {
    await result;
  } catch (error) {
    return error;
  }
  return nothing;
}

function expectError(start, actual, expected, message, count) {
  if (typeof expected === "string") {
    if (count > 3) throw invalidType("error", ["Object", "Error", "Function", "RegExp"], expected);
    if (typeof actual === "object" && actual !== null ? actual.message === expected : actual === expected) {
      throw coded(TypeError, "ERR_AMBIGUOUS_ARGUMENT", `The "error/message" argument is ambiguous. The error ${typeof actual === "object" ? "message" : ""} "${expected}" is identical to the message.`);
    }
    message = expected;
    expected = undefined;
  } else if (expected !== undefined && expected !== null && typeof expected !== "object" && typeof expected !== "function") {
    throw invalidType("error", ["Object", "Error", "Function", "RegExp"], expected);
  }
  if (actual === nothing) {
    let details = "";
    if (expected?.name) details += ` (${expected.name})`;
    details += message ? `: ${message}` : ".";
    fail(`Missing expected ${start === methods.rejects ? "rejection" : "exception"}${details}`, start.name, start, undefined, expected);
  }
  if (expected) matches(actual, expected, message, start);
}

function expectNoError(start, actual, expected, message) {
  if (actual === nothing) return;
  if (typeof expected === "string") {
    message = expected;
    expected = undefined;
  }
  const matchesExpected = !expected || (typeof expected === "function" && expected.prototype !== undefined && actual instanceof expected) ||
    (expected instanceof RegExp && expected.test(String(actual)));
  if (!matchesExpected) throw actual;
  const details = message ? `: ${message}` : ".";
  fail(`Got unwanted ${start === methods.doesNotReject ? "rejection" : "exception"}${details}\nActual message: "${actual?.message}"`, start.name, start, actual, expected);
}

const methods = {
  ok,
  fail(message) {
    if (message instanceof Error) throw message;
    const error = new AssertionError({ message: message ?? "Failed", operator: "fail", stackStartFn: methods.fail });
    error.generatedMessage = message === undefined;
    throw error;
  },
  equal(actual, expected, message) {
    two(arguments.length);
    if (!(actual == expected || (actual !== actual && expected !== expected))) fail(message, "==", methods.equal, actual, expected);
  },
  notEqual(actual, expected, message) {
    two(arguments.length);
    if (actual == expected || (actual !== actual && expected !== expected)) fail(message, "!=", methods.notEqual, actual, expected);
  },
  deepEqual(actual, expected, message) {
    two(arguments.length);
    if (!isDeepEqual(actual, expected)) fail(message, "deepEqual", methods.deepEqual, actual, expected);
  },
  notDeepEqual(actual, expected, message) {
    two(arguments.length);
    if (isDeepEqual(actual, expected)) fail(message, "notDeepEqual", methods.notDeepEqual, actual, expected);
  },
  deepStrictEqual(actual, expected, message) {
    two(arguments.length);
    if (!isDeepEqual(actual, expected, { strict: true })) fail(message, "deepStrictEqual", methods.deepStrictEqual, actual, expected);
  },
  notDeepStrictEqual(actual, expected, message) {
    two(arguments.length);
    if (isDeepEqual(actual, expected, { strict: true })) fail(message, "notDeepStrictEqual", methods.notDeepStrictEqual, actual, expected);
  },
  strictEqual(actual, expected, message) {
    two(arguments.length);
    if (!Object.is(actual, expected)) fail(message, "strictEqual", methods.strictEqual, actual, expected);
  },
  notStrictEqual(actual, expected, message) {
    two(arguments.length);
    if (Object.is(actual, expected)) fail(message, "notStrictEqual", methods.notStrictEqual, actual, expected);
  },
  partialDeepStrictEqual(actual, expected, message) {
    two(arguments.length);
    if (!isDeepEqual(actual, expected, { strict: true, partial: true })) fail(message, "partialDeepStrictEqual", methods.partialDeepStrictEqual, actual, expected);
  },
  throws(call, ...rest) {
    expectError(methods.throws, caught(call), rest[0], rest[1], rest.length + 2);
  },
  async rejects(promise, ...rest) {
    expectError(methods.rejects, await caughtLater(promise), rest[0], rest[1], rest.length + 2);
  },
  doesNotThrow(call, ...rest) {
    expectNoError(methods.doesNotThrow, caught(call), ...rest);
  },
  async doesNotReject(promise, ...rest) {
    expectNoError(methods.doesNotReject, await caughtLater(promise), ...rest);
  },
  ifError(value) {
    if (value === null || value === undefined) return;
    let message = "ifError got unwanted exception: ";
    message += typeof value === "object" && typeof value.message === "string" ? (value.message.length === 0 && value.constructor ? value.constructor.name : value.message) : inspect(value);
    const error = new AssertionError({ actual: value, expected: null, operator: "ifError", message, stackStartFn: methods.ifError });
    throw error;
  },
  match(text, pattern, message) {
    matchText(text, pattern, message, methods.match, true);
  },
  doesNotMatch(text, pattern, message) {
    matchText(text, pattern, message, methods.doesNotMatch, false);
  },
  AssertionError,
};

function matchText(text, pattern, message, start, wanted) {
  if (!(pattern instanceof RegExp)) throw invalidType("regexp", "RegExp", pattern);
  if (typeof text === "string" && pattern.test(text) === wanted) return;
  if (message instanceof Error) throw message;
  const isGenerated = !message;
  message ||= typeof text !== "string" ? `The "string" argument must be of type string. Received type ${typeof text} (${inspect(text)})`
    : `${wanted ? "The input did not match the regular expression" : "The input was expected to not match the regular expression"} ${inspect(pattern)}. Input:\n\n${inspect(text)}\n`;
  const error = new AssertionError({ actual: text, expected: pattern, message, operator: start.name, stackStartFn: start });
  error.generatedMessage = isGenerated;
  throw error;
}

Object.assign(assert, methods);
function strict(...given) {
  check(strict, given.length, given[0], given[1]);
}
assert.strict = Object.assign(strict, assert, {
  equal: assert.strictEqual, deepEqual: assert.deepStrictEqual, notEqual: assert.notStrictEqual, notDeepEqual: assert.notDeepStrictEqual,
});
assert.strict.strict = assert.strict;
