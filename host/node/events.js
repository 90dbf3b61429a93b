// node:events.
import process from "native:process";
import { inspect, load } from "native:util";
import { checkFunction, checkNumber, coded, invalidType } from "host:errors";

const kCapture = Symbol("kCapture");
const kShapeMode = Symbol("shapeMode");
const kRejection = Symbol.for("nodejs.rejection");
const kErrorMonitor = Symbol("events.errorMonitor");

let defaultMaxListeners = 10;
let captureByDefault = false;

export default function EventEmitter(options) {
  EventEmitter.init.call(this, options);
}

EventEmitter.prototype._events = undefined;
EventEmitter.prototype._eventsCount = 0;
EventEmitter.prototype._maxListeners = undefined;
Object.defineProperty(EventEmitter.prototype, kCapture, { value: false, writable: true, enumerable: false });

EventEmitter.init = function (options) {
  if (this._events === undefined || this._events === Object.getPrototypeOf(this)._events) {
    this._events = { __proto__: null };
    this._eventsCount = 0;
    this[kShapeMode] = false;
  } else {
    this[kShapeMode] = true;
  }
  this._maxListeners = this._maxListeners || undefined;
  if (options?.captureRejections) {
    if (typeof options.captureRejections !== "boolean") throw invalidType("options.captureRejections", "boolean", options.captureRejections);
    this[kCapture] = true;
  } else {
    this[kCapture] = captureByDefault;
  }
};

const limitOf = (emitter) => (emitter._maxListeners === undefined ? defaultMaxListeners : emitter._maxListeners);

EventEmitter.prototype.setMaxListeners = function setMaxListeners(n) {
  checkNumber(n, "setMaxListeners", 0);
  this._maxListeners = n;
  return this;
};
EventEmitter.prototype.getMaxListeners = function getMaxListeners() {
  return limitOf(this);
};

function follow(emitter, result, type, given) {
  const then = result?.then;
  if (typeof then !== "function") return;
  then.call(result, undefined, (error) => process.nextTick(() => {
    if (typeof emitter[kRejection] === "function") return emitter[kRejection](error, type, ...given);
    const before = emitter[kCapture];
    try {
      emitter[kCapture] = false;
      emitter.emit("error", error);
    } finally {
      emitter[kCapture] = before;
    }
  }));
}

EventEmitter.prototype.emit = function emit(type, ...given) {
  const events = this._events;
  if (type === "error") {
    if (events?.[kErrorMonitor] !== undefined) this.emit(kErrorMonitor, ...given);
    if (events?.error === undefined) {
      const error = given[0];
      if (error instanceof Error) throw error;
      let text;
      try {
        text = inspect(error);
      } catch {
        text = error;
      }
      throw coded(Error, "ERR_UNHANDLED_ERROR", `Unhandled error. (${text})`, { context: error });
    }
  }
  const handler = events?.[type];
  if (handler === undefined) return false;
  if (typeof handler === "function") {
    const result = handler.apply(this, given);
    if (result !== undefined && result !== null && this[kCapture]) follow(this, result, type, given);
    return true;
  }
  for (const each of handler.slice()) {
    const result = each.apply(this, given);
    if (result !== undefined && result !== null && this[kCapture]) follow(this, result, type, given);
  }
  return true;
};

function checkListener(listener) {
  checkFunction(listener, "listener");
}

function add(target, type, listener, first) {
  checkListener(listener);
  let events = target._events;
  if (events === undefined) {
    events = target._events = { __proto__: null };
    target._eventsCount = 0;
  } else if (events.newListener !== undefined) {
    target.emit("newListener", type, listener.listener ?? listener);
    events = target._events;
  }
  const existing = events[type];
  if (existing === undefined) {
    events[type] = listener;
    ++target._eventsCount;
    return target;
  }
  let all = existing;
  if (typeof existing === "function") all = events[type] = first ? [listener, existing] : [existing, listener];
  else if (first) existing.unshift(listener);
  else existing.push(listener);
  const limit = limitOf(target);
  if (limit > 0 && all.length > limit && !all.warned) {
    all.warned = true;
    const warning = new Error(`Possible EventEmitter memory leak detected. ${all.length} ${String(type)} listeners added to ${inspect(target, { depth: -1 })}. ` +
      `MaxListeners is ${limit}. Use emitter.setMaxListeners() to increase limit`);
    warning.name = "MaxListenersExceededWarning";
    warning.emitter = target;
    warning.type = type;
    warning.count = all.length;
    process.emitWarning(warning);
  }
  return target;
}

