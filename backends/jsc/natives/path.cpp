// The module "path", for POSIX.
#include "prelude.hpp"

#include "native.hpp"
#include "paths.hpp"

#include <unistd.h>

namespace bmes::jsc {

using namespace JSC;

std::string normalize_path(std::string_view path) {
  if (path.empty()) return ".";
  bool absolute = path.front() == '/';
  bool trailing = path.back() == '/';
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    auto slash = path.find('/');
    auto part = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (part.empty() || part == ".") continue;
    if (part != "..")
      parts.push_back(part);
    else if (!parts.empty() && parts.back() != "..")
      parts.pop_back();
    else if (!absolute)
      parts.push_back(part);
  }
  std::string out(absolute ? "/" : "");
  for (std::size_t i = 0; i < parts.size(); i++) (out += i ? "/" : "") += parts[i];
  if (out.empty()) return trailing ? "./" : ".";
  if (trailing && out.back() != '/') out += '/';
  return out;
}

std::string resolve_path(std::span<const std::string> paths) {
  std::string joined;
  for (auto at = paths.rbegin(); at != paths.rend() && !joined.starts_with('/'); ++at)
    if (!at->empty()) joined = *at + (joined.empty() ? "" : "/" + joined);
  if (!joined.starts_with('/')) {
    char here[PATH_MAX];
    joined = std::string(::getcwd(here, sizeof here) ? here : "") + "/" + joined;
  }
  std::string out = normalize_path(joined);
  if (out.size() > 1 && out.back() == '/') out.pop_back();
  return out;
}

namespace {

/// Where the last part begins and ends, without slashes that follow it.
std::pair<std::size_t, std::size_t> last_part(std::string_view path) {
  std::size_t end = path.size();
  while (end > 0 && path[end - 1] == '/') end--;
  auto slash = end ? path.rfind('/', end - 1) : std::string_view::npos;
  return {slash == std::string_view::npos ? 0 : slash + 1, end};
}

std::string directory_of(std::string_view path) {
  if (path.empty()) return ".";
  auto [begin, end] = last_part(path);
  if (begin == end) return "/";
  if (begin == 0) return ".";
  std::size_t stop = begin - 1;
  if (stop == 0) return "/";
  // "//a" keeps both slashes, as in Node.
  if (stop == 1 && path[0] == '/') return "//";
  return std::string(path.substr(0, stop));
}

std::string_view extension_of(std::string_view name) {
  auto dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || name == "..") return {};
  return name.substr(dot);
}

std::string relative_path(const std::string& from, const std::string& to) {
  std::string a = resolve_path({&from, 1}), b = resolve_path({&to, 1});
  if (a == b) return "";
  a += a == "/" ? "" : "/";
  b += b == "/" ? "" : "/";
  std::size_t shared = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()) && a[i] == b[i]; i++)
    if (a[i] == '/') shared = i + 1;
  std::string out;
  for (std::size_t i = shared; i < a.size(); i++)
    if (a[i] == '/') out += "../";
  out += b.substr(shared);
  while (!out.empty() && out.back() == '/') out.pop_back();
  return out;
}

/// Arguments, which must be strings; a TypeError is pending if there are none.
std::optional<std::vector<std::string>> texts_of(JSGlobalObject* global, CallFrame* frame, std::size_t count) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; i++) {
    JSValue value = frame->argument(i);
    if (!value.isString()) {
      throw_type_error(global, "The \"path\" argument must be of type string."_s, "ERR_INVALID_ARG_TYPE"_s);
      return std::nullopt;
    }
    String text = asString(value)->value(global);
    RETURN_IF_EXCEPTION(scope, std::nullopt);
    texts.push_back(utf8_of(text));
  }
  return texts;
}

template <class Function>
EncodedJSValue with_texts(JSGlobalObject* global, CallFrame* frame, std::size_t count, Function function) {
  auto texts = texts_of(global, frame, count);
  return texts ? JSValue::encode(js_text(global->vm(), function(*texts))) : EncodedJSValue{};
}

using texts = const std::vector<std::string>&;

JSC_DEFINE_HOST_FUNCTION(path_join, (JSGlobalObject * global, CallFrame* frame)) {
  return with_texts(global, frame, frame->argumentCount(), [](texts parts) {
    std::string joined;
    for (auto& part : parts)
      if (!part.empty()) joined += (joined.empty() ? "" : "/") + part;
    return normalize_path(joined);
  });
}

JSC_DEFINE_HOST_FUNCTION(path_resolve, (JSGlobalObject * global, CallFrame* frame)) {
  return with_texts(global, frame, frame->argumentCount(), [](texts parts) { return resolve_path(parts); });
}

JSC_DEFINE_HOST_FUNCTION(path_normalize, (JSGlobalObject * global, CallFrame* frame)) {
  return with_texts(global, frame, 1, [](texts path) { return normalize_path(path[0]); });
}

JSC_DEFINE_HOST_FUNCTION(path_dirname, (JSGlobalObject * global, CallFrame* frame)) {
  return with_texts(global, frame, 1, [](texts path) { return directory_of(path[0]); });
}

JSC_DEFINE_HOST_FUNCTION(path_basename, (JSGlobalObject * global, CallFrame* frame)) {
  bool suffixed = !frame->argument(1).isUndefined();
  return with_texts(global, frame, suffixed ? 2 : 1, [&](texts path) {
    auto [begin, end] = last_part(path[0]);
    auto name = path[0].substr(begin, end - begin);
    if (suffixed && name != path[1] && name.ends_with(path[1])) name.resize(name.size() - path[1].size());
    return name;
  });
}

