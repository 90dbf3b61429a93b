// node:url.
import * as native from "native:url";
import { checkString, coded, invalidType } from "host:errors";
import { URL, URLSearchParams } from "host:url";
import querystring from "node:querystring";

function fileURLToPath(url, options) {
  if (typeof url === "string") url = new URL(url);
  else if (!(url instanceof URL) && !(url?.href && url.protocol)) throw invalidType("path", ["string", "URL"], url);
  try {
    return native.fileURLToPath(url.href);
  } catch (error) {
    if (error.code === "ERR_INVALID_FILE_URL_PATH") error.input = url;
    throw error;
  }
}
function pathToFileURL(path, options) {
  checkString(path, "path");
  return new URL(native.pathToFileURL(path).href);
}
function urlToHttpOptions(url) {
  const { hostname, pathname, port, username, password, search } = url;
  const options = { __proto__: null, ...url, protocol: url.protocol, hostname: hostname?.startsWith("[") ? hostname.slice(1, -1) : hostname, hash: url.hash, search, pathname,
    path: `${pathname || ""}${search || ""}`, href: url.href };
  if (port !== "") options.port = Number(port);
  if (username || password) options.auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return options;
}
function domainToASCII(domain) {
  return native.parse(`ws://${domain}`)?.[5] ?? "";
}
function domainToUnicode(domain) {
  return native.domainToUnicode(`${domain}`);
}

// The older way to take URLs apart.

const hasSlashes = new Set(["http:", "https:", "ftp:", "gopher:", "file:", "ws:", "wss:"]);

function Url() {
  for (const name of ["protocol", "slashes", "auth", "host", "port", "hostname", "hash", "search", "query", "pathname", "path", "href"]) this[name] = null;
}
function parse(text, parseQuery, slashesDenoteHost) {
  if (text instanceof Url) return text;
  const made = new Url();
  made.parse(text, parseQuery, slashesDenoteHost);
  return made;
}
const escaped = { "\t": "%09", "\n": "%0A", "\r": "%0D", " ": "%20", '"': "%22", "'": "%27", "<": "%3C", ">": "%3E", "\\": "%5C", "^": "%5E", "`": "%60", "{": "%7B", "|": "%7C", "}": "%7D" };

