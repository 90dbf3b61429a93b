// What Error.prepareStackTrace is given. The engine does not say of what object a function was called as a method.
class CallSite {
  #frame;
  constructor(frame) { this.#frame = frame; }
  getThis() { return undefined; }
  getTypeName() { return null; }
  getMethodName() { return null; }
  getFunction() { return this.#frame.function; }
  getFunctionName() { return this.#frame.name ?? (this.#frame.isEval ? "eval" : null); }
  getFileName() { return this.#frame.file; }
  getScriptNameOrSourceURL() { return this.#frame.file; }
  getLineNumber() { return this.#frame.line; }
  getColumnNumber() { return this.#frame.column; }
  getEvalOrigin() { return undefined; }
  getPromiseIndex() { return null; }
  isToplevel() { return !this.#frame.isConstructor; }
  isEval() { return this.#frame.isEval; }
  isNative() { return false; }
  isConstructor() { return this.#frame.isConstructor; }
  isAsync() { return false; }
  isPromiseAll() { return false; }
  toString() {
    const { file, line, column, isConstructor } = this.#frame, name = this.getFunctionName();
    const place = file === null ? "<anonymous>" : `${file}:${line}:${column}`;
    return name === null ? place : `${isConstructor ? "new " : ""}${name} (${place})`;
  }
}

function prepare(error, rows, call) {
  const sites = rows.map(([name, file, line, column, of, isConstructor, isEval]) => new CallSite({ name, file, line, column, function: of, isConstructor, isEval }));
  return Reflect.apply(call, Error, [error, sites]);
}

export default { prepare };
