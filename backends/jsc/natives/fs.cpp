// The module "fs": the synchronous half of it, and "fs/promises" made of that.
#include "prelude.hpp"

#include "stat.hpp"
#include "system.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>

namespace bmes::jsc {

using namespace JSC;

namespace {

EncodedJSValue fail(JSGlobalObject* global, const system_failure& failure) { return throw_error(global, make_system_error(global, failure)); }
EncodedJSValue fail(JSGlobalObject* global, const char* call, std::string path) { return fail(global, {errno, call, std::move(path), {}}); }
EncodedJSValue nothing() { return JSValue::encode(jsUndefined()); }

/// A member of an options object; undefined if there is none. Options may also be the encoding itself.
JSValue option(JSGlobalObject* global, JSValue options, ASCIILiteral name) {
  return options.isObject() ? property(global, options, name) : jsUndefined();
}

enum class encoding { bytes, utf8, latin1 };

std::optional<encoding> encoding_of(JSGlobalObject* global, JSValue options) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  JSValue name = options.isString() ? options : option(global, options, "encoding"_s);
  RETURN_IF_EXCEPTION(scope, std::nullopt);
  if (name.isUndefinedOrNull()) return encoding::bytes;
  String text = name.toWTFString(global).convertToASCIILowercase();
  RETURN_IF_EXCEPTION(scope, std::nullopt);
  if (text == "utf8"_s || text == "utf-8"_s) return encoding::utf8;
  if (text == "latin1"_s || text == "binary"_s || text == "ascii"_s) return encoding::latin1;
  if (text == "buffer"_s) return encoding::bytes;
  throw_type_error(global, makeString("The argument 'encoding' is invalid encoding. Received '"_s, text, '\''), "ERR_INVALID_ARG_VALUE"_s);
  return std::nullopt;
}

JSC_DEFINE_HOST_FUNCTION(read_file_sync, (JSGlobalObject * global, CallFrame* frame)) {
  VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  auto as = encoding_of(global, frame->argument(1));
  RETURN_IF_EXCEPTION(scope, {});
  std::vector<std::uint8_t> content;
  std::optional<system_failure> failure;
  if (frame->argument(0).isInt32()) {
    failure = read_descriptor(frame->argument(0).asInt32(), content);
  } else {
    auto path = path_of(global, frame->argument(0));
    RETURN_IF_EXCEPTION(scope, {});
    failure = read_file(*path, content);
  }
  if (failure) return fail(global, *failure);
  if (*as == encoding::bytes) RELEASE_AND_RETURN(scope, JSValue::encode(make_buffer_of(global, content)));
  if (content.size() > String::MaxLength)
    return throw_error(global, createRangeError(global, "Cannot create a string longer than 0x7fffffff characters"_s));
  if (*as == encoding::latin1) return JSValue::encode(jsString(vm, String(content.data(), static_cast<unsigned>(content.size()))));
  return JSValue::encode(jsString(vm, from_utf8(content)));
}

/// `base`: what the function does unless the options name a flag.
EncodedJSValue write_with(JSGlobalObject* global, CallFrame* frame, int base) {
  disk_changes(global);
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  std::string storage;
  auto content = content_of(global, frame->argument(1), storage);
  RETURN_IF_EXCEPTION(scope, {});
  JSValue flag = option(global, frame->argument(2), "flag"_s);
  RETURN_IF_EXCEPTION(scope, {});
  if (flag.isString()) {
    String text = asString(flag)->value(global);
    RETURN_IF_EXCEPTION(scope, {});
    base = text.startsWith('a') ? O_APPEND : text == "r+"_s ? 0 : O_TRUNC;
    if (text.contains('x')) base |= O_EXCL;
  }
  JSValue mode = option(global, frame->argument(2), "mode"_s);
  RETURN_IF_EXCEPTION(scope, {});
  auto path = path_of(global, frame->argument(0));
  RETURN_IF_EXCEPTION(scope, {});
  if (storage.empty()) content = bytes_of(frame->argument(1)).value_or(*content);  // the getters above may have detached it
  auto failure = write_file(*path, *content, base, mode.isInt32() ? static_cast<unsigned>(mode.asInt32()) : 0666);
  return failure ? fail(global, *failure) : nothing();
}

JSC_DEFINE_HOST_FUNCTION(write_file_sync, (JSGlobalObject * global, CallFrame* frame)) { return write_with(global, frame, O_TRUNC); }
JSC_DEFINE_HOST_FUNCTION(append_file_sync, (JSGlobalObject * global, CallFrame* frame)) { return write_with(global, frame, O_APPEND); }

JSC_DEFINE_HOST_FUNCTION(exists_sync, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_CATCH_SCOPE(global->vm());
  auto path = path_of(global, frame->argument(0));
  // Of what is no path, nothing exists.
  if (scope.exception()) {
    if (!global->vm().hasPendingTerminationException()) scope.clearException();
    return JSValue::encode(jsBoolean(false));
  }
  return JSValue::encode(jsBoolean(::access(path->c_str(), F_OK) == 0));
}

JSC_DEFINE_HOST_FUNCTION(access_sync, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  auto path = path_of(global, frame->argument(0));
  RETURN_IF_EXCEPTION(scope, {});
  int mode = frame->argument(1).isInt32() ? frame->argument(1).asInt32() : F_OK;
  return ::access(path->c_str(), mode) == 0 ? nothing() : fail(global, "access", *path);
}

JSC_DEFINE_HOST_FUNCTION(mkdir_sync, (JSGlobalObject * global, CallFrame* frame)) {
  disk_changes(global);
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  auto path = path_of(global, frame->argument(0));
  RETURN_IF_EXCEPTION(scope, {});
  JSValue recursive = option(global, frame->argument(1), "recursive"_s);
  RETURN_IF_EXCEPTION(scope, {});
  if (!recursive.toBoolean(global)) return ::mkdir(path->c_str(), 0777) == 0 ? nothing() : fail(global, "mkdir", *path);
  std::string first;
  if (auto failure = make_directories(*path, 0777, first)) return fail(global, *failure);
  return first.empty() ? nothing() : JSValue::encode(js_text(global->vm(), first));
}

JSC_DEFINE_HOST_FUNCTION(rm_sync, (JSGlobalObject * global, CallFrame* frame)) {
  disk_changes(global);
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  auto path = path_of(global, frame->argument(0));
  RETURN_IF_EXCEPTION(scope, {});
  JSValue recursive = option(global, frame->argument(1), "recursive"_s);
  RETURN_IF_EXCEPTION(scope, {});
  JSValue force = option(global, frame->argument(1), "force"_s);
  RETURN_IF_EXCEPTION(scope, {});
  std::optional<system_failure> failure;
  if (recursive.toBoolean(global))
    failure = remove_tree(*path);
  else if (::unlink(path->c_str()) != 0)
    failure = {errno, errno == ENOENT ? "lstat" : "rm", *path, {}};
  if (failure && !(failure->number == ENOENT && force.toBoolean(global))) return fail(global, *failure);
  return nothing();
}

JSC_DEFINE_HOST_FUNCTION(rmdir_sync, (JSGlobalObject * global, CallFrame* frame)) {
  disk_changes(global);
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  auto path = path_of(global, frame->argument(0));
  RETURN_IF_EXCEPTION(scope, {});
  return ::rmdir(path->c_str()) == 0 ? nothing() : fail(global, "rmdir", *path);
}

JSC_DEFINE_HOST_FUNCTION(unlink_sync, (JSGlobalObject * global, CallFrame* frame)) {
  disk_changes(global);
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  auto path = path_of(global, frame->argument(0));
  RETURN_IF_EXCEPTION(scope, {});
  return ::unlink(path->c_str()) == 0 ? nothing() : fail(global, "unlink", *path);
}

JSC_DEFINE_HOST_FUNCTION(rename_sync, (JSGlobalObject * global, CallFrame* frame)) {
  disk_changes(global);
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  auto from = path_of(global, frame->argument(0));
  RETURN_IF_EXCEPTION(scope, {});
  auto to = path_of(global, frame->argument(1));
  RETURN_IF_EXCEPTION(scope, {});
  return ::rename(from->c_str(), to->c_str()) == 0 ? nothing() : fail(global, {errno, "rename", *from, *to});
}

JSC_DEFINE_HOST_FUNCTION(realpath_sync, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  auto path = path_of(global, frame->argument(0));
  RETURN_IF_EXCEPTION(scope, {});
  char real[PATH_MAX];
  if (!::realpath(path->c_str(), real)) return fail(global, "lstat", *path);
  return JSValue::encode(js_text(global->vm(), real));
}

JSC_DEFINE_HOST_FUNCTION(readdir_sync, (JSGlobalObject * global, CallFrame* frame)) {
  VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  auto path = path_of(global, frame->argument(0));
  RETURN_IF_EXCEPTION(scope, {});
  JSValue typed = option(global, frame->argument(1), "withFileTypes"_s);
  RETURN_IF_EXCEPTION(scope, {});
  DIR* directory = ::opendir(path->c_str());
  if (!directory) return fail(global, "scandir", *path);
  std::vector<std::pair<std::string, mode_t>> entries;
  while (dirent* entry = ::readdir(directory)) {
    std::string_view name = entry->d_name;
    if (name != "." && name != "..") entries.emplace_back(name, DTTOIF(entry->d_type));
  }
  ::closedir(directory);
  std::sort(entries.begin(), entries.end());
  MarkedArgumentBuffer list;
  for (auto& [name, mode] : entries) {
    if (typed.toBoolean(global)) {
      JSObject* entry = make_file_type(global, mode);
      define(global, entry, "name"_s, js_text(vm, name));
      define(global, entry, "parentPath"_s, js_text(vm, *path));
      list.append(entry);
    } else {
      list.append(js_text(vm, name));
    }
  }
  RELEASE_AND_RETURN(scope, JSValue::encode(constructArray(global, static_cast<ArrayAllocationProfile*>(nullptr), list)));
}

template <EncodedJSValue (*Function)(JSGlobalObject*, CallFrame*)>
EncodedJSValue as_promise(JSGlobalObject* global, CallFrame* frame) {
  auto scope = DECLARE_CATCH_SCOPE(global->vm());
  JSValue result = JSValue::decode(Function(global, frame));
  if (scope.exception()) return JSValue::encode(rejected(global));
  return JSValue::encode(resolved(global, result));
}

}  // namespace

