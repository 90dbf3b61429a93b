// node:timers/promises.
import * as timers from "native:timers";
import { AbortError } from "host:abort";
import { checkBoolean, checkObject, checkSignal } from "host:errors";

function later(start, stop, value, options = {}) {
  try {
    checkObject(options, "options");
    checkSignal(options.signal, "options.signal");
    if (options.ref !== undefined) checkBoolean(options.ref, "options.ref");
  } catch (error) {
    return Promise.reject(error);
  }
  const { signal, ref = true } = options;
  if (signal?.aborted) return Promise.reject(new AbortError(undefined, { cause: signal.reason }));
  return new Promise((resolve, reject) => {
    const aborted = () => {
      stop(handle);
      reject(new AbortError(undefined, { cause: signal.reason }));
    };
    const handle = start(() => {
      signal?.removeEventListener("abort", aborted);
      resolve(value);
    });
    if (!ref) handle.unref?.();
    signal?.addEventListener("abort", aborted);
  });
}

export function setTimeout(delay, value, options) {
  return later((done) => timers.setTimeout(done, delay), timers.clearTimeout, value, options);
}
export function setImmediate(value, options) {
  return later((done) => timers.setImmediate(done), timers.clearImmediate, value, options);
}
export async function* setInterval(delay, value, options = {}) {
  const { signal, ref = true } = options;
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  let due = 0, wake, failed;
  const handle = timers.setInterval(() => {
    due++;
    wake?.();
  }, delay);
  if (!ref) handle.unref();
  const aborted = () => {
    timers.clearInterval(handle);
    failed = new AbortError(undefined, { cause: signal.reason });
    wake?.();
  };
  signal?.addEventListener("abort", aborted, { once: true });
  try {
    for (;;) {
      if (failed) throw failed;
      if (due === 0) await new Promise((resolve) => { wake = resolve; });
      for (; due > 0; due--) yield value;
    }
  } finally {
    timers.clearInterval(handle);
    signal?.removeEventListener("abort", aborted);
  }
}
export const scheduler = { wait: (delay, options) => setTimeout(delay, undefined, options), yield: () => setImmediate() };
export default { setTimeout, setImmediate, setInterval, scheduler };
