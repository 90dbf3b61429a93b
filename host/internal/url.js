// URL and URLSearchParams of the URL Standard. URLs are parsed by the engine's parser.
import * as native from "native:url";
import { inspect } from "native:util";
import { checkFunction, coded, invalidThis, invalidType, missing } from "host:errors";

const customInspect = Symbol.for("nodejs.util.inspect.custom");
const [HREF, PROTOCOL, USERNAME, PASSWORD, HOST, HOSTNAME, PORT, PATHNAME, SEARCH, HASH] = Array(10).keys();
const special = new Set(["http:", "https:", "ftp:", "ws:", "wss:"]);

const wellFormed = (value) => `${value}`.toWellFormed();

function invalid(input, base) {
  const error = coded(TypeError, "ERR_INVALID_URL", "Invalid URL");
  error.input = input;
  if (base !== undefined) error.base = base;
  return error;
}

// application/x-www-form-urlencoded

function decode(text) {
  text = text.replaceAll("+", " ");
  if (!text.includes("%")) return text;
  const bytes = [];
  for (const part of text.match(/%[0-9a-fA-F]{2}|[^%]+|%/g)) {
    if (part.length === 3 && part[0] === "%" && /^%[0-9a-fA-F]{2}$/.test(part)) bytes.push(Number.parseInt(part.slice(1), 16));
    else bytes.push(...new TextEncoder().encode(part));
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}
const encode = (text) => encodeURIComponent(text).replace(/%20|[!'()~]/g, (each) => ({ "%20": "+", "!": "%21", "'": "%27", "(": "%28", ")": "%29", "~": "%7E" })[each]);

function parseForm(text) {
  const list = [];
  for (const part of text.split("&")) {
    if (part === "") continue;
    const at = part.indexOf("=");
    list.push(at < 0 ? [decode(part), ""] : [decode(part.slice(0, at)), decode(part.slice(at + 1))]);
  }
  return list;
}

class URLSearchParamsIterator {
  #params; #pick; #at = 0;
  constructor(params, pick) {
    this.#params = params;
    this.#pick = pick;
  }
  next() {
    const list = entriesOf(this.#params);
    if (this.#at >= list.length) return { value: undefined, done: true };
    return { value: this.#pick(list[this.#at++]), done: false };
  }
  [customInspect](depth, options) {
    const rest = entriesOf(this.#params).slice(this.#at).map(this.#pick);
    return `URLSearchParams Iterator { ${rest.map((each) => inspect(each, options)).join(", ")} }`;
  }
}
Object.setPrototypeOf(URLSearchParamsIterator.prototype, Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())));
Object.defineProperty(URLSearchParamsIterator.prototype, Symbol.toStringTag, { value: "URLSearchParams Iterator", configurable: true });

let entriesOf, setEntries, setOwner;

export class URLSearchParams {
  #list = [];
  #owner = null;
  static {
    entriesOf = (params) => params.#list;
    setEntries = (params, list) => { params.#list = list; };
    setOwner = (params, owner) => { params.#owner = owner; };
  }
  constructor(init = undefined) {
    if (init === undefined) return;
    if ((typeof init === "object" && init !== null) || typeof init === "function") {
      const iterate = init[Symbol.iterator];
      if (iterate === this[Symbol.iterator] && #list in init) {
        this.#list = init.#list.map((each) => [...each]);
      } else if (iterate !== null && iterate !== undefined) {
        if (typeof iterate !== "function") throw coded(TypeError, "ERR_ARG_NOT_ITERABLE", "Query pairs must be iterable");
        for (const pair of init) {
          if (pair === null || pair === undefined || typeof pair[Symbol.iterator] !== "function" || typeof pair === "string") throw coded(TypeError, "ERR_INVALID_TUPLE", "Each query pair must be an iterable [name, value] tuple");
          const parts = [...pair];
          if (parts.length !== 2) throw coded(TypeError, "ERR_INVALID_TUPLE", "Each query pair must be an iterable [name, value] tuple");
          this.#list.push(parts.map(wellFormed));
        }
      } else {
        const seen = new Map();
        for (const key of Reflect.ownKeys(init)) {
          const descriptor = Reflect.getOwnPropertyDescriptor(init, key);
          if (descriptor?.enumerable) seen.set(wellFormed(key), wellFormed(init[key]));
        }
        this.#list = [...seen];
      }
    } else {
      init = wellFormed(init);
      this.#list = parseForm(init.startsWith("?") ? init.slice(1) : init);
    }
  }
  #check(count, ...names) {
    if (count < names.length) throw missing(...names);
  }
  #update() {
    this.#owner?.(this.#list.length ? `?${this}` : "");
  }
  get size() { return this.#list.length; }
  append(name, value) {
    if (!(#list in this)) throw invalidThis("URLSearchParams");
    this.#check(arguments.length, "name", "value");
    this.#list.push([wellFormed(name), wellFormed(value)]);
    this.#update();
  }
  delete(name, value = undefined) {
    if (!(#list in this)) throw invalidThis("URLSearchParams");
    this.#check(arguments.length, "name");
    name = wellFormed(name);
    if (value !== undefined) value = wellFormed(value);
    this.#list = this.#list.filter((each) => each[0] !== name || (value !== undefined && each[1] !== value));
    this.#update();
  }
  get(name) {
    if (!(#list in this)) throw invalidThis("URLSearchParams");
    this.#check(arguments.length, "name");
    name = wellFormed(name);
    return this.#list.find((each) => each[0] === name)?.[1] ?? null;
  }
  getAll(name) {
    if (!(#list in this)) throw invalidThis("URLSearchParams");
    this.#check(arguments.length, "name");
    name = wellFormed(name);
    return this.#list.filter((each) => each[0] === name).map((each) => each[1]);
  }
  has(name, value = undefined) {
    if (!(#list in this)) throw invalidThis("URLSearchParams");
    this.#check(arguments.length, "name");
    name = wellFormed(name);
    if (value !== undefined) value = wellFormed(value);
    return this.#list.some((each) => each[0] === name && (value === undefined || each[1] === value));
  }
  set(name, value) {
    if (!(#list in this)) throw invalidThis("URLSearchParams");
    this.#check(arguments.length, "name", "value");
    name = wellFormed(name);
    value = wellFormed(value);
    const first = this.#list.find((each) => each[0] === name);
    if (first) {
      first[1] = value;
      this.#list = this.#list.filter((each) => each === first || each[0] !== name);
    } else {
      this.#list.push([name, value]);
    }
    this.#update();
  }
  sort() {
    this.#list.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#update();
  }
  forEach(callback, thisArg = undefined) {
    if (!(#list in this)) throw invalidThis("URLSearchParams");
    checkFunction(callback, "callback");
    for (let i = 0; i < this.#list.length; i++) callback.call(thisArg, this.#list[i][1], this.#list[i][0], this);
  }
  entries() {
    if (!(#list in this)) throw invalidThis("URLSearchParams");
    return new URLSearchParamsIterator(this, (each) => [...each]);
  }
  keys() {
    if (!(#list in this)) throw invalidThis("URLSearchParams");
    return new URLSearchParamsIterator(this, (each) => each[0]);
  }
  values() {
    if (!(#list in this)) throw invalidThis("URLSearchParams");
    return new URLSearchParamsIterator(this, (each) => each[1]);
  }
  toString() {
    if (!(#list in this)) throw invalidThis("URLSearchParams");
    return this.#list.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
  }
  [customInspect](depth, options) {
    if (depth < 0) return options.stylize("[Object]", "special");
    const inner = { ...options, depth: options.depth === null ? null : depth - 1 };
    const parts = this.#list.map(([name, value]) => `${inspect(name, inner)} => ${inspect(value, inner)}`);
    const length = parts.reduce((sum, each) => sum + each.length + 2, -2);
    if (length > options.breakLength) return `URLSearchParams {\n  ${parts.join(",\n  ")} }`;
    return parts.length ? `URLSearchParams { ${parts.join(", ")} }` : "URLSearchParams {}";
  }
}
Object.defineProperty(URLSearchParams.prototype, Symbol.iterator, { value: URLSearchParams.prototype.entries, writable: true, configurable: true });
Object.defineProperty(URLSearchParams.prototype, Symbol.toStringTag, { value: "URLSearchParams", configurable: true });

export class URL {
  #parts;
  #params;
  constructor(input, base = undefined) {
    if (arguments.length === 0) throw missing("url");
    input = `${input}`;
    if (base !== undefined) base = `${base}`;
    const parts = native.parse(input, base);
    if (parts === null) throw invalid(input, base);
    this.#parts = parts;
  }
  static canParse(input, base = undefined) {
    if (arguments.length === 0) throw missing("url");
    return native.parse(`${input}`, base === undefined ? undefined : `${base}`) !== null;
  }
  static parse(input, base = undefined) {
    if (arguments.length === 0) throw missing("url");
    return URL.canParse(...arguments) ? new URL(input, base) : null;
  }
  static createObjectURL() { throw coded(Error, "ERR_NO_CRYPTO", "Object URLs are not kept here"); }
  #set(part, value) {
    const parts = native.set(this.#parts[HREF], part, `${value}`);
    if (parts !== null) this.#parts = parts;
    if (part === SEARCH && this.#params) setEntries(this.#params, parseForm(this.#parts[SEARCH].slice(1)));
  }
  #get(part) {
    return this.#parts[part];
  }
  toString() { return this.#get(HREF); }
  get href() { return this.#get(HREF); }
  set href(value) {
    value = `${value}`;
    const parts = native.parse(value);
    if (parts === null) throw invalid(value);
    this.#parts = parts;
    if (this.#params) setEntries(this.#params, parseForm(parts[SEARCH].slice(1)));
  }
  get origin() {
    const protocol = this.#get(PROTOCOL);
    if (special.has(protocol)) return `${protocol}//${this.#parts[HOST]}`;
    if (protocol === "blob:") {
      const inner = native.parse(this.#parts[PATHNAME]);
      if (inner && (inner[PROTOCOL] === "http:" || inner[PROTOCOL] === "https:")) return `${inner[PROTOCOL]}//${inner[HOST]}`;
    }
    return "null";
  }
  get protocol() { return this.#get(PROTOCOL); }
  set protocol(value) { this.#set(PROTOCOL, value); }
  get username() { return this.#get(USERNAME); }
  set username(value) { this.#set(USERNAME, value); }
  get password() { return this.#get(PASSWORD); }
  set password(value) { this.#set(PASSWORD, value); }
  get host() { return this.#get(HOST); }
  set host(value) { this.#set(HOST, value); }
  get hostname() { return this.#get(HOSTNAME); }
  set hostname(value) { this.#set(HOSTNAME, value); }
  get port() { return this.#get(PORT); }
  set port(value) { this.#set(PORT, value); }
  get pathname() { return this.#get(PATHNAME); }
  set pathname(value) { this.#set(PATHNAME, value); }
  get search() { return this.#get(SEARCH); }
  set search(value) { this.#set(SEARCH, value); }
  get searchParams() {
    if (!this.#params) {
      this.#params = new URLSearchParams(this.#get(SEARCH));
      setOwner(this.#params, (text) => {
        const parts = native.set(this.#parts[HREF], SEARCH, text);
        if (parts !== null) this.#parts = parts;
      });
    }
    return this.#params;
  }
  get hash() { return this.#get(HASH); }
  set hash(value) { this.#set(HASH, value); }
  toJSON() { return this.#get(HREF); }
  [customInspect](depth, options) {
    if (typeof depth === "number" && depth < 0) return this.toString();
    const { href, origin, protocol, username, password, host, hostname, port, pathname, search, searchParams, hash } = this;
    const name = this.constructor?.name ?? "URL";
    return `${name} ${inspect({ href, origin, protocol, username, password, host, hostname, port, pathname, search, searchParams, hash }, options)}`;
  }
}
delete URL.createObjectURL;
Object.defineProperty(URL.prototype, Symbol.toStringTag, { value: "URL", configurable: true });
for (const kind of [URL, URLSearchParams])
  for (const name of Object.getOwnPropertyNames(kind.prototype)) if (name !== "constructor") Object.defineProperty(kind.prototype, name, { enumerable: true });

export default { URL, URLSearchParams };
