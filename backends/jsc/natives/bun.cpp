// The global Bun and the module "bun": files, as the programs of this cache's first description use them.
#include "prelude.hpp"

#include "system.hpp"

#include <JavaScriptCore/GetterSetter.h>
#include <fcntl.h>
#include <sys/stat.h>

namespace bmes::jsc {

using namespace JSC;

namespace {

enum class shape { text, json, bytes, buffer };

EncodedJSValue read_as(JSGlobalObject* global, CallFrame* frame, shape wanted) {
  VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  auto finish = [&](JSValue value) { return JSValue::encode(scope.exception() ? rejected(global) : resolved(global, value)); };
  auto path = path_of(global, private_value(global, frame->thisValue()));
  if (scope.exception()) return finish({});
  std::vector<std::uint8_t> content;
  if (auto failure = read_file(*path, content)) {
    throw_error(global, make_system_error(global, *failure));
    return finish({});
  }
  if (wanted == shape::bytes) return finish(make_bytes(global, content));
  if (wanted == shape::buffer) {
    auto buffer = ArrayBuffer::tryCreate(content.data(), content.size());
    if (!buffer) {
      throwOutOfMemoryError(global, scope);
      return finish({});
    }
    return finish(JSArrayBuffer::create(vm, global->arrayBufferStructure(ArrayBufferSharingMode::Default), WTFMove(buffer)));
  }
  std::span<const std::uint8_t> rest(content);
  if (rest.size() >= 3 && rest[0] == 0xef && rest[1] == 0xbb && rest[2] == 0xbf) rest = rest.subspan(3);
  String text = from_utf8(rest);
  if (wanted == shape::text) return finish(jsString(vm, text));
  return finish(JSONParseWithException(global, text));
}

JSC_DEFINE_HOST_FUNCTION(file_text, (JSGlobalObject * global, CallFrame* frame)) { return read_as(global, frame, shape::text); }
JSC_DEFINE_HOST_FUNCTION(file_json, (JSGlobalObject * global, CallFrame* frame)) { return read_as(global, frame, shape::json); }
JSC_DEFINE_HOST_FUNCTION(file_bytes, (JSGlobalObject * global, CallFrame* frame)) { return read_as(global, frame, shape::bytes); }
JSC_DEFINE_HOST_FUNCTION(file_array_buffer, (JSGlobalObject * global, CallFrame* frame)) { return read_as(global, frame, shape::buffer); }

/// -1: there's no such file.
double size_of(JSGlobalObject* global, JSValue file) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  auto path = path_of(global, private_value(global, file));
  RETURN_IF_EXCEPTION(scope, -1);
  struct stat status{};
  return ::stat(path->c_str(), &status) == 0 && S_ISREG(status.st_mode) ? static_cast<double>(status.st_size) : -1;
}

JSC_DEFINE_HOST_FUNCTION(file_exists, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  double size = size_of(global, frame->thisValue());
  RETURN_IF_EXCEPTION(scope, JSValue::encode(rejected(global)));
  return JSValue::encode(resolved(global, jsBoolean(size >= 0)));
}

JSC_DEFINE_HOST_FUNCTION(file_size, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  double size = size_of(global, frame->thisValue());
  RETURN_IF_EXCEPTION(scope, {});
  return JSValue::encode(jsNumber(std::max(0.0, size)));
}

JSC_DEFINE_HOST_FUNCTION(bun_file, (JSGlobalObject * global, CallFrame* frame)) {
  VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  auto path = path_of(global, frame->argument(0));
  RETURN_IF_EXCEPTION(scope, {});
  JSObject* file = constructEmptyObject(global);
  JSString* name = js_text(vm, *path);
  set_private_value(global, file, name);
  define(global, file, "name"_s, name);
  define(global, file,
         {{"text"_s, 0, file_text, hidden},
          {"json"_s, 0, file_json, hidden},
          {"bytes"_s, 0, file_bytes, hidden},
          {"arrayBuffer"_s, 0, file_array_buffer, hidden},
          {"exists"_s, 0, file_exists, hidden}});
  auto* getter = make_function(global, "size"_s, 0, file_size);
  file->putDirectAccessor(global, Identifier::fromString(vm, "size"_s), GetterSetter::create(vm, global, getter, nullptr),
                          static_cast<unsigned>(PropertyAttribute::Accessor));
  return JSValue::encode(file);
}

JSC_DEFINE_HOST_FUNCTION(bun_write, (JSGlobalObject * global, CallFrame* frame)) {
  VM& vm = global->vm();
  auto scope = DECLARE_CATCH_SCOPE(vm);
  JSValue destination = private_value(global, frame->argument(0));
  std::string storage;
  std::optional<std::span<const std::uint8_t>> content;
  auto path = path_of(global, destination.isUndefined() ? frame->argument(0) : destination);
  if (!scope.exception()) content = content_of(global, frame->argument(1), storage);
  if (scope.exception()) return JSValue::encode(rejected(global));
  auto flags = O_TRUNC;
  auto failure = write_file(*path, *content, flags, 0666);
  if (failure && failure->number == ENOENT) {
    // Unlike Node, Bun makes the folders that are missing.
    std::string first;
    auto slash = path->rfind('/');
    if (slash != std::string::npos && slash && !make_directories(path->substr(0, slash), 0777, first))
      failure = write_file(*path, *content, flags, 0666);
  }
  if (failure) {
    throw_error(global, make_system_error(global, *failure));
    return JSValue::encode(rejected(global));
  }
  return JSValue::encode(resolved(global, jsNumber(content->size())));
}

JSC_DEFINE_HOST_FUNCTION(bun_nanoseconds, (JSGlobalObject * global, CallFrame*)) {
  auto elapsed = std::chrono::steady_clock::now() - state_of(global).process.started;
  return JSValue::encode(jsNumber(static_cast<double>(std::chrono::nanoseconds(elapsed).count())));
}

}  // namespace

JSObject* make_bun(host_state& state) {
  auto* global = state.global;
  JSObject* process = module_object(state, module_name::process);
  JSObject* bun = constructEmptyObject(global);
  define(global, bun, {{"write"_s, 2, bun_write}, {"file"_s, 1, bun_file}, {"nanoseconds"_s, 0, bun_nanoseconds}});
  define(global, bun, "argv"_s, property(global, process, "argv"_s));
  define(global, bun, "env"_s, property(global, process, "env"_s));
  JSObject* module = constructEmptyObject(global);
  for (auto name : {"write"_s, "file"_s, "nanoseconds"_s, "argv"_s, "env"_s}) define(global, module, name, property(global, bun, name));
  define(global, module, "Bun"_s, bun);
  return module;
}

}  // namespace bmes::jsc
