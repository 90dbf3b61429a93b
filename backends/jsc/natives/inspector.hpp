// The inspector's parts. One object serves one call of inspect(); the structure follows Node's lib/internal/util/inspect.js, so that
// the two can be compared side by side.
#pragma once

#include "inspect.hpp"

namespace bmes::jsc {

using strings = WTF::Vector<WTF::String>;

/// What the engine calls its kind.
inline WTF::String class_name(JSC::JSObject* object) { return object->className(); }

class inspector {
 public:
  inspector(JSC::JSGlobalObject* global, const inspect_options& options) : global_(global), vm_(global->vm()), options_(options) {}

  WTF::String value(JSC::JSValue, double depth);
  /// A stack overflow or a stopped program ended the inspection early.
  bool stopped() const { return stopped_; }

 private:
  enum class kind { object, array_element, array_extra };

  /// How an object is shown; filled by `describe`.
  struct view {
    JSC::JSObject* object = nullptr;
    WTF::String constructor;  // null: no prototype
    WTF::String tag;          // never null
    WTF::String base;         // text before the braces, as a function's or an error's
    WTF::String open = "{"_s;
    WTF::String close = "}"_s;
    kind extras = kind::object;
    WTF::Vector<JSC::Identifier> keys;
    unsigned bracketed = 0;  // of the first keys: they are of no property that the object itself has
    void (inspector::*entries)(view&, strings&, double) = nullptr;
  };

  // inspect_value.cpp
  WTF::String primitive(JSC::JSValue);
  WTF::String styled(const WTF::String& text, style as) { return options_.colors ? colored(text, as) : text; }
  WTF::String raw(JSC::JSObject*, double depth);
  WTF::String custom(JSC::JSObject* shown, JSC::JSObject* receiver, double depth, bool& done);
  WTF::String proxy(JSC::ProxyObject*, double depth);
  WTF::String circular(JSC::JSObject*);
  WTF::String entry(JSC::JSObject*, const JSC::Identifier&, kind, double depth, bool bracketed = false);
  WTF::String key_text(const JSC::Identifier&, bool enumerable);
  // inspect_describe.cpp
  // These return the whole text if that's all there is to show, else null.
  WTF::String describe(view&, double depth);
  WTF::String describe_iterable(view&, bool& iterable);
  WTF::String describe_special(view&, double depth);
  // inspect_names.cpp
  WTF::String constructor_name(JSC::JSObject*, double depth);
  WTF::String string_tag(JSC::JSObject*);
  WTF::String prefix(const view&, const WTF::String& fallback, double size = -1);
  WTF::String heading(const view&);
  WTF::String function_base(const view&);
  WTF::String boxed_base(view&, WTF::ASCIILiteral type, JSC::JSValue inner);
  // inspect_error.cpp
  WTF::String error_text(view&);
  // inspect_entries.cpp
  void array_entries(view&, strings&, double);
  void sparse_entries(view&, strings&, double, unsigned from, unsigned limit);
  void typed_array_entries(view&, strings&, double);
  void array_buffer_entries(view&, strings&, double);
  void map_entries(view&, strings&, double);
  void set_entries(view&, strings&, double);
  void iterator_entries(view&, strings&, double);
  void promise_entries(view&, strings&, double);
  void weak_entries(view&, strings&, double);
  void namespace_entries(view&, strings&, double);
  void more(strings&, double remaining);
  // inspect_layout.cpp
  WTF::String lay_out(strings, const WTF::String& base, const WTF::String& open, const WTF::String& close, kind, double depth, JSC::JSObject*);
  strings group(strings, JSC::JSObject*);
  bool fits(const strings&, double start, const WTF::String& base);

  // inspect_access.cpp
  /// Drops what looking at a value threw: it must not show. The exception that stops the program stays.
  bool failed();
  JSC::JSValue get(JSC::JSObject*, JSC::PropertyName);  // undefined if it throws
  WTF::String get_text(JSC::JSObject*, JSC::PropertyName);
  WTF::String text_of(JSC::JSValue);
  bool own(JSC::JSObject*, JSC::PropertyName, JSC::PropertyDescriptor&);
  WTF::Vector<JSC::Identifier> keys_of(JSC::JSObject*);
  WTF::Vector<JSC::Identifier> extra_keys_of(JSC::JSObject*);  // those that are no array index
  bool is_error(JSC::JSObject*);
  bool in_chain(JSC::JSObject*, JSC::JSValue prototype);

  JSC::JSGlobalObject* global_;
  JSC::VM& vm_;
  inspect_options options_;
  unsigned indentation_ = 0;
  double current_depth_ = 0;
  double written_ = 0;
  bool stopped_ = false;
  JSC::MarkedArgumentBuffer seen_;
  JSC::MarkedArgumentBuffer circular_;
};

}  // namespace bmes::jsc
