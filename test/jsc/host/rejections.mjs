// What listeners of uncaughtException are told of promises that nobody handles.
process.on("uncaughtException", (error, origin) => console.log(error?.code, error?.name, error?.message, origin));
class Kind {}
for (const reason of [7, "text", undefined, null, Symbol("s"), { a: 1 }, [1], new Kind(), new Error("error"), { stack: "of its own" }, new DOMException("m", "AbortError")]) Promise.reject(reason);
setTimeout(() => {
  throw new Error("thrown");
}, 5);
