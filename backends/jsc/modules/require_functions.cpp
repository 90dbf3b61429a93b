#include "prelude.hpp"

#include "modules/erase_types.hpp"
#include "modules/loader.hpp"
#include "modules/require_functions.hpp"
#include "strings.hpp"

#include <JavaScriptCore/JSNativeStdFunction.h>

namespace bmes::jsc {
namespace {

// The modules that Node has, of which this host has some.
constexpr std::string_view node_modules[] = {
    "assert", "assert/strict", "async_hooks", "buffer", "child_process", "cluster", "console", "constants", "crypto", "dgram", "diagnostics_channel",
    "dns", "dns/promises", "domain", "events", "fs", "fs/promises", "http", "http2", "https", "inspector", "inspector/promises", "module", "net", "os",
    "path", "path/posix", "path/win32", "perf_hooks", "process", "punycode", "querystring", "readline", "readline/promises", "repl", "stream",
    "stream/consumers", "stream/promises", "stream/web", "string_decoder", "sys", "timers", "timers/promises", "tls", "trace_events", "tty", "url",
    "util", "util/types", "v8", "vm", "wasi", "worker_threads", "zlib"};

using native = std::function<JSC::EncodedJSValue(JSC::JSGlobalObject*, JSC::CallFrame*)>;

JSC::Identifier named(JSC::VM& vm, WTF::ASCIILiteral text) { return JSC::Identifier::fromString(vm, text); }

JSC::JSObject* function(JSC::JSGlobalObject* global, unsigned length, WTF::ASCIILiteral name, native call) {
  return JSC::JSNativeStdFunction::create(global->vm(), global, length, name, std::move(call));
}

void throw_argument_error(JSC::JSGlobalObject* global, WTF::ASCIILiteral code, const WTF::String& message) {
  JSC::VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  auto* error = JSC::createTypeError(global, message);
  error->putDirect(vm, named(vm, "code"_s), JSC::jsNontrivialString(vm, code));
  JSC::throwException(global, scope, error);
}

// The specifier of a call; nothing with an exception pending.
std::optional<std::string> specifier_of(JSC::JSGlobalObject* global, JSC::JSValue value, WTF::ASCIILiteral argument) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  if (!value.isString()) {
    const auto received = value.isUndefinedOrNull() ? value.toWTFString(global) : WTF::makeString("type "_s, JSC::jsTypeStringForValue(global, value)->tryGetValue());
    throw_argument_error(global, "ERR_INVALID_ARG_TYPE"_s,
                         WTF::makeString("The \""_s, argument, "\" argument must be of type string. Received "_s, received));
    return std::nullopt;
  }
  const auto text = asString(value)->value(global);
  RETURN_IF_EXCEPTION(scope, std::nullopt);
  auto utf8 = to_utf8(text);
  if (!utf8 || utf8->empty()) {
    throw_argument_error(global, "ERR_INVALID_ARG_VALUE"_s,
                         WTF::makeString("The argument '"_s, argument, "' must be a non-empty string. Received '"_s, text, '\''));
    return std::nullopt;
  }
  return utf8;
}

}  // namespace

JSC::JSObject* require_functions::require_of(loader& self, module& m) {
  common_js_module& c = self.common_js_of(m);
  if (c.require) return c.require.get();
  JSC::VM& vm = self.vm_;
  auto* const global = self.global_;
  self.module_class();
  auto* const require = function(global, 1, "require"_s, [&self, &m](JSC::JSGlobalObject*, JSC::CallFrame* call) { return call_require(self, m, call); });
  auto* const resolve = function(global, 2, "resolve"_s, [&self, &m](JSC::JSGlobalObject*, JSC::CallFrame* call) { return call_resolve(self, m, call); });
  resolve->putDirect(vm, named(vm, "paths"_s), function(global, 1, "paths"_s, [&self, &m](JSC::JSGlobalObject*, JSC::CallFrame*) {
                       const auto key = to_wtf(m.key);
                       return JSC::JSValue::encode(module_paths(self, key.left(key.reverseFind('/'))));
                     }));
  require->putDirect(vm, named(vm, "resolve"_s), resolve);
  JSC::JSValue main = JSC::jsUndefined();
  if (self.entry_ && self.entry_->common_js && self.entry_->common_js->current) main = self.entry_->common_js->current.get();
  require->putDirect(vm, named(vm, "main"_s), main);
  require->putDirect(vm, named(vm, "cache"_s), self.require_cache_.get());
  c.require.set(vm, require);
  return require;
}

JSC::EncodedJSValue require_functions::call_require(loader& self, module& from, JSC::CallFrame* call) {
  auto scope = DECLARE_THROW_SCOPE(self.vm_);
  const auto specifier = specifier_of(self.global_, call->argument(0), "id"_s);
  RETURN_IF_EXCEPTION(scope, {});
  RELEASE_AND_RETURN(scope, JSC::JSValue::encode(self.require(from, *specifier)));
}

