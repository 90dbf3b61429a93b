// Iterator and its helpers, of ECMA-262, "Iterator Objects".
export const IteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
export const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";

function checkObject(value, name) {
  if (!isObject(value)) throw new TypeError(`${name} called on non-object`);
}

function checkCallable(value, iterator) {
  if (typeof value === "function") return;
  close(iterator, true);
  throw new TypeError(`${typeof value} ${String(value)} is not a function`);
}

/// IteratorClose: what `return` throws counts only if nothing was thrown already.
function close(iterator, thrown = false) {
  try {
    const method = iterator.return;
    if (method === undefined || method === null) return;
    const result = Reflect.apply(method, iterator, []);
    if (!isObject(result)) throw new TypeError(`Iterator result ${String(result)} is not an object`);
  } catch (error) {
    if (!thrown) throw error;
  }
}

/// GetIteratorDirect, as something that `for` goes through as if it had asked `iterator` itself.
function direct(iterator) {
  const { next } = iterator;
  return {
    [Symbol.iterator]() {
      return this;
    },
    next: () => Reflect.apply(next, iterator, []),
    get return() {
      const method = iterator.return;
      return typeof method === "function" ? () => Reflect.apply(method, iterator, []) : method;
    },
  };
}

function incompatible(method, receiver) {
  const text = isObject(receiver) ? `#<${receiver.constructor?.name ?? "Object"}>` : String(receiver);
  return new TypeError(`Method ${method} called on incompatible receiver ${text}`);
}

function step(iterated) {
  const result = iterated.next();
  if (!isObject(result)) throw new TypeError(`Iterator result ${String(result)} is not an object`);
  return result;
}

/// GetIteratorFlattenable
function flattenable(value, name, strings) {
  if (!isObject(value) && !(strings && typeof value === "string")) throw new TypeError(`${name} called on non-object`);
  const method = value[Symbol.iterator];
  if (method === undefined || method === null) return value;
  const iterator = Reflect.apply(method, value, []);
  if (!isObject(iterator)) throw new TypeError(`${String(iterator)} is not an object`);
  return iterator;
}

const { next: resume, return: finish } = Object.getPrototypeOf(function* () {}).prototype;

class Helper {
  #steps;
  #underlying;
  #begun = false;

