// node:stream: readable-stream, which is Node's own made to be used elsewhere.
import streams from "npm:streams";
import { load } from "native:util";

const { Duplex, Readable, Writable } = streams;
for (const kind of [Duplex, Writable]) {
  delete kind.fromWeb;
  delete kind.toWeb;
}
Readable.fromWeb = function fromWeb(from, options) {
  return Readable.from((async function* () {
    const reader = from.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        yield value;
      }
    } finally {
      reader.releaseLock();
    }
  })(), { objectMode: false, ...options });
};
Readable.toWeb = function toWeb(from) {
  const { ReadableStream } = load("node:stream/web");
  const iterator = from[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(typeof value === "string" ? value : new Uint8Array(value));
    },
    cancel(reason) {
      from.destroy(reason);
    },
  });
};

export default streams;
