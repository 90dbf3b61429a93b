// AbortController and AbortSignal.
import { inspect } from "native:util";
import { checkInteger, checkSignal, coded, illegalConstructor, invalidThis, invalidType, missing } from "host:errors";
import { EventTarget, defineHandler, trustedEvent } from "host:event_target";
import { DOMException } from "host:dom_exception";

const customInspect = Symbol.for("nodejs.util.inspect.custom");
const made = Symbol("made");

export class AbortError extends Error {
  constructor(message = "The operation was aborted", options = undefined) {
    super(message, options?.cause === undefined ? undefined : options);
    this.code = "ABORT_ERR";
    this.name = "AbortError";
  }
}

const abortReason = () => new DOMException("This operation was aborted", "AbortError");

export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason;
  #dependents = new Set();

  constructor(key) {
    if (key !== made) throw illegalConstructor();
    super();
  }
  get aborted() {
    if (!(#aborted in this)) throw invalidThis("AbortSignal");
    return this.#aborted;
  }
  get reason() {
    if (!(#aborted in this)) throw invalidThis("AbortSignal");
    return this.#reason;
  }
  throwIfAborted() {
    if (this.aborted) throw this.#reason;
  }
  [customInspect](depth, options) {
    if (depth < 0) return "AbortSignal";
    return `AbortSignal ${inspect({ aborted: this.#aborted }, { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
  static abort(reason = abortReason()) {
    const signal = new AbortSignal(made);
    signal.#aborted = true;
    signal.#reason = reason;
    return signal;
  }
  static timeout(delay) {
    checkInteger(delay, "delay", 0);
    const signal = new AbortSignal(made);
    setTimeout(() => AbortSignal.abortNow(signal, new DOMException("The operation was aborted due to timeout", "TimeoutError")), delay).unref();
    return signal;
  }
  static any(signals) {
    if (!Array.isArray(signals) && typeof signals?.[Symbol.iterator] !== "function") throw invalidType("signals", "Array", signals);
    const sources = [...signals];
    for (const [i, each] of sources.entries()) if (!(each instanceof AbortSignal)) throw invalidType(`signals[${i}]`, "AbortSignal", each);
    const result = new AbortSignal(made);
    const first = sources.find((each) => each.#aborted);
    if (first) {
      result.#aborted = true;
      result.#reason = first.#reason;
    } else {
      for (const each of sources) each.#dependents.add(result);
    }
    return result;
  }
  static abortNow(signal, reason) {
    if (signal.#aborted) return;
    signal.#aborted = true;
    signal.#reason = reason;
    const dependents = [...signal.#dependents].filter((each) => !each.#aborted);
    for (const each of dependents) {
      each.#aborted = true;
      each.#reason = reason;
    }
    signal.dispatchEvent(trustedEvent("abort"));
    for (const each of dependents) each.dispatchEvent(trustedEvent("abort"));
  }
}
const { abortNow } = AbortSignal;
AbortSignal.abortNow = abortNow;
Object.defineProperty(AbortSignal, "abortNow", { enumerable: false, configurable: true });
Object.defineProperty(AbortSignal.prototype, Symbol.toStringTag, { value: "AbortSignal", configurable: true });
for (const name of ["aborted", "reason", "throwIfAborted"]) Object.defineProperty(AbortSignal.prototype, name, { enumerable: true });
defineHandler(AbortSignal.prototype, "abort");

export class AbortController {
  #signal = new AbortSignal(made);
  get signal() { return this.#signal; }
  abort(reason = abortReason()) { abortNow(this.#signal, reason); }
  [customInspect](depth, options) {
    if (depth < 0) return "AbortController";
    return `AbortController ${inspect({ signal: this.#signal }, { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
}
Object.defineProperty(AbortController.prototype, Symbol.toStringTag, { value: "AbortController", configurable: true });
for (const name of ["signal", "abort"]) Object.defineProperty(AbortController.prototype, name, { enumerable: true });

export default { AbortController, AbortSignal, AbortError };