JSC_DEFINE_HOST_FUNCTION(path_extname, (JSGlobalObject * global, CallFrame* frame)) {
  return with_texts(global, frame, 1, [](texts path) {
    auto [begin, end] = last_part(path[0]);
    return extension_of(std::string_view(path[0]).substr(begin, end - begin));
  });
}

JSC_DEFINE_HOST_FUNCTION(path_relative, (JSGlobalObject * global, CallFrame* frame)) {
  return with_texts(global, frame, 2, [](texts paths) { return relative_path(paths[0], paths[1]); });
}

JSC_DEFINE_HOST_FUNCTION(path_is_absolute, (JSGlobalObject * global, CallFrame* frame)) {
  auto path = texts_of(global, frame, 1);
  return path ? JSValue::encode(jsBoolean((*path)[0].starts_with('/'))) : EncodedJSValue{};
}

JSC_DEFINE_HOST_FUNCTION(path_parse, (JSGlobalObject * global, CallFrame* frame)) {
  auto given = texts_of(global, frame, 1);
  if (!given) return {};
  std::string_view path = (*given)[0];
  auto [begin, end] = last_part(path);
  auto base = path.substr(begin, end - begin);
  auto extension = extension_of(base);
  JSObject* result = constructEmptyObject(global);
  auto put = [&](ASCIILiteral name, std::string_view text) { define(global, result, name, js_text(global->vm(), text)); };
  put("root"_s, path.starts_with('/') ? "/" : "");
  put("dir"_s, begin ? directory_of(path) : path.starts_with('/') ? "/" : "");
  put("base"_s, base);
  put("ext"_s, extension);
  put("name"_s, base.substr(0, base.size() - extension.size()));
  return JSValue::encode(result);
}

/// format({ dir, root, base, name, ext })
JSC_DEFINE_HOST_FUNCTION(path_format, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  JSValue given = frame->argument(0);
  if (!given.isObject()) return throw_type_error(global, "The \"pathObject\" argument must be of type object."_s, "ERR_INVALID_ARG_TYPE"_s);
  std::string parts[5];
  constexpr ASCIILiteral names[] = {"root"_s, "dir"_s, "base"_s, "name"_s, "ext"_s};
  for (std::size_t i = 0; i < 5; i++) {
    JSValue value = property(global, given, names[i]);
    RETURN_IF_EXCEPTION(scope, {});
    if (!value.toBoolean(global)) continue;
    String text = value.toWTFString(global);
    RETURN_IF_EXCEPTION(scope, {});
    parts[i] = utf8_of(text);
  }
  auto& [root, dir, base, name, extension] = parts;
  if (base.empty()) {
    base = name;
    if (!extension.empty() && extension[0] != '.') base += '.';
    base += extension;
  }
  if (dir.empty()) dir = root;
  if (!dir.empty() && dir != root) dir += '/';
  return JSValue::encode(js_text(global->vm(), dir + base));
}

JSC_DEFINE_HOST_FUNCTION(path_to_namespaced, (JSGlobalObject*, CallFrame* frame)) { return JSValue::encode(frame->argument(0)); }

// The paths of Windows are in JavaScript, and read when they are asked for.
JSC_DEFINE_CUSTOM_GETTER(get_win32, (JSGlobalObject * global, EncodedJSValue self, PropertyName name)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  JSObject* win32 = host_exports(state_of(global), "node:path/win32");
  RETURN_IF_EXCEPTION(scope, {});
  asObject(JSValue::decode(self))->putDirect(global->vm(), name, win32);
  return JSValue::encode(win32);
}

JSC_DEFINE_CUSTOM_SETTER(set_win32, (JSGlobalObject * global, EncodedJSValue self, EncodedJSValue value, PropertyName name)) {
  asObject(JSValue::decode(self))->putDirect(global->vm(), name, JSValue::decode(value));
  return true;
}

}  // namespace

JSObject* make_path(host_state& state) {
  auto* global = state.global;
  VM& vm = global->vm();
  JSObject* path = constructEmptyObject(global, global->objectPrototype(), 16);
  define(global, path,
         {{"resolve"_s, 0, path_resolve},
          {"normalize"_s, 1, path_normalize},
          {"isAbsolute"_s, 1, path_is_absolute},
          {"join"_s, 0, path_join},
          {"relative"_s, 2, path_relative},
          {"dirname"_s, 1, path_dirname},
          {"basename"_s, 2, path_basename},
          {"extname"_s, 1, path_extname},
          {"parse"_s, 1, path_parse},
          {"format"_s, 1, path_format},
          {"toNamespacedPath"_s, 1, path_to_namespaced}});
  define(global, path, "sep"_s, js_text(vm, "/"));
  define(global, path, "delimiter"_s, js_text(vm, ":"));
  define(global, path, "posix"_s, path);
  if (!state.options.modules.file.empty())
    path->putDirectCustomAccessor(vm, Identifier::fromString(vm, "win32"_s), CustomGetterSetter::create(vm, get_win32, set_win32),
                                  static_cast<unsigned>(PropertyAttribute::CustomValue));
  return path;
}

}  // namespace bmes::jsc
