// process.stdout and process.stderr: writes are done when write() returns, so there is nothing to wait for.
#include "prelude.hpp"

#include "output.hpp"
#include "process.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

namespace bmes::jsc {

using namespace JSC;

namespace {

EncodedJSValue write(JSGlobalObject* global, CallFrame* frame, int descriptor) {
  VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  JSValue data = frame->argument(0);
  if (auto bytes = bytes_of(data)) {
    write_all(descriptor, {reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  } else if (data.isString()) {
    String text = asString(data)->value(global);
    RETURN_IF_EXCEPTION(scope, {});
    write_all(descriptor, utf8_of(text));
  } else if (!data.isUndefined()) {
    return throw_type_error(global, "The \"chunk\" argument must be of type string or an instance of Uint8Array."_s, "ERR_INVALID_ARG_TYPE"_s);
  }
  // The callback is the last argument, after an optional encoding.
  for (std::size_t i = 1; i < frame->argumentCount(); i++) {
    JSValue callback = frame->uncheckedArgument(i);
    if (callback.isCallable()) state_of(global).process.ticks.push_back({Strong<Unknown>(vm, callback)});
  }
  return JSValue::encode(jsBoolean(true));
}

JSC_DEFINE_HOST_FUNCTION(write_stdout, (JSGlobalObject * global, CallFrame* frame)) { return write(global, frame, STDOUT_FILENO); }
JSC_DEFINE_HOST_FUNCTION(write_stderr, (JSGlobalObject * global, CallFrame* frame)) { return write(global, frame, STDERR_FILENO); }
JSC_DEFINE_HOST_FUNCTION(return_this, (JSGlobalObject*, CallFrame* frame)) { return JSValue::encode(frame->thisValue()); }

}  // namespace

JSObject* make_stream(JSGlobalObject* global, int descriptor) {
  JSObject* stream = constructEmptyObject(global);
  auto write_to = descriptor == STDOUT_FILENO ? write_stdout : write_stderr;
  define(global, stream, "fd"_s, jsNumber(descriptor));
  define(global, stream, "writable"_s, jsBoolean(true));
  // Its events (drain, error, finish) never happen.
  define(global, stream,
         {{"write"_s, 1, write_to},
          {"end"_s, 1, write_to},
          {"on"_s, 2, return_this},
          {"once"_s, 2, return_this},
          {"off"_s, 2, return_this},
          {"removeListener"_s, 2, return_this}});
  if (::isatty(descriptor)) {
    define(global, stream, "isTTY"_s, jsBoolean(true));
    winsize size{};
    if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col) {
      define(global, stream, "columns"_s, jsNumber(size.ws_col));
      define(global, stream, "rows"_s, jsNumber(size.ws_row));
    }
  }
  return stream;
}

}  // namespace bmes::jsc
