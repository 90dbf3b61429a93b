// Event, CustomEvent and EventTarget of the DOM Standard, for targets that have no parents.
import process from "native:process";
import { performance } from "native:perf_hooks";
import { inspect } from "native:util";
import { coded, illegalConstructor, invalidThis, invalidType, missing } from "host:errors";

const customInspect = Symbol.for("nodejs.util.inspect.custom");
const enumerable = { enumerable: true };
const trusted = new WeakSet();

export class Event {
  static NONE = 0;
  static CAPTURING_PHASE = 1;
  static AT_TARGET = 2;
  static BUBBLING_PHASE = 3;

  #type; #bubbles; #cancelable; #composed;
  #target = null; #canceled = false; #stopped = false; #stop = false; #passive = false; #dispatching = false;
  #time = performance.now();

  constructor(type, options = undefined) {
    if (arguments.length === 0) throw missing("type");
    if (options !== undefined && options !== null && typeof options !== "object" && typeof options !== "function") throw invalidType("options", "Object", options);
    this.#type = `${type}`;
    this.#bubbles = !!options?.bubbles;
    this.#cancelable = !!options?.cancelable;
    this.#composed = !!options?.composed;
  }
  initEvent(type, bubbles = false, cancelable = false) {
    if (arguments.length === 0) throw missing("type");
    if (this.#dispatching) return;
    this.#type = `${type}`;
    this.#bubbles = !!bubbles;
    this.#cancelable = !!cancelable;
  }
  stopImmediatePropagation() { this.#stop = true; }
  preventDefault() { if (this.#cancelable && !this.#passive) this.#canceled = true; }
  get target() { return this.#target; }
  get currentTarget() { return this.#dispatching ? this.#target : null; }
  get srcElement() { return this.#target; }
  get type() { return this.#type; }
  get cancelable() { return this.#cancelable; }
  get defaultPrevented() { return this.#cancelable && this.#canceled; }
  get timeStamp() { return this.#time; }
  composedPath() { return this.#dispatching ? [this.#target] : []; }
  get returnValue() { return !this.#cancelable || !this.#canceled; }
  get bubbles() { return this.#bubbles; }
  get composed() { return this.#composed; }
  get eventPhase() { return this.#dispatching ? Event.AT_TARGET : Event.NONE; }
  get cancelBubble() { return this.#stopped; }
  set cancelBubble(value) { if (value) this.#stopped = true; }
  stopPropagation() { this.#stopped = true; }
  get isTrusted() { return trusted.has(this); }

  [customInspect](depth, options) {
    const name = this.constructor.name;
    if (depth < 0) return name;
    return `${name} ${inspect({ type: this.#type, defaultPrevented: this.defaultPrevented, cancelable: this.#cancelable, timeStamp: this.#time },
      { ...options, depth: Number.isInteger(options.depth) ? options.depth - 1 : options.depth })}`;
  }

  static begin(event, target) {
    if (event.#dispatching) return false;
    event.#target = target;
    event.#dispatching = true;
    return true;
  }
  static hasStopped(event) { return event.#stop; }
  static setPassive(event, value) { event.#passive = value; }
  static end(event) { event.#dispatching = false; event.#stop = false; }
}
const { begin, hasStopped, setPassive, end } = Event;
for (const name of ["begin", "hasStopped", "setPassive", "end"]) delete Event[name];
for (const [name, value] of [["NONE", 0], ["CAPTURING_PHASE", 1], ["AT_TARGET", 2], ["BUBBLING_PHASE", 3]])
  Object.defineProperty(Event, name, { value, enumerable: true, writable: false, configurable: false });
Object.defineProperty(Event.prototype, Symbol.toStringTag, { value: "Event", configurable: true });
for (const name of Object.getOwnPropertyNames(Event.prototype)) if (name !== "constructor" && name.toUpperCase() !== name) Object.defineProperty(Event.prototype, name, enumerable);

/// An event of the host's own making.
export function trustedEvent(type) {
  const event = new Event(type);
  trusted.add(event);
  return event;
}

export class CustomEvent extends Event {
  #detail;
  constructor(type, options = undefined) {
    super(type, options);
    this.#detail = options?.detail ?? null;
  }
  get detail() { return this.#detail; }
}
Object.defineProperty(CustomEvent.prototype, Symbol.toStringTag, { value: "CustomEvent", configurable: true });
Object.defineProperty(CustomEvent.prototype, "detail", enumerable);

export class EventTarget {
  #listeners = new Map();
  #limit;

  addEventListener(type, callback, options = {}) {
    if (!(#listeners in this)) throw invalidThis("EventTarget");
    if (arguments.length < 2) throw missing("type", "listener");
    if (options === null || typeof options !== "object") options = { capture: !!options };
    const { once = false, capture = false, passive = false, signal } = options;
    if (signal !== undefined && (signal === null || typeof signal !== "object" || !("aborted" in signal))) throw invalidType("options.signal", "AbortSignal", signal);
    if (callback === null || callback === undefined || (typeof callback !== "function" && typeof callback !== "object")) {
      if (callback !== null && callback !== undefined) throw invalidType("listener", "EventListener", callback);
      const warning = new Error(`addEventListener called with ${callback} which has no effect.`);
      warning.name = "AddEventListenerArgumentTypeWarning";
      warning.target = this;
      warning.type = type;
      process.emitWarning(warning);
      return;
    }
    if (signal?.aborted) return;
    type = `${type}`;
    let all = this.#listeners.get(type);
    if (!all) this.#listeners.set(type, (all = []));
    if (all.some((each) => each.callback === callback && each.capture === !!capture)) return;
    const entry = { callback, once: !!once, capture: !!capture, passive: !!passive, removed: false };
    all.push(entry);
    signal?.addEventListener("abort", () => this.removeEventListener(type, callback, { capture }), { once: true });
  }
  removeEventListener(type, callback, options = {}) {
    if (!(#listeners in this)) throw invalidThis("EventTarget");
    if (arguments.length < 2) throw missing("type", "listener");
    const capture = !!(options !== null && typeof options === "object" ? options.capture : options);
    const all = this.#listeners.get(`${type}`);
    const at = all?.findIndex((each) => each.callback === callback && each.capture === capture) ?? -1;
    if (at < 0) return;
    all[at].removed = true;
    all.splice(at, 1);
  }
  dispatchEvent(event) {
    if (!(#listeners in this)) throw invalidThis("EventTarget");
    if (arguments.length < 1) throw missing("event");
    if (!(event instanceof Event)) throw invalidType("event", "Event", event);
    if (!begin(event, this)) throw coded(Error, "ERR_EVENT_RECURSION", `The event "${event.type}" is already being dispatched`);
    for (const each of (this.#listeners.get(event.type) ?? []).slice()) {
      if (each.removed) continue;
      if (each.once) this.removeEventListener(event.type, each.callback, { capture: each.capture });
      try {
        setPassive(event, each.passive);
        const { callback } = each;
        const result = typeof callback === "function" ? callback.call(this, event) : callback.handleEvent?.(event);
        if (typeof result?.then === "function") result.then(undefined, (error) => process.nextTick(() => { throw error; }));
      } catch (error) {
        process.nextTick(() => { throw error; });
      }
      setPassive(event, false);
      if (hasStopped(event)) break;
    }
    end(event);
    return !event.defaultPrevented;
  }
  [customInspect](depth, options) {
    const name = this.constructor.name;
    if (depth < 0) return name;
    return `${name} ${inspect({}, { ...options, depth: Number.isInteger(options.depth) ? options.depth - 1 : options.depth })}`;
  }
  static all(target, type) { return (target.#listeners.get(type) ?? []).map((each) => each.callback); }
  static getLimit(target) { return target.#limit; }
  static putLimit(target, n) { target.#limit = n; }
}
const { all, getLimit, putLimit } = EventTarget;
for (const name of ["all", "getLimit", "putLimit"]) delete EventTarget[name];
Object.defineProperty(EventTarget.prototype, Symbol.toStringTag, { value: "EventTarget", configurable: true });
for (const name of ["addEventListener", "removeEventListener", "dispatchEvent"]) Object.defineProperty(EventTarget.prototype, name, enumerable);

/// An attribute such as `onabort`: a handler among the listeners, at the place where it was first set.
export function defineHandler(prototype, type) {
  const kHandler = Symbol(`on${type}`);
  Object.defineProperty(prototype, `on${type}`, {
    configurable: true,
    enumerable: true,
    get() { return this[kHandler]?.handler ?? null; },
    set(value) {
      if (!this[kHandler]) {
        if (typeof value !== "function") return;
        const held = { handler: value };
        Object.defineProperty(this, kHandler, { value: held, enumerable: false });
        this.addEventListener(type, function (event) { return held.handler?.call(this, event); });
      } else {
        this[kHandler].handler = typeof value === "function" ? value : null;
      }
    },
  });
}

export default { Event, CustomEvent, EventTarget, listenersOf: all, limitOf: getLimit, setLimit: putLimit };
