// node:readline/promises.
import process from "native:process";
import * as readline from "node:readline";
import { checkInteger, checkSignal, coded, invalidType } from "host:errors";

const aborted = (signal) => Object.assign(coded(Error, "ABORT_ERR", "The operation was aborted", { cause: signal.reason }), { name: "AbortError" });

class Interface extends readline.Interface {
  question(query, options = {}) {
    return new Promise((resolve, reject) => {
      const { signal } = options ?? {};
      checkSignal(signal, "options.signal");
      if (signal?.aborted) throw aborted(signal);
      const stop = () => reject(aborted(signal));
      super.question(query, options, (answer) => {
        signal?.removeEventListener("abort", stop);
        resolve(answer);
      });
      signal?.addEventListener("abort", stop, { once: true });
    });
  }
}

/// Moves of the cursor, which go out together.
class Readline {
  #stream;
  #autoCommit;
  #actions = [];
  constructor(stream, options = undefined) {
    if (typeof stream?.write !== "function" || typeof stream.on !== "function") throw invalidType("stream", "Writable", stream);
    this.#stream = stream;
    this.#autoCommit = options?.autoCommit === true;
  }
  #add(text) {
    if (this.#autoCommit) process.nextTick(() => this.#stream.write(text));
    else this.#actions.push(text);
    return this;
  }
  cursorTo(x, y = undefined) {
    checkInteger(x, "x");
    if (y === undefined || y === null) return this.#add(`\x1b[${x + 1}G`);
    checkInteger(y, "y");
    return this.#add(`\x1b[${y + 1};${x + 1}H`);
  }
  moveCursor(dx, dy) {
    if (dx || dy) {
      checkInteger(dx, "dx");
      checkInteger(dy, "dy");
      let text = "";
      if (dx !== 0) text += `\x1b[${Math.abs(dx)}${dx < 0 ? "D" : "C"}`;
      if (dy !== 0) text += `\x1b[${Math.abs(dy)}${dy < 0 ? "A" : "B"}`;
      return this.#add(text);
    }
    return this;
  }
  clearLine(dir) {
    checkInteger(dir, "dir", -1, 1);
    return this.#add(dir < 0 ? "\x1b[1K" : dir > 0 ? "\x1b[0K" : "\x1b[2K");
  }
  clearScreenDown() { return this.#add("\x1b[0J"); }
  commit() {
    return new Promise((resolve) => {
      this.#stream.write(this.#actions.join(""), (error) => resolve(error ?? null));
      this.#actions = [];
    });
  }
  rollback() {
    this.#actions = [];
    return this;
  }
}

export default { Interface, Readline, createInterface: (input, output, completer, terminal) => new Interface(input, output, completer, terminal) };
