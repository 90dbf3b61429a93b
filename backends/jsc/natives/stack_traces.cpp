// error.stack as programs written for Node expect it: "Error: message", then a line "    at function (file:line:column)" per frame.
#include "prelude.hpp"

#include "code/provider.hpp"
#include "native.hpp"

#include <wtf/URL.h>

namespace bmes::jsc {

using namespace JSC;

#if USE(BUN_JSC_ADDITIONS)

namespace {

void append_frame(StringBuilder& out, VM& vm, const StackFrame& frame, const String& url, unsigned line, unsigned column) {
  String name = frame.functionName(vm);
  bool named = !name.isEmpty() && name != "module code"_s && name != "global code"_s && name != "eval code"_s;
  out.append("\n    at "_s);
  if (named) out.append(name, " ("_s);
  out.append(url, ':', line, ':', column);
  if (named) out.append(')');
}

/// The name that its classes give it, as far as looking for it runs nothing.
String name_of(VM& vm, ErrorInstance& error) {
  for (JSObject* at = &error; at && !at->inherits<ProxyObject>();) {
    if (JSValue name = at->getDirect(vm, vm.propertyNames->name); name && name.isString()) return asString(name)->tryGetValue();
    JSValue next = at->getPrototypeDirect();
    at = next.isObject() ? asObject(next) : nullptr;
  }
  return error.sanitizedNameString(error.globalObject());
}

/// Called when somebody first asks for the stack, or (without an error, and nothing may be allocated on the heap) by the collector.
String compute(VM& vm, Vector<StackFrame>& frames, unsigned& line, unsigned& column, String& source_url, JSObject* error) {
  StringBuilder out;
  auto* instance = error ? jsDynamicCast<ErrorInstance*>(error) : nullptr;
  if (instance) {
    auto* global = instance->globalObject();
    String name = name_of(vm, *instance);
    String message = instance->sanitizedMessageString(global);
    out.append(name);
    if (!name.isEmpty() && !message.isEmpty()) out.append(": "_s);
    out.append(message);
  }
  bool first = true;
  StringBuilder native;
  for (auto& frame : frames) {
    String url = frame.sourceURL(vm);
    if (!frame.hasLineAndColumnInfo() || url.isEmpty() || url == "[native code]"_s) {
      // Shown only between frames of the program: what comes below them is the engine's way of starting modules and jobs.
      String name = frame.functionName(vm);
      if (!first && !name.isEmpty()) native.append("\n    at "_s, name, " (native)"_s);
      continue;
    }
    out.append(native.toString());
    native.clear();
    unsigned frame_line = 0, frame_column = 0;
    frame.computeLineAndColumn(frame_line, frame_column);
    if (auto* provider = frame.codeBlock()->source().provider()) frame_column = column_in_file(*provider, frame_line, frame_column);
    if (first) {
      line = frame_line;
      column = frame_column;
      source_url = url;
      first = false;
    }
    append_frame(out, vm, frame, url, frame_line, frame_column);
  }
  return instance ? out.toString() : out.toString().substring(1);
}

}  // namespace

void install_stack_traces(VM& vm) { vm.setOnComputeErrorInfo(compute); }

#else

// Other builds of JavaScriptCore have no such hook: stacks look as in Safari.
void install_stack_traces(VM&) {}

#endif

}  // namespace bmes::jsc
