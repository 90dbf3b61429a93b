// performance, of the High Resolution Time and User Timing standards.
import { performance as native } from "native:perf_hooks";
import { inspect } from "native:util";
import { checkObject, coded, illegalConstructor, invalidType, missing } from "host:errors";
import { EventTarget } from "host:event_target";
import { DOMException } from "host:dom_exception";

const customInspect = Symbol.for("nodejs.util.inspect.custom");
const made = Symbol("made");
let entries = [];
const observers = new Set();

export class PerformanceEntry {
  #name; #type; #start; #duration;
  constructor(key, name, type, start, duration) {
    if (key !== made) throw illegalConstructor();
    this.#name = name;
    this.#type = type;
    this.#start = start;
    this.#duration = duration;
  }
  get name() { return this.#name; }
  get entryType() { return this.#type; }
  get startTime() { return this.#start; }
  get duration() { return this.#duration; }
  toJSON() { return { name: this.#name, entryType: this.#type, startTime: this.#start, duration: this.#duration }; }
  [customInspect](depth, options) {
    if (depth < 0) return this.constructor.name;
    return `${this.constructor.name} ${inspect(this.toJSON(), { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
}
class Detailed extends PerformanceEntry {
  #detail;
  constructor(key, name, type, start, duration, detail) {
    super(key, name, type, start, duration);
    this.#detail = detail ?? null;
  }
  get detail() { return this.#detail; }
  toJSON() { return { ...super.toJSON(), detail: this.#detail }; }
}
export class PerformanceMark extends Detailed {
  constructor(name, options = undefined) {
    if (arguments.length === 0) throw missing("name");
    if (options !== undefined && options !== null) checkObject(options, "options");
    const start = options?.startTime ?? native.now();
    if (typeof start !== "number") throw invalidType("startTime", "number", start);
    if (start < 0) throw coded(TypeError, "ERR_PERFORMANCE_INVALID_TIMESTAMP", `${start} is not a valid timestamp`);
    super(made, `${name}`, "mark", start, 0, options?.detail === undefined ? null : structuredClone(options.detail));
  }
}
export class PerformanceMeasure extends Detailed {}

function keep(entry) {
  entries.push(entry);
  for (const observer of observers) observer[notify](entry);
  return entry;
}

function timeOf(value) {
  if (typeof value === "number") {
    if (value < 0) throw coded(TypeError, "ERR_PERFORMANCE_INVALID_TIMESTAMP", `${value} is not a valid timestamp`);
    return value;
  }
  const mark = entries.findLast((each) => each.entryType === "mark" && each.name === `${value}`);
  if (!mark) throw new DOMException(`The "${value}" performance mark has not been set`, "SyntaxError");
  return mark.startTime;
}

const notify = Symbol("notify");

export class PerformanceObserverEntryList {
  #list;
  constructor(key, list) {
    if (key !== made) throw illegalConstructor();
    this.#list = list;
  }
  getEntries() { return this.#list.slice(); }
  getEntriesByType(type) { return this.#list.filter((each) => each.entryType === `${type}`); }
  getEntriesByName(name, type = undefined) { return this.#list.filter((each) => each.name === `${name}` && (type === undefined || each.entryType === type)); }
}
export class PerformanceObserver {
  #callback; #types = new Set(); #pending = [];
  constructor(callback) {
    if (typeof callback !== "function") throw invalidType("callback", "Function", callback);
    this.#callback = callback;
  }
  observe(options = {}) {
    checkObject(options, "options");
    const { entryTypes, type, buffered } = options;
    if (entryTypes === undefined && type === undefined) throw missing("options.entryTypes", "options.type");
    this.#types = new Set([...(type === undefined ? [] : this.#types), ...(entryTypes ?? [type])]);
    observers.add(this);
    if (buffered && type !== undefined) for (const each of entries) this[notify](each);
  }
  disconnect() {
    observers.delete(this);
    this.#pending = [];
  }
  takeRecords() {
    const list = this.#pending;
    this.#pending = [];
    return list;
  }
  static get supportedEntryTypes() { return ["mark", "measure"]; }
  [notify](entry) {
    if (!this.#types.has(entry.entryType)) return;
    this.#pending.push(entry);
    if (this.#pending.length > 1) return;
    setImmediate(() => {
      const list = this.takeRecords();
      if (list.length) this.#callback(new PerformanceObserverEntryList(made, list), this);
    });
  }
}

const byStart = (list) => list.toSorted((a, b) => a.startTime - b.startTime);

export class Performance extends EventTarget {
  constructor(key) {
    if (key !== made) throw illegalConstructor();
    super();
  }
  now() { return native.now(); }
  get timeOrigin() { return native.timeOrigin; }
  mark(name, options = undefined) { return keep(new PerformanceMark(name, options)); }
  measure(name, startOrOptions = undefined, endMark = undefined) {
    if (typeof name !== "string") throw invalidType("name", "string", name);
    let start, end, duration, detail;
    if (startOrOptions !== null && typeof startOrOptions === "object") ({ start, end, duration, detail } = startOrOptions);
    else start = startOrOptions;
    const until = endMark !== undefined ? timeOf(endMark) : end !== undefined ? timeOf(end)
      : start !== undefined && duration !== undefined ? timeOf(start) + duration : native.now();
    const from = start !== undefined ? timeOf(start) : duration !== undefined && end !== undefined ? until - duration : 0;
    return keep(new PerformanceMeasure(made, name, "measure", from, until - from, detail === undefined ? null : structuredClone(detail)));
  }
  clearMarks(name = undefined) { entries = entries.filter((each) => each.entryType !== "mark" || (name !== undefined && each.name !== `${name}`)); }
  clearMeasures(name = undefined) { entries = entries.filter((each) => each.entryType !== "measure" || (name !== undefined && each.name !== `${name}`)); }
  getEntries() { return byStart(entries); }
  getEntriesByType(type) { return byStart(entries.filter((each) => each.entryType === `${type}`)); }
  getEntriesByName(name, type = undefined) { return byStart(entries.filter((each) => each.name === `${name}` && (type === undefined || each.entryType === type))); }
  toJSON() { return { timeOrigin: native.timeOrigin }; }
}
Object.defineProperty(Performance.prototype, Symbol.toStringTag, { value: "Performance", configurable: true });

export const performance = new Performance(made);
export default { Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure, PerformanceObserver, PerformanceObserverEntryList, performance };
