// node:diagnostics_channel.
import process from "native:process";
import { checkFunction, invalidType } from "host:errors";

const dispose = Symbol.dispose ?? Symbol.for("nodejs.dispose");
const channels = new Map();

/// What a listener throws is nobody's here: it goes uncaught once the publisher is through.
function guarded(call, ...given) {
  try {
    return { value: call(...given) };
  } catch (error) {
    process.nextTick(() => { throw error; });
    return undefined;
  }
}

class RunStoresScope {
  #scopes = [];
  constructor(stores, message) {
    for (const [store, transform] of stores) {
      const made = transform ? guarded(transform, message) : { value: message };
      if (made) this.#scopes.push(store.withScope(made.value));
    }
  }
  [dispose]() {
    while (this.#scopes.length) this.#scopes.pop()[dispose]();
  }
}

class Channel {
  // Never changed once it is made, so that who publishes goes through the list as it was.
  #subscribers = [];
  #stores = new Map();
  constructor(name) {
    this.name = name;
    channels.set(name, this);
  }
  get hasSubscribers() { return this.#subscribers.length > 0 || this.#stores.size > 0; }
  subscribe(subscription) {
    checkFunction(subscription, "subscription");
    this.#subscribers = [...this.#subscribers, subscription];
  }
  unsubscribe(subscription) {
    const at = this.#subscribers.indexOf(subscription);
    if (at < 0) return false;
    this.#subscribers = this.#subscribers.toSpliced(at, 1);
    return true;
  }
  publish(message) {
    for (const each of this.#subscribers) guarded(each, message, this.name);
  }
  bindStore(store, transform) { this.#stores.set(store, transform); }
  unbindStore(store) { return this.#stores.delete(store); }
  withStoreScope(message) {
    const scope = new RunStoresScope(this.#stores, message);
    this.publish(message);
    return scope;
  }
  runStores(message, call, self, ...given) {
    const scope = this.withStoreScope(message);
    try {
      return Reflect.apply(call, self, given);
    } finally {
      scope[dispose]();
    }
  }
}

function channel(name) {
  if (typeof name !== "string" && typeof name !== "symbol") throw invalidType("channel", ["string", "symbol"], name);
  return channels.get(name) ?? new Channel(name);
}
const subscribe = function subscribe(name, subscription) { channel(name).subscribe(subscription); };
const unsubscribe = function unsubscribe(name, subscription) { return channel(name).unsubscribe(subscription); };
const hasSubscribers = function hasSubscribers(name) { return channels.get(name)?.hasSubscribers ?? false; };

/// Channels that belong together, by the names of their events.
class Group {
  #channels = {};
  constructor(given, events) {
    for (const event of events) {
      const one = typeof given === "string" ? channel(`tracing:${given}:${event}`) : given[event];
      if (!(one instanceof Channel)) throw invalidType(`nameOrChannels.${event}`, "Channel", one);
      this.#channels[event] = one;
    }
  }
  at(event) { return this.#channels[event]; }
  get hasSubscribers() { return Object.values(this.#channels).some((each) => each.hasSubscribers); }
  subscribe(handlers) {
    for (const [event, one] of Object.entries(this.#channels)) if (handlers[event]) one.subscribe(handlers[event]);
  }
  unsubscribe(handlers) {
    let foundAll = true;
    for (const [event, one] of Object.entries(this.#channels)) if (handlers[event] && !one.unsubscribe(handlers[event])) foundAll = false;
    return foundAll;
  }
}

function checkGroup(given, kind) {
  if (typeof given !== "string" && (typeof given !== "object" || given === null)) throw invalidType("nameOrChannels", ["string", kind, "Object"], given);
}

class BoundedChannelScope {
  #stores;
  #finish;
  constructor(group, context) {
    if (!group.hasSubscribers) return;
    this.#stores = group.at("start").withStoreScope(context);
    this.#finish = () => group.at("end").publish(context);
  }
  [dispose]() {
    const finish = this.#finish;
    this.#finish = undefined;
    finish?.();
    this.#stores?.[dispose]();
  }
}

class BoundedChannel {
  #group;
  constructor(nameOrChannels) {
    checkGroup(nameOrChannels, "BoundedChannel");
    this.#group = new Group(nameOrChannels, ["start", "end"]);
  }
  get start() { return this.#group.at("start"); }
  get end() { return this.#group.at("end"); }
  get hasSubscribers() { return this.#group.hasSubscribers; }
  subscribe(handlers) { this.#group.subscribe(handlers); }
  unsubscribe(handlers) { return this.#group.unsubscribe(handlers); }
  withScope(context = {}) { return new BoundedChannelScope(this.#group, context); }
  run(context, call, self, ...given) {
    const scope = this.withScope(context);
    try {
      return Reflect.apply(call, self, given);
    } finally {
      scope[dispose]();
    }
  }
}

class TracingChannel {
  #group;
  constructor(nameOrChannels) {
    checkGroup(nameOrChannels, "TracingChannel");
    this.#group = new Group(nameOrChannels, ["start", "end", "asyncStart", "asyncEnd", "error"]);
  }
  get start() { return this.#group.at("start"); }
  get end() { return this.#group.at("end"); }
  get asyncStart() { return this.#group.at("asyncStart"); }
  get asyncEnd() { return this.#group.at("asyncEnd"); }
  get error() { return this.#group.at("error"); }
  get hasSubscribers() { return this.#group.hasSubscribers; }
  subscribe(handlers) { this.#group.subscribe(handlers); }
  unsubscribe(handlers) { return this.#group.unsubscribe(handlers); }

  #fail(context, error) {
    context.error = error;
    this.error.publish(context);
  }
  /// The part of a trace that is done at once.
  #begin(context, call) {
    return this.start.runStores(context, () => {
      try {
        return call();
      } catch (error) {
        this.#fail(context, error);
        throw error;
      } finally {
        this.end.publish(context);
      }
    });
  }
  /// The part that comes later, `call` being what goes on from there.
  #continue(context, call) {
    return this.asyncStart.runStores(context, () => {
      try {
        return call?.();
      } finally {
        this.asyncEnd.publish(context);
      }
    });
  }
  traceSync(call, context = {}, self, ...given) {
    if (!this.hasSubscribers) return Reflect.apply(call, self, given);
    return this.#begin(context, () => (context.result = Reflect.apply(call, self, given)));
  }
  tracePromise(call, context = {}, self, ...given) {
    const isHeard = this.hasSubscribers;
    const run = () => {
      const made = Reflect.apply(call, self, given);
      if (typeof made?.then !== "function") {
        process.emitWarning(`tracePromise was called with the function '${call.name || "<anonymous>"}', which returned a non-thenable.`);
        if (isHeard) context.result = made;
        return made;
      }
      if (!isHeard) return made;
      const chained = made.then((value) => {
        context.result = value;
        this.#continue(context);
        return value;
      }, (error) => {
        this.#fail(context, error);
        this.#continue(context);
        throw error;
      });
      // What is no promise need not give one.
      return made instanceof Promise ? chained : made;
    };
    return isHeard ? this.#begin(context, run) : run();
  }
  traceCallback(call, position = -1, context = {}, self, ...given) {
    if (!this.hasSubscribers) return Reflect.apply(call, self, given);
    const callback = given.at(position), trace = this;
    checkFunction(callback, "callback");
    given.splice(position, 1, function (error, result) {
      if (error) trace.#fail(context, error);
      else context.result = result;
      return trace.#continue(context, () => Reflect.apply(callback, this, arguments));
    });
    return this.#begin(context, () => Reflect.apply(call, self, given));
  }
}

export default {
  channel, hasSubscribers, subscribe, unsubscribe, Channel, BoundedChannel,
  tracingChannel: function tracingChannel(nameOrChannels) { return new TracingChannel(nameOrChannels); },
  boundedChannel: function boundedChannel(nameOrChannels) { return new BoundedChannel(nameOrChannels); },
};