JSC::EncodedJSValue require_functions::call_resolve(loader& self, module& from, JSC::CallFrame* call) {
  JSC::VM& vm = self.vm_;
  auto* const global = self.global_;
  auto scope = DECLARE_THROW_SCOPE(vm);
  const auto specifier = specifier_of(global, call->argument(0), "request"_s);
  RETURN_IF_EXCEPTION(scope, {});
  const JSC::JSValue options = call->argument(1);
  JSC::JSValue paths = options.isObject() ? options.get(global, named(vm, "paths"_s)) : JSC::JSValue(JSC::jsUndefined());
  RETURN_IF_EXCEPTION(scope, {});
  if (paths.isObject()) {
    // As from a file in each of these folders.
    auto* const list = asObject(paths);
    std::vector<std::string> folders;
    JSC::forEachInArrayLike(global, list, [&](JSC::JSValue each) {
      if (each.isString())
        if (auto folder = to_utf8(asString(each)->value(global))) folders.push_back(std::move(*folder));
      return true;
    });
    RETURN_IF_EXCEPTION(scope, {});
    for (const std::string& folder : folders) {
      const std::string place = folder + "/[require.resolve]";
      self.modules_.new_turn();
      auto answer = self.modules_.resolve({*specifier, place, true});
      if (!answer.error) return JSC::JSValue::encode(JSC::jsString(vm, to_wtf(answer.url)));
    }
    self.throw_require_error(from, {"MODULE_NOT_FOUND", "Cannot find module '" + *specifier + "'"});
    return {};
  }
  module* const to = self.required(from, *specifier);
  RETURN_IF_EXCEPTION(scope, {});
  return JSC::JSValue::encode(JSC::jsString(vm, to_wtf(to->is_builtin() ? std::string_view(*specifier) : to->key)));
}

JSC::JSObject* require_functions::resolve_of_import_meta(loader& self, const WTF::String& key) {
  return function(self.global_, 1, "resolve"_s, [&self, key](JSC::JSGlobalObject* global, JSC::CallFrame* call) -> JSC::EncodedJSValue {
    JSC::VM& vm = self.vm_;
    auto scope = DECLARE_THROW_SCOPE(vm);
    const auto asked = call->argument(0).toWTFString(global);
    RETURN_IF_EXCEPTION(scope, {});
    const std::string specifier = to_utf8(asked).value_or("");
    const auto text = [&](const WTF::String& of) { return JSC::JSValue::encode(JSC::jsString(vm, of)); };
    const auto builtin_url = [](std::string_view name) { return to_wtf("node:" + std::string(name)); };
    if (const auto name = host::canonical_name(specifier); !name.empty()) return text(builtin_url(name));
    self.modules_.new_turn();
    const auto answer = self.modules_.resolve({specifier, to_utf8(key).value_or(""), false});
    if (!answer.error) {
      const auto name = host::canonical_name(answer.url);
      return text(name.empty() ? url_of_key(to_wtf(answer.url)).string() : builtin_url(name));
    }
    // Whether there is anything where a URL or a path leads is not asked.
    if (const WTF::URL absolute{asked}; absolute.isValid()) return text(absolute.string());
    if (specifier.starts_with("./") || specifier.starts_with("../") || specifier.starts_with('/'))
      if (const WTF::URL relative(url_of_key(key), asked); relative.isValid()) return text(relative.string());
    self.throw_error(answer.error);
    return {};
  });
}

JSC::JSArray* require_functions::module_paths(loader& self, const WTF::String& folder) {
  JSC::MarkedArgumentBuffer out;
  for (WTF::String at = folder;; at = at.left(at.reverseFind('/'))) {
    if (!at.endsWith("/node_modules"_s)) out.append(JSC::jsString(self.vm_, WTF::makeString(at == "/"_s ? WTF::String() : at, "/node_modules"_s)));
    if (at.isEmpty() || at.reverseFind('/') == WTF::notFound) break;
  }
  return JSC::constructArray(self.global_, static_cast<JSC::ArrayAllocationProfile*>(nullptr), out);
}

JSC::JSArray* require_functions::builtin_names(loader& self) {
  JSC::MarkedArgumentBuffer out;
  for (const std::string_view name : node_modules)
    if (!host::canonical_name(name).empty()) out.append(JSC::jsString(self.vm_, to_wtf(name)));
  return JSC::constructArray(self.global_, static_cast<JSC::ArrayAllocationProfile*>(nullptr), out);
}