  constructor(steps, underlying) {
    this.#steps = steps;
    this.#underlying = underlying;
  }
  next() {
    if (!isObject(this) || !(#steps in this)) throw incompatible("Iterator Helper.prototype.next", this);
    this.#begun = true;
    return Reflect.apply(resume, this.#steps, []);
  }
  return() {
    if (!isObject(this) || !(#steps in this)) throw incompatible("Iterator Helper.prototype.return", this);
    const begun = this.#begun;
    this.#begun = true;
    const result = Reflect.apply(finish, this.#steps, []);
    // Steps that have not begun do not know yet of what they would go through.
    if (!begun && this.#underlying) close(this.#underlying);
    return result;
  }
}

class Wrapper {
  #iterator;
  #next;

  constructor(iterator) {
    this.#iterator = iterator;
    this.#next = iterator.next;
  }
  next() {
    if (!isObject(this) || !(#next in this)) throw incompatible("%WrapForValidIteratorPrototype%.next", this);
    return Reflect.apply(this.#next, this.#iterator, []);
  }
  return() {
    if (!isObject(this) || !(#next in this)) throw incompatible("%WrapForValidIteratorPrototype%.return", this);
    const method = this.#iterator.return;
    return method === undefined || method === null ? { value: undefined, done: true } : Reflect.apply(method, this.#iterator, []);
  }
}

for (const { prototype } of [Helper, Wrapper]) {
  delete prototype.constructor;
  Object.setPrototypeOf(prototype, IteratorPrototype);
}
Object.defineProperty(Helper.prototype, Symbol.toStringTag, { value: "Iterator Helper", configurable: true });

function* mapped(iterated, mapper) {
  let index = 0;
  for (const value of iterated) yield mapper(value, index++);
}

function* filtered(iterated, predicate) {
  let index = 0;
  for (const value of iterated) if (predicate(value, index++)) yield value;
}

function* taken(iterated, limit) {
  if (limit === 0) return void close(iterated);
  for (const value of iterated) {
    yield value;
    if (--limit === 0) return;
  }
}

function* dropped(iterated, limit) {
  for (; limit > 0; --limit) if (step(iterated).done) return;
  for (const value of iterated) yield value;
}

function* flattened(iterated, mapper) {
  let index = 0;
  for (const value of iterated) for (const inner of direct(flattenable(mapper(value, index++), "Iterator.prototype.flatMap", false))) yield inner;
}

function* concatenated(iterables) {
  for (const { object, method } of iterables) {
    const iterator = Reflect.apply(method, object, []);
    if (!isObject(iterator)) throw new TypeError(`${String(iterator)} is not an object`);
    for (const value of direct(iterator)) yield value;
  }
}

/// ToIntegerOrInfinity of an argument that says how many.
function count(iterator, limit) {
  let number;
  try {
    number = Number(limit);
  } catch (error) {
    close(iterator, true);
    throw error;
  }
  const whole = Math.trunc(number);
  if (!(whole >= 0)) {
    close(iterator, true);
    throw new RangeError(`${String(limit)} must be positive`);
  }
  return whole;
}

export const helpers = {
  reduce(reducer /*, initial */) {
    checkObject(this, "Iterator.prototype.reduce");
    checkCallable(reducer, this);
    const iterated = direct(this);
    let index = 0;
    let result = arguments[1];
    if (arguments.length < 2) {
      const first = step(iterated);
      if (first.done) throw new TypeError("Reduce of a done iterator with no initial value");
      result = first.value;
      index = 1;
    }
    for (const value of iterated) result = reducer(result, value, index++);
    return result;
  },
  toArray() {
    checkObject(this, "Iterator.prototype.toArray");
    return [...direct(this)];
  },
  forEach(fn) {
    checkObject(this, "Iterator.prototype.forEach");
    checkCallable(fn, this);
    let index = 0;
    for (const value of direct(this)) fn(value, index++);
  },
  some(predicate) {
    checkObject(this, "Iterator.prototype.some");
    checkCallable(predicate, this);
    let index = 0;
    for (const value of direct(this)) if (predicate(value, index++)) return true;
    return false;
  },
  every(predicate) {
    checkObject(this, "Iterator.prototype.every");
    checkCallable(predicate, this);
    let index = 0;
    for (const value of direct(this)) if (!predicate(value, index++)) return false;
    return true;
  },
  find(predicate) {
    checkObject(this, "Iterator.prototype.find");
    checkCallable(predicate, this);
    let index = 0;
    for (const value of direct(this)) if (predicate(value, index++)) return value;
  },
  map(mapper) {
    checkObject(this, "Iterator.prototype.map");
    checkCallable(mapper, this);
    return new Helper(mapped(direct(this), mapper), this);
  },
  filter(predicate) {
    checkObject(this, "Iterator.prototype.filter");
    checkCallable(predicate, this);
    return new Helper(filtered(direct(this), predicate), this);
  },
  take(limit) {
    checkObject(this, "Iterator.prototype.take");
    const whole = count(this, limit);
    return new Helper(taken(direct(this), whole), this);
  },
  drop(limit) {
    checkObject(this, "Iterator.prototype.drop");
    const whole = count(this, limit);
    return new Helper(dropped(direct(this), whole), this);
  },
  flatMap(mapper) {
    checkObject(this, "Iterator.prototype.flatMap");
    checkCallable(mapper, this);
    return new Helper(flattened(direct(this), mapper), this);
  },
};

export function Iterator() {
  if (new.target === undefined) throw new TypeError("Constructor Iterator requires 'new'");
  if (new.target === Iterator) throw new TypeError("Abstract class Iterator not directly constructable");
}

const statics = {
  from(value) {
    const iterator = flattenable(value, "Iterator.from", true);
    const wrapper = new Wrapper(iterator);
    return Reflect.apply(Function.prototype[Symbol.hasInstance], Iterator, [iterator]) ? iterator : wrapper;
  },
  concat(...items) {
    const iterables = items.map((object) => {
      checkObject(object, "Iterator.concat");
      const method = object[Symbol.iterator];
      if (typeof method !== "function") throw new TypeError(`${String(object)} is not iterable`);
      return { object, method };
    });
    return new Helper(concatenated(iterables), undefined);
  },
};
Object.defineProperty(statics.concat, "length", { value: 0 });
for (const name of ["from", "concat"]) Object.defineProperty(Iterator, name, { value: statics[name], writable: true, configurable: true });
Object.defineProperty(Iterator, "prototype", { value: IteratorPrototype, writable: false });

/// An accessor that is written to as if it were a data property: of objects that inherit it, too.
function weird(key, value) {
  const name = typeof key === "symbol" ? `[${key.description}]` : key;
  const accessor = {
    get() {
      return value;
    },
    set(given) {
      if (!isObject(this)) throw new TypeError(`Iterator.prototype.${name} called on non-object`);
      if (this === IteratorPrototype) throw new TypeError(`Cannot assign to '${name}' of Iterator.prototype`);
      if (Object.hasOwn(this, key)) this[key] = given;
      else Object.defineProperty(this, key, { value: given, writable: true, enumerable: true, configurable: true });
    },
  };
  for (const kind of ["get", "set"]) Object.defineProperty(accessor[kind], "name", { value: `${kind} ${name}` });
  Reflect.defineProperty(IteratorPrototype, key, { ...accessor, enumerable: false, configurable: true });
}
weird("constructor", Iterator);
weird(Symbol.toStringTag, "Iterator");

export default { Iterator };