EventEmitter.prototype.addListener = function addListener(type, listener) {
  return add(this, type, listener, false);
};
EventEmitter.prototype.on = EventEmitter.prototype.addListener;
EventEmitter.prototype.prependListener = function prependListener(type, listener) {
  return add(this, type, listener, true);
};

function wrapOnce(target, type, listener) {
  const state = { fired: false };
  const wrapped = function (...given) {
    if (state.fired) return undefined;
    state.fired = true;
    target.removeListener(type, wrapped);
    return listener.apply(target, given);
  };
  wrapped.listener = listener;
  return wrapped;
}

EventEmitter.prototype.once = function once(type, listener) {
  checkListener(listener);
  return this.on(type, wrapOnce(this, type, listener));
};
EventEmitter.prototype.prependOnceListener = function prependOnceListener(type, listener) {
  checkListener(listener);
  return this.prependListener(type, wrapOnce(this, type, listener));
};

EventEmitter.prototype.removeListener = function removeListener(type, listener) {
  checkListener(listener);
  const events = this._events;
  const list = events?.[type];
  if (list === undefined) return this;
  if (list === listener || list.listener === listener) {
    this._eventsCount -= 1;
    if (this[kShapeMode]) events[type] = undefined;
    else if (this._eventsCount === 0) this._events = { __proto__: null };
    else delete events[type];
    if (events.removeListener) this.emit("removeListener", type, list.listener || listener);
  } else if (typeof list !== "function") {
    const at = list.findLastIndex((each) => each === listener || each.listener === listener);
    if (at < 0) return this;
    if (at === 0) list.shift();
    else list.splice(at, 1);
    if (list.length === 1) events[type] = list[0];
    if (events.removeListener !== undefined) this.emit("removeListener", type, listener);
  }
  return this;
};
EventEmitter.prototype.off = EventEmitter.prototype.removeListener;

EventEmitter.prototype.removeAllListeners = function removeAllListeners(type) {
  const events = this._events;
  if (events === undefined) return this;
  if (events.removeListener === undefined) {
    if (arguments.length === 0) {
      this._events = { __proto__: null };
      this._eventsCount = 0;
    } else if (events[type] !== undefined) {
      if (--this._eventsCount === 0) this._events = { __proto__: null };
      else delete events[type];
    }
    this[kShapeMode] = false;
    return this;
  }
  if (arguments.length === 0) {
    for (const key of Reflect.ownKeys(events)) if (key !== "removeListener") this.removeAllListeners(key);
    this.removeAllListeners("removeListener");
    this._events = { __proto__: null };
    this._eventsCount = 0;
    this[kShapeMode] = false;
    return this;
  }
  const list = events[type];
  if (typeof list === "function") this.removeListener(type, list);
  else if (list !== undefined) for (let i = list.length - 1; i >= 0; i--) this.removeListener(type, list[i]);
  return this;
};

function listenersOf(target, type, unwrap) {
  const list = target._events?.[type];
  if (list === undefined) return [];
  const all = typeof list === "function" ? [list] : list;
  return unwrap ? all.map((each) => each.listener || each) : all.slice();
}
EventEmitter.prototype.listeners = function listeners(type) {
  return listenersOf(this, type, true);
};
EventEmitter.prototype.rawListeners = function rawListeners(type) {
  return listenersOf(this, type, false);
};
EventEmitter.prototype.listenerCount = function listenerCount(type, listener) {
  const all = listenersOf(this, type, false);
  return listener ? all.filter((each) => each === listener || each.listener === listener).length : all.length;
};
EventEmitter.prototype.eventNames = function eventNames() {
  return this._eventsCount > 0 ? Reflect.ownKeys(this._events).filter((key) => this._events[key] !== undefined) : [];
};

const abortError = (signal) => new (load("host:abort").AbortError)(undefined, { cause: signal?.reason });

export function once(emitter, type, options = {}) {
  const signal = options?.signal;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) throw abortError(signal);
    const isTarget = typeof emitter.addEventListener === "function" && typeof emitter.on !== "function";
    const cleanup = () => {
      signal?.removeEventListener("abort", aborted);
      if (!isTarget) emitter.removeListener("error", failed);
    };
    const failed = (error) => {
      emitter.removeListener(type, done);
      cleanup();
      reject(error);
    };
    const done = (...given) => {
      cleanup();
      resolve(given);
    };
    const aborted = () => {
      if (isTarget) emitter.removeEventListener(type, done);
      else {
        emitter.removeListener(type, done);
        emitter.removeListener("error", failed);
      }
      reject(abortError(signal));
    };
    if (isTarget) {
      emitter.addEventListener(type, done, { once: true });
    } else {
      emitter.once(type, done);
      if (type !== "error") emitter.once("error", failed);
    }
    signal?.addEventListener("abort", aborted, { once: true });
  });
}