JSObject* make_fs(host_state& state) {
  auto* global = state.global;
  JSObject* fs = constructEmptyObject(global, global->objectPrototype(), 20);
  define(global, fs,
         {{"readFileSync"_s, 2, read_file_sync},
          {"writeFileSync"_s, 3, write_file_sync},
          {"appendFileSync"_s, 3, append_file_sync},
          {"existsSync"_s, 1, exists_sync},
          {"accessSync"_s, 2, access_sync},
          {"mkdirSync"_s, 2, mkdir_sync},
          {"rmSync"_s, 2, rm_sync},
          {"rmdirSync"_s, 1, rmdir_sync},
          {"unlinkSync"_s, 1, unlink_sync},
          {"renameSync"_s, 2, rename_sync},
          {"realpathSync"_s, 1, realpath_sync},
          {"readdirSync"_s, 2, readdir_sync},
          {"statSync"_s, 2, stat_sync},
          {"lstatSync"_s, 2, lstat_sync}});
  define(global, fs, "promises"_s, module_object(state, module_name::fs_promises));
  return fs;
}

JSObject* make_fs_promises(host_state& state) {
  auto* global = state.global;
  JSObject* fs = constructEmptyObject(global, global->objectPrototype(), 16);
  define(global, fs,
         {{"readFile"_s, 2, as_promise<read_file_sync>},
          {"writeFile"_s, 3, as_promise<write_file_sync>},
          {"appendFile"_s, 3, as_promise<append_file_sync>},
          {"access"_s, 2, as_promise<access_sync>},
          {"mkdir"_s, 2, as_promise<mkdir_sync>},
          {"rm"_s, 2, as_promise<rm_sync>},
          {"unlink"_s, 1, as_promise<unlink_sync>},
          {"rename"_s, 2, as_promise<rename_sync>},
          {"realpath"_s, 1, as_promise<realpath_sync>},
          {"readdir"_s, 2, as_promise<readdir_sync>},
          {"stat"_s, 2, as_promise<stat_sync>},
          {"lstat"_s, 2, as_promise<lstat_sync>}});
  return fs;
}

}  // namespace bmes::jsc
