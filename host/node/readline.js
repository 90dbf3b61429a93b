// node:readline: lines of a stream. Editing a line is the terminal's own.
import EventEmitter from "node:events";
import { load } from "native:util";
import { checkFunction, checkSignal, coded } from "host:errors";

export class Interface extends EventEmitter {
  #rest = ""; #closed = false; #prompt = "> "; #question = null; #decoder; #skip = false;
  constructor(input, output, completer, terminal) {
    super();
    const options = input?.input ? input : { input, output, completer, terminal };
    this.input = options.input;
    this.output = options.output;
    this.terminal = options.terminal ?? !!options.output?.isTTY;
    this.line = "";
    if (options.prompt !== undefined) this.#prompt = `${options.prompt}`;
    this.#decoder = new (load("node:string_decoder").StringDecoder)("utf8");
    this.input.on("data", this.onData = (chunk) => this.#take(typeof chunk === "string" ? chunk : this.#decoder.write(chunk)));
    this.input.on("end", this.onEnd = () => {
      const last = this.#rest + this.#decoder.end();
      this.#rest = "";
      if (last) this.#line(last);
      this.close();
    });
    options.signal?.addEventListener("abort", () => this.close(), { once: true });
    this.input.resume();
  }
  #take(text) {
    if (this.#skip && text.startsWith("\n")) text = text.slice(1);
    this.#skip = text.endsWith("\r");
    const lines = (this.#rest + text).split(/\r\n|\n|\r|\u2028|\u2029/);
    this.#rest = lines.pop();
    for (const line of lines) this.#line(line);
  }
  #line(text) {
    if (this.#question) {
      const answer = this.#question;
      this.#question = null;
      answer(text);
    } else {
      this.emit("line", text);
    }
  }
  get closed() { return this.#closed; }
  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.pause();
    this.input.removeListener("data", this.onData);
    this.input.removeListener("end", this.onEnd);
    this.emit("close");
  }
  pause() {
    this.input.pause();
    this.emit("pause");
    return this;
  }
  resume() {
    this.input.resume();
    this.emit("resume");
    return this;
  }
  getPrompt() { return this.#prompt; }
  setPrompt(text) { this.#prompt = `${text}`; }
  prompt() {
    this.output?.write(this.#prompt);
    this.input.resume();
  }
  write(text) {
    if (this.#closed) throw coded(Error, "ERR_USE_AFTER_CLOSE", "readline was closed");
    if (text !== undefined && text !== null) this.#take(`${text}`);
  }
  question(query, options, callback) {
    if (typeof options === "function") [options, callback] = [undefined, options];
    const { signal } = options ?? {};
    checkSignal(signal, "options.signal");
    if (signal?.aborted) return;
    if (this.#closed) throw coded(Error, "ERR_USE_AFTER_CLOSE", "readline was closed");
    // One at a time: the first one waits on.
    if (this.#question) return this.prompt();
    this.output?.write(query);
    let answer = callback;
    if (signal) {
      const stop = () => (this.#question = null);
      signal.addEventListener("abort", stop, { once: true });
      answer = (text) => {
        signal.removeEventListener("abort", stop);
        callback(text);
      };
    }
    this.#question = answer;
    this.input.resume();
  }
  [Symbol.asyncIterator]() {
    return (async function* (self) {
      for await (const [line] of load("node:events").on(self, "line", { close: ["close"] })) yield line;
    })(this);
  }
  [Symbol.dispose ?? Symbol.for("nodejs.dispose")]() { this.close(); }
}
Object.defineProperty(Interface.prototype.question, Symbol.for("nodejs.util.promisify.custom"), {
  enumerable: false,
  value(query, options) {
    return new Promise((resolve) => this.question(query, options ?? {}, resolve));
  },
});

const write = (name) => (stream, ...given) => {
  const callback = typeof given.at(-1) === "function" ? given.pop() : undefined;
  if (callback) checkFunction(callback, "callback");
  return load("host:stdio").makeStdout(1)[name].call({ write: (text) => stream.write(text, callback) }, ...given);
};
export default {
  get promises() { return load("node:readline/promises"); },
  Interface,
  createInterface: (input, output, completer, terminal) => new Interface(input, output, completer, terminal),
  clearLine: write("clearLine"), clearScreenDown: write("clearScreenDown"), cursorTo: write("cursorTo"), moveCursor: write("moveCursor"),
};