export function on(emitter, event, options = {}) {
  const signal = options?.signal;
  if (signal?.aborted) throw abortError(signal);
  const ready = [], waiting = [];
  let error = null, finished = false;
  const isTarget = typeof emitter.addEventListener === "function" && typeof emitter.on !== "function";
  const listen = (type, handler) => (isTarget ? emitter.addEventListener(type, handler) : emitter.on(type, handler));
  const unlisten = (type, handler) => (isTarget ? emitter.removeEventListener(type, handler) : emitter.removeListener(type, handler));
  const closeNames = options?.close ?? [];
  const handler = (...given) => {
    const next = waiting.shift();
    if (next) next.resolve({ value: given, done: false });
    else ready.push(given);
  };
  const failed = (reason) => {
    const next = waiting.shift();
    if (next) next.reject(reason);
    else error = reason;
    iterator.return();
  };
  const close = () => {
    if (!isTarget && event !== "error") unlisten("error", failed);
    unlisten(event, handler);
    for (const name of closeNames) unlisten(name, close);
    signal?.removeEventListener("abort", aborted);
    finished = true;
    for (const each of waiting) each.resolve({ value: undefined, done: true });
    waiting.length = 0;
    return Promise.resolve({ value: undefined, done: true });
  };
  const aborted = () => failed(abortError(signal));
  const iterator = {
    next() {
      if (ready.length) return Promise.resolve({ value: ready.shift(), done: false });
      if (error) {
        const rejected = Promise.reject(error);
        error = null;
        return rejected;
      }
      if (finished) return Promise.resolve({ value: undefined, done: true });
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return: close,
    throw(reason) {
      if (!(reason instanceof Error)) throw invalidType("EventEmitter.AsyncIterator", "Error", reason);
      error = reason;
      close();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  listen(event, handler);
  if (!isTarget && event !== "error") listen("error", failed);
  for (const name of closeNames) listen(name, close);
  signal?.addEventListener("abort", aborted, { once: true });
  return iterator;
}

export function getEventListeners(target, type) {
  if (typeof target.listeners === "function") return target.listeners(type);
  if (target instanceof globalThis.EventTarget) return load("host:event_target").listenersOf(target, type);
  throw invalidType("emitter", ["EventEmitter", "EventTarget"], target);
}

export function getMaxListeners(target) {
  if (typeof target?.getMaxListeners === "function") return target.getMaxListeners();
  if (target instanceof globalThis.EventTarget) return load("host:event_target").limitOf(target) ?? defaultMaxListeners;
  throw invalidType("emitter", ["EventEmitter", "EventTarget"], target);
}

export function setMaxListeners(n = defaultMaxListeners, ...targets) {
  checkNumber(n, "setMaxListeners", 0);
  if (targets.length === 0) defaultMaxListeners = n;
  for (const each of targets) {
    if (typeof each.setMaxListeners === "function") each.setMaxListeners(n);
    else if (each instanceof globalThis.EventTarget) load("host:event_target").setLimit(each, n);
    else throw invalidType("eventTargets", ["EventEmitter", "EventTarget"], each);
  }
}

export function addAbortListener(signal, listener) {
  if (signal === undefined) throw invalidType("signal", "AbortSignal", signal);
  checkFunction(listener, "listener");
  let remove = () => {};
  if (signal.aborted) {
    queueMicrotask(() => listener());
  } else {
    signal.addEventListener("abort", listener, { once: true });
    remove = () => signal.removeEventListener("abort", listener);
  }
  return { [Symbol.dispose ?? Symbol.for("nodejs.dispose")]: remove };
}

const listenerCount = (emitter, type) => (typeof emitter.listenerCount === "function" ? emitter.listenerCount(type) : 0);

Object.assign(EventEmitter, {
  once, on, getEventListeners, getMaxListeners, EventEmitter, usingDomains: false, captureRejectionSymbol: kRejection,
  errorMonitor: kErrorMonitor, setMaxListeners, addAbortListener, listenerCount,
});
Object.defineProperties(EventEmitter, {
  defaultMaxListeners: {
    enumerable: true,
    get: () => defaultMaxListeners,
    set(n) {
      checkNumber(n, "defaultMaxListeners", 0);
      defaultMaxListeners = n;
    },
  },
  captureRejections: {
    enumerable: true,
    get: () => captureByDefault,
    set(value) {
      if (typeof value !== "boolean") throw invalidType("EventEmitter.captureRejections", "boolean", value);
      captureByDefault = value;
    },
  },
});

// The program's process is an emitter to whoever asks; its methods are in C++.
Object.setPrototypeOf(Object.getPrototypeOf(process), EventEmitter.prototype);
