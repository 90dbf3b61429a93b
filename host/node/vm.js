// node:vm: scripts in the program's own context. There are no other ones.
import { runScript } from "native:util";
import { checkBoolean, checkFunction, checkInteger, checkObject, checkString, coded, invalidType } from "host:errors";

const unavailable = (feature) =>
  coded(Error, "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", `The feature ${feature} is unavailable on the current platform, which is being used to run Node.js`);

const textOf = (options) => (typeof options === "string" ? { filename: options } : options);

class Script {
  #code;
  #filename;
  #line;
  #column;
  constructor(code, options = {}) {
    options = textOf(options);
    checkObject(options, "options");
    const { filename = "evalmachine.<anonymous>", lineOffset = 0, columnOffset = 0, cachedData, produceCachedData = false, importModuleDynamically } = options;
    checkString(filename, "options.filename");
    checkInteger(lineOffset, "options.lineOffset", -(2 ** 31), 2 ** 31 - 1);
    checkInteger(columnOffset, "options.columnOffset", -(2 ** 31), 2 ** 31 - 1);
    if (cachedData !== undefined && !ArrayBuffer.isView(cachedData)) throw invalidType("options.cachedData", ["Buffer", "TypedArray", "DataView"], cachedData);
    checkBoolean(produceCachedData, "options.produceCachedData");
    if (importModuleDynamically !== undefined) {
      checkFunction(importModuleDynamically, "options.importModuleDynamically");
      throw unavailable("importModuleDynamically");
    }
    this.#code = `${code}`;
    this.#filename = filename;
    this.#line = lineOffset;
    this.#column = columnOffset;
    runScript(this.#code, filename, lineOffset, columnOffset, true);
    // Data of a cache is of another engine.
    if (cachedData) this.cachedDataRejected = true;
    const marks = [...this.#code.matchAll(/^\s*\/\/[#@] source(Mapping)?URL=(\S+)\s*$/gm)];
    this.sourceURL = marks.findLast((each) => !each[1])?.[2];
    this.sourceMapURL = marks.findLast((each) => each[1])?.[2];
  }
  runInThisContext(options = {}) {
    checkObject(options, "options");
    const { timeout, displayErrors = true, breakOnSigint = false } = options;
    if (timeout !== undefined) checkInteger(timeout, "options.timeout", 1, 2 ** 32 - 1);
    checkBoolean(displayErrors, "options.displayErrors");
    checkBoolean(breakOnSigint, "options.breakOnSigint");
    if (timeout !== undefined) throw unavailable("timeout");
    if (breakOnSigint) throw unavailable("breakOnSigint");
    return runScript(this.#code, this.#filename, this.#line, this.#column, false);
  }
}

export default {
  Script,
  runInThisContext: function runInThisContext(code, options) { return new Script(code, options).runInThisContext(typeof options === "string" ? undefined : options); },
};
