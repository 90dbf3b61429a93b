// The recursion: primitives, objects, their properties, cycles and proxies.
#include "prelude.hpp"

#include "inspector.hpp"

namespace bmes::jsc {

using namespace JSC;

String inspect(JSGlobalObject* global, JSValue value, const inspect_options& options) { return inspector(global, options).value(value, 0); }

String inspector::primitive(JSValue value) {
  if (value.isString()) {
    String text = text_of(value);
    String trailer = emptyString();
    if (text.length() > options_.max_string_length) {
      unsigned kept = static_cast<unsigned>(std::max(0.0, options_.max_string_length));
      unsigned left = text.length() - kept;
      trailer = makeString("... "_s, left, left > 1 ? " more characters"_s : " more character"_s);
      text = text.left(kept);
    }
    if (text.length() <= 16 || text.length() <= options_.break_length - indentation_ - 4 || !text.contains('\n'))
      return makeString(styled(quote(text), style::string), trailer);
    // A long text is shown line by line.
    StringBuilder out;
    for (unsigned at = 0; at < text.length();) {
      auto end = text.find('\n', at);
      unsigned next = end == notFound ? text.length() : static_cast<unsigned>(end) + 1;
      if (at) {
        out.append(" +\n"_s);
        for (unsigned i = 0; i < indentation_ + 2; i++) out.append(' ');
      }
      out.append(styled(quote(StringView(text).substring(at, next - at)), style::string));
      at = next;
    }
    out.append(trailer);
    return out.toString();
  }
  const auto digits = [&](const String& text) { return options_.numeric_separator ? separated(text) : text; };
  if (value.isNumber()) return styled(digits(inspect_number(value.asNumber())), style::number);
  if (value.isBigInt()) return styled(makeString(digits(text_of(value)), 'n'), style::bigint);
  return styled(text_of(value), value.isUndefined() ? style::undefined : value.isNull() ? style::null : value.isSymbol() ? style::symbol : style::boolean);
}

String inspector::value(JSValue value, double depth) {
  if (stopped_) return emptyString();
  if (!value.isObject()) return primitive(value);
  JSObject* shown = asObject(value);
  // Proxies are looked through: asking one would run its handler.
  if (auto* outer = jsDynamicCast<ProxyObject*>(shown)) {
    // To programs, what the host has a proxy for is none: process.env.
    if (outer->target() && private_value(global_, outer->handler()).isTrue()) return this->value(outer->target(), depth);
    if (options_.show_proxy) return proxy(outer, depth);
    if (outer->isRevoked() || !outer->target()) return styled("<Revoked Proxy>"_s, style::special);
    if (!vm_.isSafeToRecurse()) return "Proxy()"_s;
    return makeString(styled("Proxy("_s, style::special), this->value(outer->target(), depth), styled(")"_s, style::special));
  }
  // Besides the stack, time: each level is indented more and copied into the one around it, so a thousand take 0.3 s, ten thousand hours.
  constexpr double deepest = 1000;
  if (UNLIKELY(depth > deepest || !vm_.isSafeToRecurse()))
    return makeString('[', class_name(shown), ": Inspection interrupted prematurely. Maximum call stack size exceeded.]"_s);
  if (options_.custom_inspect) {
    bool done = false;
    String text = custom(shown, asObject(value), depth, done);
    if (done) return text;
  }
  for (std::size_t i = 0; i < seen_.size(); i++)
    if (seen_.at(i) == JSValue(shown)) return circular(shown);
  return raw(shown, depth);
}

String inspector::circular(JSObject* object) {
  std::size_t index = 0;
  while (index < circular_.size() && circular_.at(index) != JSValue(object)) index++;
  if (index == circular_.size()) circular_.append(object);
  return styled(makeString("[Circular *"_s, index + 1, ']'), style::special);
}

String inspector::proxy(ProxyObject* object, double depth) {
  if (object->isRevoked() || !object->target()) return "<Revoked Proxy>"_s;
  constexpr double deepest = 1000;
  if (depth > std::min(options_.depth, deepest) || !vm_.isSafeToRecurse()) return "Proxy [Array]"_s;
  indentation_ += 2;
  strings parts{value(object->target(), depth + 1), value(object->handler(), depth + 1)};
  indentation_ -= 2;
  return lay_out(WTFMove(parts), emptyString(), "Proxy ["_s, "]"_s, kind::array_extra, depth + 1, nullptr);
}

JSC_DEFINE_HOST_FUNCTION(stylize_plainly, (JSGlobalObject*, CallFrame* frame)) { return JSValue::encode(frame->argument(0)); }

JSC_DEFINE_HOST_FUNCTION(stylize_with_color, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  String text = frame->argument(0).toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  String name = frame->argument(1).toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  constexpr std::pair<ASCIILiteral, style> names[] = {
      {"special"_s, style::special}, {"number"_s, style::number}, {"bigint"_s, style::bigint}, {"boolean"_s, style::boolean},
      {"undefined"_s, style::undefined}, {"null"_s, style::null}, {"string"_s, style::string}, {"symbol"_s, style::symbol},
      {"date"_s, style::date}, {"regexp"_s, style::regexp}, {"module"_s, style::module}};
  for (auto& [known, as] : names)
    if (name == known) return JSValue::encode(jsString(global->vm(), colored(text, as)));
  return JSValue::encode(jsString(global->vm(), text));
}

/// A program's own inspection function, under Symbol.for("nodejs.util.inspect.custom").
String inspector::custom(JSObject* shown, JSObject* receiver, double depth, bool& done) {
  Identifier symbol = Identifier::fromUid(vm_.symbolRegistry().symbolForKey("nodejs.util.inspect.custom"_s).get());
  JSValue function = get(shown, symbol);
  if (!function.isCallable()) return {};
  JSValue constructor = get(shown, vm_.propertyNames->constructor);
  if (constructor.isObject() && get(asObject(constructor), vm_.propertyNames->prototype) == JSValue(shown)) return {};
  JSObject* given = constructEmptyObject(global_);
  auto put = [&](ASCIILiteral name, JSValue v) { define(global_, given, name, v); };
  put("depth"_s, jsNumber(options_.depth));
  put("showHidden"_s, jsBoolean(options_.show_hidden));
  put("compact"_s, jsNumber(options_.compact));
  put("breakLength"_s, jsNumber(options_.break_length));
  put("maxArrayLength"_s, jsNumber(options_.max_array_length));
  put("maxStringLength"_s, jsNumber(options_.max_string_length));
  put("colors"_s, jsBoolean(options_.colors));
  put("customInspect"_s, jsBoolean(options_.custom_inspect));
  put("showProxy"_s, jsBoolean(options_.show_proxy));
  put("sorted"_s, jsBoolean(options_.sorted));
  put("getters"_s, jsBoolean(options_.getters));
  put("numericSeparator"_s, jsBoolean(options_.numeric_separator));
  put("stylize"_s, make_function(global_, "stylize"_s, 2, options_.colors ? stylize_with_color : stylize_plainly));
  MarkedArgumentBuffer arguments;
  arguments.append(jsNumber(options_.depth - depth));
  arguments.append(given);
  arguments.append(property(global_, module_object(state_of(global_), module_name::util), "inspect"_s));
  JSValue shown_as = call(global_, function, getCallData(function), receiver, arguments);
  if (failed() || shown_as == JSValue(receiver)) return {};
  done = true;
  if (!shown_as.isString()) return value(shown_as, depth);
  StringBuilder newline;
  newline.append('\n');
  for (unsigned i = 0; i < indentation_; i++) newline.append(' ');
  return makeStringByReplacingAll(text_of(shown_as), "\n"_s, newline.toString());
}

String inspector::raw(JSObject* object, double depth) {
  view v;
  v.object = object;
  v.constructor = constructor_name(object, depth);
  v.tag = string_tag(object);
  if (String whole = describe(v, depth); !whole.isNull()) return whole;
  if (depth > options_.depth) {
    String name = heading(v);
    name = name.left(name.length() - 1);
    return styled(v.constructor.isNull() ? name : makeString('[', name, ']'), style::special);
  }
  depth++;
  seen_.append(object);
  current_depth_ = depth;
  strings entries;
  if (v.entries) (this->*v.entries)(v, entries, depth);
  for (unsigned i = 0; i < v.keys.size(); i++) entries.append(entry(object, v.keys[i], v.extras, depth, i < v.bracketed));
  for (std::size_t i = 0; i < circular_.size(); i++) {
    if (circular_.at(i) != JSValue(object)) continue;
    String reference = styled(makeString("<ref *"_s, i + 1, '>'), style::special);
    v.base = v.base.isEmpty() ? reference : makeString(reference, ' ', v.base);
  }
  seen_.removeLast();
  if (options_.sorted && v.extras == kind::object) std::sort(entries.begin(), entries.end(), WTF::codePointCompareLessThan);
  String text = lay_out(WTFMove(entries), v.base, v.open, v.close, v.extras, depth, object);
  // Deeply shared objects print exponentially often: past this only their names are shown.
  written_ += text.length();
  if (written_ > 1 << 27) options_.depth = -1;
  return text;
}

String inspector::key_text(const Identifier& key, bool enumerable) {
  StringBuilder out;
  if (key.isSymbol()) {
    StringBuilder name;
    append_escaped(name, Symbol::create(vm_, static_cast<SymbolImpl&>(*key.impl()))->descriptiveString(), '\'');
    String text = styled(name.toString(), style::symbol);
    if (enumerable) out.append(text);
    else out.append('[', text, ']');
  } else if (key == "__proto__"_s) {
    out.append("['__proto__']"_s);
  } else if (!enumerable) {
    out.append('[');
    append_escaped(out, key.string(), '\'');
    out.append(']');
  } else if (is_identifier_like(key.string())) {
    out.append(key.string());
  } else {
    out.append(styled(quote(key.string()), style::string));
  }
  return out.toString();
}

String inspector::entry(JSObject* object, const Identifier& key, kind type, double depth, bool bracketed) {
  PropertyDescriptor descriptor;
  bool enumerable = true;
  JSValue content;
  String text;
  if (own(object, key, descriptor)) {
    enumerable = descriptor.enumerable();
    if (descriptor.isAccessorDescriptor()) {
      bool getter = descriptor.getterPresent() && descriptor.getter().isObject();
      bool setter = descriptor.setterPresent() && descriptor.setter().isObject();
      text = getter ? (setter ? "[Getter/Setter]"_s : "[Getter]"_s) : setter ? "[Setter]"_s : "undefined"_s;
      const String label = text;
      text = text == "undefined"_s ? styled(text, style::undefined) : styled(text, style::special);
      if (getter && options_.getters) {
        JSValue got = get(object, key);
        indentation_ += 2;
        text = got.isObject() ? makeString(styled(label, style::special), ' ', value(got, depth))
                              : makeString(styled(makeString(StringView(label).left(label.length() - 1), ':'), style::special), ' ', primitive(got),
                                           styled("]"_s, style::special));
        indentation_ -= 2;
      }
    } else {
      content = descriptor.value();
    }
  } else {
    content = get(object, key);
  }
  if (text.isNull()) {
    indentation_ += 2;
    text = value(content ? content : jsUndefined(), depth);
    indentation_ -= 2;
  }
  if (type == kind::array_element) return text;
  if (bracketed) return makeString(styled(makeString('[', key.string(), ']'), style::string), ": "_s, text);
  return makeString(key_text(key, enumerable), ": "_s, text);
}

}  // namespace bmes::jsc