JSC::EncodedJSValue require_functions::create_require(loader& self, JSC::CallFrame* call) {
  JSC::VM& vm = self.vm_;
  auto* const global = self.global_;
  auto scope = DECLARE_THROW_SCOPE(vm);
  // A path or a file: URL, as a text or as an object.
  const auto text = call->argument(0).toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  auto key = text.startsWith("file:"_s) ? WTF::URL(text).fileSystemPath() : text;
  const auto utf8 = to_utf8(key);
  if (!utf8 || !utf8->starts_with('/')) {
    throw_argument_error(global, "ERR_INVALID_ARG_VALUE"_s,
                         WTF::makeString("The argument 'filename' must be a file URL object, file URL string, or absolute path string. Received '"_s, text, '\''));
    return {};
  }
  // Nothing but a place to resolve from: it is no module of the program, and has no edges that could be kept.
  auto& [path, place] = self.require_places_.emplace_back();
  path = *utf8;
  place.key = path;
  place.kind = module::kind_type::common_js;
  return JSC::JSValue::encode(require_of(self, place));
}

JSC::JSObject* require_functions::make_class(loader& self) {
  JSC::VM& vm = self.vm_;
  auto* const global = self.global_;
  constexpr auto hidden = static_cast<unsigned>(JSC::PropertyAttribute::DontEnum);
  self.require_cache_.set(vm, JSC::constructEmptyObject(vm, global->nullPrototypeObjectStructure()));
  auto* const prototype = JSC::constructEmptyObject(global);
  self.module_prototype_.set(vm, prototype);
  auto* const made = function(global, 1, "Module"_s, [&self](JSC::JSGlobalObject* asked, JSC::CallFrame* call) -> JSC::EncodedJSValue {
    JSC::VM& engine = asked->vm();
    auto scope = DECLARE_THROW_SCOPE(engine);
    auto* const object = JSC::constructEmptyObject(asked, self.module_prototype_.get());
    const JSC::JSValue id = call->argument(0);
    object->putDirect(engine, named(engine, "id"_s), id.isUndefined() ? JSC::JSValue(JSC::jsEmptyString(engine)) : id);
    object->putDirect(engine, named(engine, "exports"_s), JSC::constructEmptyObject(asked));
    object->putDirect(engine, named(engine, "loaded"_s), JSC::jsBoolean(false));
    object->putDirect(engine, named(engine, "children"_s), JSC::constructEmptyArray(asked, nullptr));
    RETURN_IF_EXCEPTION(scope, {});
    return JSC::JSValue::encode(object);
  });
  made->putDirect(vm, vm.propertyNames->prototype, prototype, hidden);
  prototype->putDirect(vm, vm.propertyNames->constructor, made, hidden);
  // `module.require(id)`: `this` says whose.
  prototype->putDirect(vm, named(vm, "require"_s), function(global, 1, "require"_s, [&self](JSC::JSGlobalObject* asked, JSC::CallFrame* call) -> JSC::EncodedJSValue {
                         auto scope = DECLARE_THROW_SCOPE(self.vm_);
                         const JSC::JSValue name = call->thisValue().get(asked, named(self.vm_, "filename"_s));
                         RETURN_IF_EXCEPTION(scope, {});
                         const auto key = name.isString() ? to_utf8(asString(name)->value(asked)) : std::nullopt;
                         if (!key) {
                           throw_argument_error(asked, "ERR_INVALID_THIS"_s, "Value of \"this\" must be of type Module"_s);
                           return {};
                         }
                         RELEASE_AND_RETURN(scope, call_require(self, self.module_of(*key), call));
                       }),
                       hidden);
  made->putDirect(vm, named(vm, "Module"_s), made);
  made->putDirect(vm, named(vm, "_cache"_s), self.require_cache_.get());
  made->putDirect(vm, named(vm, "builtinModules"_s), builtin_names(self));
  made->putDirect(vm, named(vm, "createRequire"_s),
                  function(global, 1, "createRequire"_s, [&self](JSC::JSGlobalObject*, JSC::CallFrame* call) { return create_require(self, call); }));
  made->putDirect(vm, named(vm, "isBuiltin"_s), function(global, 1, "isBuiltin"_s, [](JSC::JSGlobalObject* asked, JSC::CallFrame* call) {
                    const JSC::JSValue name = call->argument(0);
                    const auto utf8 = name.isString() ? to_utf8(asString(name)->value(asked)) : std::nullopt;
                    return JSC::JSValue::encode(JSC::jsBoolean(utf8 && !host::canonical_name(*utf8).empty()));
                  }));
  made->putDirect(vm, named(vm, "stripTypeScriptTypes"_s), make_strip_function(global));
  made->putDirect(vm, named(vm, "_nodeModulePaths"_s), function(global, 1, "_nodeModulePaths"_s, [&self](JSC::JSGlobalObject* asked, JSC::CallFrame* call) -> JSC::EncodedJSValue {
                    auto scope = DECLARE_THROW_SCOPE(self.vm_);
                    const auto folder = call->argument(0).toWTFString(asked);
                    RETURN_IF_EXCEPTION(scope, {});
                    return JSC::JSValue::encode(module_paths(self, folder));
                  }));
  return made;
}

JSC::JSObject* loader::module_class() {
  if (!module_class_) module_class_.set(vm_, require_functions::make_class(*this));
  return module_class_.get();
}

}  // namespace bmes::jsc
