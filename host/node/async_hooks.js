// node:async_hooks: AsyncLocalStorage and AsyncResource. The engine carries the context along promises, the loop along timers and ticks.
import * as system from "native:system";
import { checkFunction, checkString, invalidType } from "host:errors";

const dispose = Symbol.dispose ?? Symbol.for("nodejs.dispose");

// A context is a Map of stores to their values, never changed once it is made.
const current = () => system.getContext();

function within(context, call, self, given) {
  const before = current();
  system.setContext(context);
  try {
    return Reflect.apply(call, self, given);
  } finally {
    system.setContext(before);
  }
}

export class AsyncLocalStorage {
  #default;
  #name;
  constructor({ defaultValue, name = "" } = {}) {
    this.#default = defaultValue;
    this.#name = `${name}`;
  }
  get name() { return this.#name; }
  static bind(call) { return AsyncResource.bind(call); }
  static snapshot() {
    const context = current();
    return (call, ...given) => within(context, call, undefined, given);
  }
  run(store, call, ...given) { return within(new Map(current()).set(this, store), call, undefined, given); }
  exit(call, ...given) {
    const context = new Map(current());
    context.delete(this);
    return within(context, call, undefined, given);
  }
  enterWith(store) { system.setContext(new Map(current()).set(this, store)); }
  withScope(store) { return new RunScope(this, store); }
  disable() {
    const context = new Map(current());
    context.delete(this);
    system.setContext(context);
  }
  getStore() {
    const context = current();
    return context?.has(this) ? context.get(this) : this.#default;
  }
}

/// What withScope gives: leaving it restores that one store, whatever others were given meanwhile.
class RunScope {
  #store;
  #before;
  constructor(store, value) {
    this.#store = store;
    this.#before = current();
    store.enterWith(value);
  }
  dispose() {
    const store = this.#store;
    if (!store) return;
    this.#store = undefined;
    const context = new Map(current());
    if (this.#before?.has(store)) context.set(store, this.#before.get(store));
    else context.delete(store);
    system.setContext(context);
  }
  [dispose]() { this.dispose(); }
}

let lastId = 1;
export class AsyncResource {
  #context = current();
  #id = ++lastId;
  #trigger;
  constructor(type, options = {}) {
    checkString(type, "type");
    this.#trigger = typeof options === "number" ? options : options.triggerAsyncId ?? 0;
  }
  runInAsyncScope(call, self, ...given) { return within(this.#context, call, self, given); }
  emitDestroy() { return this; }
  asyncId() { return this.#id; }
  triggerAsyncId() { return this.#trigger; }
  bind(call, self) {
    checkFunction(call, "fn");
    const resource = this;
    return Object.defineProperty(function (...given) { return resource.runInAsyncScope(call, self ?? this, ...given); }, "length", { value: call.length, configurable: true });
  }
  static bind(call, type, self) { return new AsyncResource(type || call.name || "bound-anonymous-fn").bind(call, self); }
}

export default { AsyncLocalStorage, AsyncResource };