Url.prototype.parse = function (text, parseQuery, slashesDenoteHost) {
  checkString(text, "url");
  // "\" is "/", up to the query.
  let rest = text.trim().replace(/^[^?#]*/, (part) => part.replaceAll("\\", "/"));
  const scheme = /^[a-z0-9.+-]+:/i.exec(rest);
  if (scheme) {
    this.protocol = scheme[0].toLowerCase();
    rest = rest.slice(scheme[0].length);
  }
  const isScript = this.protocol === "javascript:";
  if ((slashesDenoteHost || scheme || /^\/\/[^@/]+@[^@/]+/.test(rest)) && rest.startsWith("//") && !isScript) {
    rest = rest.slice(2);
    this.slashes = true;
  }
  if (!isScript && (this.slashes || (scheme && !hasSlashes.has(this.protocol)))) {
    let end = rest.search(/[/?#]/);
    if (end < 0) end = rest.length;
    let authority = rest.slice(0, end);
    const at = authority.lastIndexOf("@");
    if (at >= 0) {
      this.auth = decodeURIComponent(authority.slice(0, at));
      authority = authority.slice(at + 1);
    }
    const port = /:([0-9]*)$/.exec(authority);
    if (port) {
      if (port[1] !== "") this.port = port[1];
      authority = authority.slice(0, -port[0].length);
    }
    const bad = authority.startsWith("[") ? -1 : authority.search(/[\t\n\r "'<>\\^`{|}%;]/);
    rest = (bad >= 0 ? `/${authority.slice(bad)}` : "") + rest.slice(end);
    this.hostname = (bad >= 0 ? authority.slice(0, bad) : authority).toLowerCase();
    if (this.hostname.length > 255) this.hostname = "";
    if (/[^\0-\x7f]/.test(this.hostname)) this.hostname = domainToASCII(this.hostname);
    this.host = this.hostname + (this.port ? `:${this.port}` : "");
    if (this.hostname.startsWith("[") && this.hostname.endsWith("]")) {
      this.hostname = this.hostname.slice(1, -1);
      if (!rest.startsWith("/")) rest = `/${rest}`;
    }
  }
  if (!isScript) rest = rest.replace(/[\t\n\r "'<>\\^`{|}]/g, (each) => escaped[each]);
  const hash = rest.indexOf("#");
  if (hash >= 0) {
    this.hash = rest.slice(hash);
    rest = rest.slice(0, hash);
  }
  const query = rest.indexOf("?");
  if (query >= 0) {
    this.search = rest.slice(query);
    this.query = rest.slice(query + 1);
    if (parseQuery) this.query = querystring.parse(this.query);
    rest = rest.slice(0, query);
  } else if (parseQuery) {
    this.search = null;
    this.query = Object.create(null);
  }
  if (rest) this.pathname = rest;
  else if (this.slashes && hasSlashes.has(this.protocol) && this.hostname) this.pathname = "/";
  if (this.pathname || this.search) this.path = (this.pathname || "") + (this.search || "");
  this.href = this.format();
  return this;
};

Url.prototype.format = function () {
  let auth = this.auth || "";
  if (auth) auth = `${encodeURIComponent(auth).replace(/%3A/i, ":").replace(/%(?:20|21|27|28|29|2A)/g, (each) => ({ "%20": "%20", "%21": "!", "%27": "'", "%28": "(", "%29": ")", "%2A": "*" })[each])}@`;
  let protocol = this.protocol || "", pathname = this.pathname || "", hash = this.hash || "", host = "", query = "";
  if (this.host) host = auth + this.host;
  else if (this.hostname) host = auth + (this.hostname.includes(":") && !this.hostname.startsWith("[") ? `[${this.hostname}]` : this.hostname) + (this.port ? `:${this.port}` : "");
  if (this.query !== null && typeof this.query === "object") query = querystring.stringify(this.query);
  let search = this.search || (query && `?${query}`) || "";
  if (protocol && !protocol.endsWith(":")) protocol += ":";
  pathname = pathname.replace(/[?#]/g, (each) => encodeURIComponent(each));
  if (this.slashes || hasSlashes.has(protocol)) {
    if (this.slashes || host) {
      if (pathname && !pathname.startsWith("/")) pathname = `/${pathname}`;
      host = `//${host}`;
    } else if (protocol.startsWith("file")) {
      host = "//";
    }
  }
  search = search.replaceAll("#", "%23");
  if (hash && !hash.startsWith("#")) hash = `#${hash}`;
  if (search && !search.startsWith("?")) search = `?${search}`;
  return protocol + host + pathname + search + hash;
};

Url.prototype.resolve = function (relative) {
  return this.resolveObject(parse(relative, false, true)).format();
};

Url.prototype.resolveObject = function (relative) {
  if (typeof relative === "string") relative = parse(relative, false, true);
  const result = Object.assign(new Url(), this);
  result.hash = relative.hash;
  if (relative.href === "") {
    result.href = result.format();
    return result;
  }
  if (relative.slashes && !relative.protocol) {
    for (const key of Object.keys(relative)) if (key !== "protocol") result[key] = relative[key];
    if (hasSlashes.has(result.protocol) && result.hostname && !result.pathname) result.path = result.pathname = "/";
    result.href = result.format();
    return result;
  }
  if (relative.protocol && relative.protocol !== result.protocol) {
    Object.assign(result, relative);
    result.href = result.format();
    return result;
  }
  const isAbsolute = relative.host || relative.pathname?.startsWith("/");
  const segments = (path) => (path || "").split("/");
  let path;
  if (relative.host || relative.host === "") {
    result.host = relative.host;
    result.hostname = relative.hostname;
    result.port = relative.port;
    result.auth = relative.auth;
  }
  if (isAbsolute || relative.host === "") {
    path = segments(relative.pathname);
    result.search = relative.search;
    result.query = relative.query;
  } else if (relative.pathname) {
    path = segments(result.pathname);
    path.pop();
    path.push(...segments(relative.pathname));
    result.search = relative.search;
    result.query = relative.query;
  } else {
    if (relative.search !== null && relative.search !== undefined) {
      result.search = relative.search;
      result.query = relative.query;
    }
    path = segments(result.pathname);
  }
  const isFolder = ["", ".", ".."].includes(path.at(-1));
  const out = [];
  const rooted = (result.pathname || relative.pathname || "").startsWith("/") || !!result.host;
  for (const each of path) {
    if (each === "." || each === "") continue;
    if (each === "..") {
      if (out.length && out.at(-1) !== "..") out.pop();
      else if (!rooted) out.push(each);
    } else {
      out.push(each);
    }
  }
  result.pathname = (rooted ? "/" : "") + out.join("/") + (isFolder && out.length ? "/" : "");
  if (!result.pathname) result.pathname = rooted ? "/" : null;
  result.path = (result.pathname || "") + (result.search || "") || null;
  result.slashes = result.slashes || relative.slashes;
  result.href = result.format();
  return result;
};

function format(url, options) {
  if (typeof url === "string") return parse(url).format();
  if (url === null || typeof url !== "object") throw invalidType("urlObject", ["Object", "string"], url);
  if (url instanceof URL) {
    const { auth = true, fragment = true, search = true, unicode = false } = options ?? {};
    const copy = new URL(url.href);
    if (!auth) copy.username = copy.password = "";
    if (!fragment) copy.hash = "";
    if (!search) copy.search = "";
    return unicode ? copy.href.replace(copy.hostname, domainToUnicode(copy.hostname)) : copy.href;
  }
  return Url.prototype.format.call(url);
}

export default {
  Url, parse, resolve: (from, to) => parse(from, false, true).resolve(to), resolveObject: (from, to) => (from ? parse(from, false, true).resolveObject(to) : to),
  format, URL, URLSearchParams, domainToASCII, domainToUnicode, pathToFileURL, fileURLToPath, urlToHttpOptions,
};
