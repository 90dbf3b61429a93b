// EventEmitter, EventTarget and what aborts.
import EventEmitter, { once, on, errorMonitor, getEventListeners, setMaxListeners, addAbortListener } from "node:events";
import * as events from "node:events";
import { inspect } from "node:util";

const attempt = (name, call) => {
  try {
    console.log(name, call());
  } catch (error) {
    console.log(name, error.name, error.code, error.message);
  }
};
console.log(Object.keys(events).filter((name) => name !== "EventEmitterAsyncResource").sort(), events.default === EventEmitter, EventEmitter.EventEmitter === EventEmitter, EventEmitter.defaultMaxListeners);
const e = new EventEmitter();
console.log(e);
e.on("a", function first(x) { console.log("first", x, this === e); });
e.once("a", (x) => console.log("once", x));
e.prependListener("a", (x) => console.log("before", x));
e.prependOnceListener("a", () => console.log("before once"));
console.log(e.emit("a", 1), e.emit("a", 2), e.emit("none"), e.listenerCount("a"), e.eventNames(), e.listeners("a").length, e.rawListeners("a").length);
e.on("newListener", (type, listener) => console.log("new", type, typeof listener));
e.on("removeListener", (type) => console.log("removed", type));
const l = () => {};
e.on("b", l).off("b", l).off("b", l);
e.removeAllListeners("a");
attempt("listener", () => e.on("x", 5));
attempt("error", () => e.emit("error", new Error("plain")));
attempt("errorObject", () => e.emit("error", { a: 1 }));
attempt("errorNothing", () => e.emit("error"));
attempt("limit", () => e.setMaxListeners(-1));
e.on(errorMonitor, (error) => console.log("monitor", error.message));
e.on("error", (error) => console.log("handled", error.message));
e.emit("error", new Error("seen"));
console.log(e, e.getMaxListeners());
class Mine extends EventEmitter { constructor() { super(); this.x = 1; } }
console.log(new Mine(), new Mine() instanceof EventEmitter);
function Old() { EventEmitter.call(this); }
Object.setPrototypeOf(Old.prototype, EventEmitter.prototype);
console.log(new Old().on("x", l).listenerCount("x"));
setTimeout(() => e.emit("later", 1, 2), 1);
console.log(await once(e, "later"));
setTimeout(() => e.emit("error", new Error("rejects")), 1);
await once(e, "never").catch((error) => console.log("once", error.message));
setTimeout(() => { e.emit("tick", 1); e.emit("tick", 2); }, 1);
for await (const [value] of on(e, "tick")) { console.log("tick", value); if (value === 2) break; }
const captured = new EventEmitter({ captureRejections: true });
captured.on("x", async () => { throw new Error("async"); });
captured.on("error", (error) => console.log("captured", error.message));
captured.emit("x");
await new Promise(setImmediate);
// Targets
const target = new EventTarget();
target.addEventListener("x", function (event) { console.log(event.type, event.target === target, this === target, event.eventPhase, event.currentTarget === target, event.composedPath().length); });
target.addEventListener("x", { handleEvent(event) { console.log("object", event.defaultPrevented); event.preventDefault(); } });
target.addEventListener("x", () => console.log("once"), { once: true });
console.log(target.dispatchEvent(new Event("x", { cancelable: true })), target.dispatchEvent(new Event("x")), getEventListeners(target, "x").length);
target.addEventListener("stop", (event) => event.stopImmediatePropagation());
target.addEventListener("stop", () => console.log("never"));
target.dispatchEvent(new CustomEvent("stop", { detail: 5 }));
const event = new CustomEvent("c", { detail: { a: 1 }, bubbles: true });
console.log(event.detail, event.bubbles, event.cancelable, event.isTrusted, event.timeStamp > 0, Object.prototype.toString.call(event), Event.AT_TARGET, event.NONE);
console.log(inspect(new Event("shown")).replace(/timeStamp: .*/, "timeStamp"), target);
attempt("noType", () => new Event());
attempt("dispatch", () => target.dispatchEvent({}));
attempt("add", () => target.addEventListener("x"));
// Abort
const controller = new AbortController();
console.log(controller, controller.signal.aborted, controller.signal.reason);
controller.signal.onabort = (event) => console.log("onabort", event.type, event.isTrusted);
controller.signal.addEventListener("abort", () => console.log("abort listener"), { once: true });
addAbortListener(controller.signal, () => console.log("added"));
const any = AbortSignal.any([controller.signal, new AbortController().signal]);
any.addEventListener("abort", () => console.log("any"));
controller.abort();
controller.abort();
const { reason } = controller.signal;
console.log(controller.signal.aborted, reason.name, reason.message, reason.code, reason instanceof DOMException, reason instanceof Error, any.aborted, any.reason === reason);
attempt("throwIfAborted", () => controller.signal.throwIfAborted());
console.log(AbortSignal.abort("why").reason, AbortSignal.abort().reason.name);
attempt("construct", () => new AbortSignal());
const timeout = AbortSignal.timeout(1);
await new Promise((resolve) => { timeout.addEventListener("abort", resolve); setTimeout(() => {}, 20); });
console.log(timeout.reason.name, timeout.reason.message, timeout.reason.code);
await once(new EventEmitter(), "x", { signal: AbortSignal.abort() }).catch((error) => console.log(error.name, error.code, error.message));
const d = new DOMException("message", "NotFoundError");
console.log(d.name, d.code, d.message, String(d), d.stack.split("\n")[0], DOMException.ABORT_ERR, Object.prototype.toString.call(d), new DOMException("x", { name: "N", cause: 1 }).cause);
