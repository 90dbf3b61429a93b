// import.meta, and where import.meta.resolve() leads.
const short = (url) => url.replace(new URL(".", import.meta.url).href, "here:");
for (const to of ["./import_meta.mjs", "./none/../other.js?a=1#b", "fs", "node:path", "data:text/javascript,1", "https://example.com/a", "/tmp/y"]) console.log(short(import.meta.resolve(to)));
for (const wrong of ["nope", "#x"])
  try {
    console.log(import.meta.resolve(wrong));
  } catch (e) {
    console.log(e.code);
  }
console.log(typeof import.meta.resolve, short(import.meta.url));

// Calls in tail position stay on the stack.
const api = (f) => inner(f);
function inner(f) {
  const error = new Error("x");
  Error.captureStackTrace(error, f);
  return error;
}
console.log(api(api).stack.split("\n").length > 1);
