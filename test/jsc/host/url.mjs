// URL, URLSearchParams and node:url.
import url, { domainToASCII, fileURLToPath, pathToFileURL, urlToHttpOptions } from "node:url";
import querystring from "node:querystring";

const attempt = (name, call) => {
  try {
    console.log(name, call());
  } catch (error) {
    console.log(name, error.name, error.code, error.message, error.input, error.base);
  }
};
console.log(Object.keys(url).filter((name) => name !== "URLPattern" && name !== "fileURLToPathBuffer"), url.URL === URL);
console.log(new URL("https://user:pa%20ss@Example.COM:8080/a/../b/./c?x=1&y=%20z#frag"));
for (const text of ["http://a", "HTTP://EXAMPLE.com:80/%7Efoo/../x", "file:///C:/a/b", "file://host/p", "mailto:a@b.c", "data:text/plain,hi#x", "javascript:alert(1)", "http://[::1]:3000/", "http://192.168.0.257/", "http://0x7f.1/",
  "https://münchen.de/ä?ö#ü", "http://a b/", "//x/y", "", "http://", "blob:https://a.com/uuid", "ws://x:443", "wss://x:443/", "http://ex.com\\a\\b", " http://trim.me ", "http://a/\tb\nc", "about:blank", "foo://bar/baz?q", "http://a.com/?q='<>\"", "http://%41.com", "http://a..b/", "http://a:99999", "http://user@/x"]) {
  attempt(text, () => { const u = new URL(text); return [u.href, u.origin, u.host, u.pathname, u.search, u.hash]; });
}
for (const [relative, base] of [["../x", "http://a/b/c/d"], ["?q", "http://a/b?z#h"], ["#h", "http://a/b?z"], ["//other/p", "https://a/b"], ["/root", "file:///a/b"], ["x", "mailto:a"], ["", "http://a/b"], ["http:x", "http://a/b/c"]]) attempt(`${relative} on ${base}`, () => new URL(relative, base).href);
console.log(URL.canParse("x"), URL.canParse("x", "http://a"), URL.parse("nope"), URL.parse("/p", "http://h").href);
const u = new URL("http://user:pw@host:81/path?q=1#h");
for (const [key, values] of Object.entries({ protocol: ["https", "ftp:", "file:", "foo", "1x"], username: ["ü", "a:b", ""], password: ["p@", ""], host: ["x.org:99", "y.org", "", "a/b", "z:80"], hostname: ["h2", "h3:1", ""], port: ["8", "80", "", "99999", "12ab", "x"], pathname: ["a b", "/x?y#z", "", "../up"], search: ["a=b", "?c=d", "", "x y#z"], hash: ["t", "#u v", ""], href: ["https://new/"] })) {
  for (const value of values) {
    const copy = new URL(u);
    attempt(`${key}=${value}`, () => { copy[key] = value; return copy.href; });
  }
}
attempt("href", () => { u.href = "nope"; });
attempt("noArguments", () => new URL());
const p = new URLSearchParams("?a=1&b=2&a=3&c=%20d+e&=x&y&%zz=%41");
console.log(p, p.get("a"), p.getAll("a"), p.has("b"), p.has("a", "3"), p.get("none"), p.size, String(p), [...p], [...p.keys()], Object.prototype.toString.call(p.entries()));
p.append("ü", "é &=+~!'()*");
p.set("a", "new");
p.delete("b");
p.sort();
console.log(String(p), p);
for (const init of [{ a: 1, b: [1, 2] }, [["x", "y"], ["z", 1]], new Map([["m", 1]]), new URLSearchParams("q=1"), "", undefined, null, 5]) console.log(String(new URLSearchParams(init)));
attempt("tuple", () => new URLSearchParams([["a"]]));
attempt("iterable", () => new URLSearchParams({ [Symbol.iterator]: 5 }));
attempt("missing", () => p.append("a"));
const linked = new URL("http://a/?x=1");
linked.searchParams.append("y", "2");
console.log(linked.href, linked.search);
linked.search = "?z=3";
console.log([...linked.searchParams]);
linked.searchParams.delete("z");
console.log(linked.href, JSON.stringify(linked), Object.prototype.toString.call(linked), `${linked}`);
p.forEach((value, key, all) => { if (key === "a") console.log(key, value, all === p); });
// node:url
for (const path of ["/a b/c%d", "/x?y#z", "/ü/\\", "/a/", "/tmp/\n\t~'[]|^"]) console.log(pathToFileURL(path).href, fileURLToPath(pathToFileURL(path)));
for (const text of ["file:///a%20b", "file:///%E4%B8%96", "http://x/y", "file://host/x", "file:///a%2Fb", "file:///%zz", "nope"]) attempt(text, () => fileURLToPath(text));
attempt("type", () => fileURLToPath(5));
console.log(domainToASCII("español.com"), domainToASCII("xn--iñvalid.com"), urlToHttpOptions(new URL("https://a:b@测试/p?q#h")).auth);
for (const text of ["http://user:pass@sub.host.com:8080/p/a/t/h?query=string&a=1#hash", "/relative?x=1", "mailto:me@x.org", "//host/path", "HTTP://UPPER/", "javascript:foo()", "path only", "http://a.com", "file:///etc/x", "http://[::1]:80/x", "?q", "#h", "http://x.y/a b?c d"]) console.log(text, url.parse(text));
console.log(url.parse("http://a/?x=1&y=2&x=3", true).query, url.format({ protocol: "https", hostname: "h", port: 1, pathname: "p", query: { a: [1, 2], b: "c d" }, hash: "z" }), url.format(new URL("http://u:p@x/?q#h"), { auth: false, fragment: false, search: false }));
for (const [from, to] of [["/one/two/three", "four"], ["http://example.com/", "/one"], ["http://example.com/one", "/two"], ["http://a/b/c/d?q", "../e"], ["http://a/b", "//c/d"], ["http://a/b", "?x"], ["http://a/b?q", "#h"], ["http://a/b", "https://z/y"], ["/a/b", ".."], ["a/b", "c"], ["http://a", "b"]] ) console.log(from, to, url.resolve(from, to));
// querystring
console.log(querystring.parse("a=1&b=2&a=3&c=%20d+e&=x&y&%zz=%41&a=4"), querystring.parse("a:1;b:2", ";", ":"), querystring.parse("a=1&b=2&c=3", null, null, { maxKeys: 2 }));
console.log(querystring.stringify({ a: [1, "x y"], b: true, c: null, d: undefined, e: 5n, f: NaN, "ü&": "=" }), querystring.stringify({ a: 1, b: 2 }, ";", ":"), querystring.escape("a b&ü"), querystring.unescape("%41%zz"), querystring.stringify("x"));
