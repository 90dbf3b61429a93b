// Errors: the stack, whose first line is made to name the class, without what the cause's stack repeats.
#include "prelude.hpp"

#include "inspector.hpp"

namespace bmes::jsc {

using namespace JSC;

namespace {

/// Where a run of more than three equal frames begins in `a`, and how many of them `b` has too.
std::pair<std::size_t, std::size_t> shared_frames(const Vector<String>& a, const Vector<String>& b) {
  for (std::size_t i = 0; i + 3 < a.size(); i++) {
    auto at = b.find(a[i]);
    if (at == notFound || b.size() - at <= 3) continue;
    std::size_t count = 1;
    while (i + count < a.size() && at + count < b.size() && a[i + count] == b[at + count]) count++;
    if (count > 3) return {i, count};
  }
  return {0, 0};
}

/// "RangeError" of "RangeError: no": all there is to go by without a prototype.
String leading_name(const String& stack) {
  unsigned end = 0;
  while (end < stack.length() && stack[end] != ':' && stack[end] != '\n') end++;
  return stack.left(end);
}

}  // namespace

String inspector::error_text(view& v) {
  auto& names = *vm_.propertyNames;
  JSObject* error = v.object;
  JSValue named = get(error, names.name);
  String name = named.isUndefinedOrNull() ? String("Error"_s) : text_of(named);
  String message = get_text(error, names.message);
  String header = message.isEmpty() ? name : name.isEmpty() ? message : makeString(name, ": "_s, message);
  auto stack_of = [&](JSObject* of) { return get_text(of, names.stack); };
  String stack = stack_of(error);
  if (stack.isEmpty()) stack = header;
  // An error that was collected halfway has frames only.
  if (stack.startsWith("    at "_s)) stack = makeString(header, '\n', stack);

  v.keys.removeAllMatching([&](const Identifier& key) {
    if (key != names.name && key != names.message && key != names.stack) return false;
    JSValue shown = get(error, key);
    return !shown.isString() || stack.contains(text_of(shown));
  });
  auto show_too = [&](const Identifier& key) {
    if (!v.keys.contains(key)) v.keys.append(key);
  };
  PropertyDescriptor descriptor;
  auto cause_name = Identifier::fromString(vm_, "cause"_s);
  auto errors_name = Identifier::fromString(vm_, "errors"_s);
  bool has_cause = own(error, cause_name, descriptor);
  if (has_cause) show_too(cause_name);
  if (own(error, errors_name, descriptor) && get(error, errors_name).inherits<JSArray>()) show_too(errors_name);

  // class MyError extends Error prints as MyError, whatever its name property says.
  unsigned length = name.length();
  bool regular = name.endsWith("Error"_s) && stack.startsWith(name) && (stack.length() == length || stack[length] == ':' || stack[length] == '\n');
  if (v.constructor.isNull() || regular) {
    String fallback = "Error"_s;
    if (v.constructor.isNull()) {
      fallback = leading_name(stack);
      length = fallback.length();
      if (fallback.isEmpty()) fallback = "Error"_s;
    }
    String title = prefix(v, fallback);
    title = title.left(title.length() - 1);
    if (name != title) {
      String rest = stack.substring(length);
      stack = !title.contains(name) ? makeString(title, " ["_s, name, ']', rest)
              : length == 0         ? makeString(title, ": "_s, stack)
                                    : makeString(title, rest);
    }
  }

  auto after = message.isEmpty() ? notFound : stack.find(message);
  auto frames_at = stack.find("\n    at"_s, after == notFound ? 0 : static_cast<unsigned>(after) + message.length());
  if (frames_at == notFound) {
    stack = makeString('[', stack, ']');
  } else if (JSValue cause = has_cause ? get(error, cause_name) : JSValue(); cause && cause.isObject() && is_error(asObject(cause))) {
    auto frames = stack.substring(frames_at + 1).splitAllowingEmptyEntries('\n');
    String cause_stack = stack_of(asObject(cause));
    if (auto at = cause_stack.find("\n    at"_s); at != notFound) {
      auto [from, count] = shared_frames(frames, cause_stack.substring(at + 1).splitAllowingEmptyEntries('\n'));
      StringBuilder shorter;
      shorter.append(stack.left(frames_at));
      for (std::size_t i = 0; i < frames.size(); i++) {
        shorter.append('\n');
        if (count && i == from + 1) {
          shorter.append("    ... "_s, count - 2, " lines matching cause stack trace ..."_s);
          i += count - 3;
        } else {
          shorter.append(frames[i]);
        }
      }
      stack = shorter.toString();
    }
  }
  if (!indentation_) return stack;
  StringBuilder newline;
  newline.append('\n');
  for (unsigned i = 0; i < indentation_; i++) newline.append(' ');
  return makeStringByReplacingAll(stack, "\n"_s, newline.toString());
}

}  // namespace bmes::jsc
