// The module "url": between paths and file: URLs, as text. There's no URL class.
#include "prelude.hpp"

#include "paths.hpp"
#include "system.hpp"

namespace bmes::jsc {

using namespace JSC;

// url_record.cpp
void define_url_records(JSGlobalObject*, JSObject* url);

std::optional<std::string> file_url_path(JSGlobalObject* global, const std::string& url) {
  std::string_view rest = url;
  if (!rest.starts_with("file:")) {
    throw_type_error(global, "The URL must be of scheme file"_s, "ERR_INVALID_URL_SCHEME"_s);
    return std::nullopt;
  }
  rest.remove_prefix(5);
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    auto host = rest.substr(0, rest.find('/'));
    if (!host.empty() && host != "localhost") {
      throw_type_error(global, "File URL host must be \"localhost\" or empty on linux"_s, "ERR_INVALID_FILE_URL_HOST"_s);
      return std::nullopt;
    }
    rest.remove_prefix(host.size());
  }
  rest = rest.substr(0, rest.find_first_of("?#"));
  std::string path;
  for (std::size_t i = 0; i < rest.size(); i++) {
    if (rest[i] != '%') {
      path.push_back(rest[i]);
      continue;
    }
    if (i + 2 >= rest.size() || !isASCIIHexDigit(rest[i + 1]) || !isASCIIHexDigit(rest[i + 2])) {
      auto scope = DECLARE_THROW_SCOPE(global->vm());
      throwException(global, scope, createURIError(global, "URI malformed"_s));
      return std::nullopt;
    }
    auto byte = static_cast<char>(toASCIIHexValue(rest[i + 1]) << 4 | toASCIIHexValue(rest[i + 2]));
    if (byte == '/') {
      throw_type_error(global, "File URL path must not include encoded / characters"_s, "ERR_INVALID_FILE_URL_PATH"_s);
      return std::nullopt;
    }
    path.push_back(byte);
    i += 2;
  }
  return path;
}

JSC_DEFINE_HOST_FUNCTION(file_url_to_path, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  JSValue given = frame->argument(0);
  if (given.isObject()) given = property(global, given, "href"_s);
  RETURN_IF_EXCEPTION(scope, {});
  if (!given.isString())
    return throw_type_error(global, "The \"path\" argument must be of type string or an instance of URL."_s, "ERR_INVALID_ARG_TYPE"_s);
  String url = asString(given)->value(global);
  RETURN_IF_EXCEPTION(scope, {});
  auto path = file_url_path(global, utf8_of(url));
  RETURN_IF_EXCEPTION(scope, {});
  return JSValue::encode(js_text(global->vm(), *path));
}

JSC_DEFINE_HOST_FUNCTION(url_to_string, (JSGlobalObject * global, CallFrame* frame)) {
  return JSValue::encode(property(global, frame->thisValue(), "href"_s));
}

JSC_DEFINE_HOST_FUNCTION(path_to_file_url, (JSGlobalObject * global, CallFrame* frame)) {
  VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  auto path = path_of(global, frame->argument(0));
  RETURN_IF_EXCEPTION(scope, {});
  std::string absolute = resolve_path({&*path, 1});
  if (path->ends_with('/') && absolute != "/") absolute += '/';
  std::string name;
  for (char c : absolute) {
    if (isASCIIAlphanumeric(c) || std::string_view("/-_.!*'()$&+,:;=@").find(c) != std::string_view::npos) {
      name.push_back(c);
    } else {
      char escaped[4];
      std::snprintf(escaped, sizeof escaped, "%%%02X", static_cast<unsigned char>(c));
      name += escaped;
    }
  }
  JSObject* url = constructEmptyObject(global);
  define(global, url, "href"_s, js_text(vm, "file://" + name));
  define(global, url, "protocol"_s, js_text(vm, "file:"));
  define(global, url, "pathname"_s, js_text(vm, name));
  define(global, url, {{"toString"_s, 0, url_to_string, hidden}, {"toJSON"_s, 0, url_to_string, hidden}});
  return JSValue::encode(url);
}

JSObject* make_url(host_state& state) {
  JSObject* url = constructEmptyObject(state.global);
  define(state.global, url, {{"fileURLToPath"_s, 1, file_url_to_path}, {"pathToFileURL"_s, 1, path_to_file_url}});
  define_url_records(state.global, url);
  return url;
}

}  // namespace bmes::jsc
