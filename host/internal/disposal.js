// SuppressedError and the stacks of disposable objects, of ECMA-262, "Managing Memory and Resources".
const hidden = (target, key, value) => Object.defineProperty(target, key, { value, writable: true, enumerable: false, configurable: true });
const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";

export function SuppressedError(error, suppressed, message) {
  const made = Reflect.construct(Error, message === undefined ? [] : [message], new.target ?? SuppressedError);
  hidden(made, "error", error);
  hidden(made, "suppressed", suppressed);
  return made;
}
Object.setPrototypeOf(SuppressedError, Error);
Object.defineProperty(SuppressedError, "prototype", { value: Object.create(Error.prototype), writable: false });
hidden(SuppressedError.prototype, "constructor", SuppressedError);
hidden(SuppressedError.prototype, "name", "SuppressedError");
hidden(SuppressedError.prototype, "message", "");

function callable(value) {
  if (typeof value !== "function") throw new TypeError(`${typeof value === "symbol" ? String(value) : value} is not a function`);
  return value;
}

/// What a method of `value` that disposes of it does, or undefined where there is nothing to dispose of.
function disposerOf(value, asynchronously) {
  if (value === null || value === undefined) return asynchronously ? () => {} : undefined;
  if (!isObject(value)) throw new TypeError("An object is expected with `using` declarations");
  if (asynchronously) {
    const method = value[Symbol.asyncDispose];
    if (method !== undefined && method !== null) return () => Reflect.apply(callable(method), value, []);
  }
  const method = value[Symbol.dispose];
  if (typeof method !== "function") throw new TypeError("Symbol(Symbol.dispose) is not a function");
  // What a synchronous method gives is not waited for.
  return asynchronously ? () => void Reflect.apply(method, value, []) : () => Reflect.apply(method, value, []);
}

function live(actions, method) {
  if (actions === undefined) throw new ReferenceError(`Cannot call ${method} on an already-disposed DisposableStack`);
  return actions;
}

/// The error that is left when one more was thrown after `failure`, which is undefined as long as nothing was.
const failed = (failure, error) => ({
  error: failure ? new SuppressedError(error, failure.error, "An error was suppressed during disposal") : error,
});

export class DisposableStack {
  #actions = [];

  get disposed() {
    return this.#actions === undefined;
  }
  use(value) {
    const actions = live(this.#actions, "DisposableStack.prototype.use");
    const disposer = disposerOf(value, false);
    if (disposer) actions.push(disposer);
    return value;
  }
  adopt(value, onDispose) {
    const actions = live(this.#actions, "DisposableStack.prototype.adopt");
    callable(onDispose);
    actions.push(() => onDispose(value));
    return value;
  }
  defer(onDispose) {
    const actions = live(this.#actions, "DisposableStack.prototype.defer");
    callable(onDispose);
    actions.push(() => onDispose());
  }
  move() {
    const moved = new DisposableStack();
    moved.#actions = live(this.#actions, "DisposableStack.prototype.move");
    this.#actions = undefined;
    return moved;
  }
  dispose() {
    const actions = this.#actions;
    this.#actions = undefined;
    let failure;
    for (const act of actions?.reverse() ?? []) {
      try {
        act();
      } catch (error) {
        failure = failed(failure, error);
      }
    }
    if (failure) throw failure.error;
  }
}

export class AsyncDisposableStack {
  #actions = [];

  get disposed() {
    return this.#actions === undefined;
  }
  use(value) {
    live(this.#actions, "AsyncDisposableStack.prototype.use").push(disposerOf(value, true));
    return value;
  }
  adopt(value, onDisposeAsync) {
    const actions = live(this.#actions, "AsyncDisposableStack.prototype.adopt");
    callable(onDisposeAsync);
    actions.push(() => onDisposeAsync(value));
    return value;
  }
  defer(onDisposeAsync) {
    const actions = live(this.#actions, "AsyncDisposableStack.prototype.defer");
    callable(onDisposeAsync);
    actions.push(() => onDisposeAsync());
  }
  move() {
    const moved = new AsyncDisposableStack();
    moved.#actions = live(this.#actions, "AsyncDisposableStack.prototype.move");
    this.#actions = undefined;
    return moved;
  }
  async disposeAsync() {
    const actions = this.#actions;
    this.#actions = undefined;
    let failure;
    for (const act of actions?.reverse() ?? []) {
      try {
        await act();
      } catch (error) {
        failure = failed(failure, error);
      }
    }
    if (failure) throw failure.error;
  }
}

for (const [{ prototype, name }, symbol, method] of [
  [DisposableStack, Symbol.dispose, "dispose"],
  [AsyncDisposableStack, Symbol.asyncDispose, "disposeAsync"],
]) {
  hidden(prototype, symbol, prototype[method]);
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
}

export default { SuppressedError, DisposableStack, AsyncDisposableStack };
