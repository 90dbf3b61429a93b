#include "prelude.hpp"

#include "stat.hpp"
#include "system.hpp"

#include <sys/stat.h>
#include <cerrno>

namespace bmes::jsc {

using namespace JSC;

namespace {

EncodedJSValue is_type(JSGlobalObject* global, CallFrame* frame, mode_t type) {
  JSValue mode = private_value(global, frame->thisValue());
  return JSValue::encode(jsBoolean(mode.isInt32() && (static_cast<mode_t>(mode.asInt32()) & S_IFMT) == type));
}

JSC_DEFINE_HOST_FUNCTION(is_file, (JSGlobalObject * global, CallFrame* frame)) { return is_type(global, frame, S_IFREG); }
JSC_DEFINE_HOST_FUNCTION(is_directory, (JSGlobalObject * global, CallFrame* frame)) { return is_type(global, frame, S_IFDIR); }
JSC_DEFINE_HOST_FUNCTION(is_symbolic_link, (JSGlobalObject * global, CallFrame* frame)) { return is_type(global, frame, S_IFLNK); }

EncodedJSValue stat_with(JSGlobalObject* global, CallFrame* frame, bool follow) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  auto path = path_of(global, frame->argument(0));
  RETURN_IF_EXCEPTION(scope, {});
  struct stat status{};
  if ((follow ? ::stat(path->c_str(), &status) : ::lstat(path->c_str(), &status)) != 0) {
    int reason = errno;
    JSValue options = frame->argument(1);
    JSValue throws = options.isObject() ? property(global, options, "throwIfNoEntry"_s) : jsUndefined();
    RETURN_IF_EXCEPTION(scope, {});
    if (reason == ENOENT && throws.isFalse()) return JSValue::encode(jsUndefined());
    return throw_error(global, make_system_error(global, {reason, follow ? "stat" : "lstat", *path, {}}));
  }
  JSObject* result = make_file_type(global, status.st_mode);
  auto put = [&](ASCIILiteral name, double value) { define(global, result, name, jsNumber(value)); };
  auto milliseconds = [](const timespec& time) { return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6; };
  put("dev"_s, static_cast<double>(status.st_dev));
  put("mode"_s, status.st_mode);
  put("nlink"_s, static_cast<double>(status.st_nlink));
  put("uid"_s, status.st_uid);
  put("gid"_s, status.st_gid);
  put("ino"_s, static_cast<double>(status.st_ino));
  put("size"_s, static_cast<double>(status.st_size));
  put("atimeMs"_s, milliseconds(status.st_atim));
  put("mtimeMs"_s, milliseconds(status.st_mtim));
  put("ctimeMs"_s, milliseconds(status.st_ctim));
  VM& vm = global->vm();
  define(global, result, "mtime"_s, DateInstance::create(vm, global->dateStructure(), std::floor(milliseconds(status.st_mtim))));
  return JSValue::encode(result);
}

}  // namespace

JSC_DEFINE_HOST_FUNCTION(stat_sync, (JSGlobalObject * global, CallFrame* frame)) { return stat_with(global, frame, true); }
JSC_DEFINE_HOST_FUNCTION(lstat_sync, (JSGlobalObject * global, CallFrame* frame)) { return stat_with(global, frame, false); }

JSObject* make_file_type(JSGlobalObject* global, mode_t mode) {
  JSObject* result = constructEmptyObject(global);
  set_private_value(global, result, jsNumber(static_cast<int>(mode)));
  define(global, result,
         {{"isFile"_s, 0, is_file, hidden}, {"isDirectory"_s, 0, is_directory, hidden}, {"isSymbolicLink"_s, 0, is_symbolic_link, hidden}});
  return result;
}

}  // namespace bmes::jsc
