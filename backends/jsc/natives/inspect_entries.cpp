// What stands between the braces besides properties.
#include "prelude.hpp"

#include "inspector.hpp"

namespace bmes::jsc {

using namespace JSC;

void inspector::more(strings& out, double remaining) {
  if (remaining > 0) out.append(makeString("... "_s, String::number(remaining), remaining > 1 ? " more items"_s : " more item"_s));
}

void inspector::array_entries(view& v, strings& out, double depth) {
  auto* array = jsCast<JSArray*>(v.object);
  unsigned length = array->length();
  unsigned shown = static_cast<unsigned>(std::min<double>(length, std::max(0.0, options_.max_array_length)));
  for (unsigned i = 0; i < shown && !stopped_; i++) {
    if (array->canGetIndexQuickly(i)) {
      indentation_ += 2;
      out.append(value(array->getIndexQuickly(i), depth));
      indentation_ -= 2;
      continue;
    }
    auto key = Identifier::from(vm_, i);
    PropertyDescriptor descriptor;
    if (!own(array, key, descriptor)) return sparse_entries(v, out, depth, i, shown);
    out.append(entry(array, key, kind::array_element, depth));
  }
  more(out, static_cast<double>(array->length()) - shown);
}

void inspector::sparse_entries(view& v, strings& out, double depth, unsigned from, unsigned limit) {
  auto* array = jsCast<JSArray*>(v.object);
  auto holes = [&](double count) { out.append(styled(makeString('<', String::number(count), count > 1 ? " empty items>"_s : " empty item>"_s), style::undefined)); };
  PropertyNameArray names(vm_, PropertyNameMode::Strings, PrivateSymbolMode::Exclude);
  array->methodTable()->getOwnPropertyNames(array, global_, names, DontEnumPropertiesMode::Exclude);
  if (failed()) return;
  double next = from;
  for (auto& name : names) {
    auto index = parseIndex(name);
    if (!index) break;
    if (*index < from) continue;
    if (out.size() >= limit) break;
    if (*index != next) {
      holes(*index - next);
      next = *index;
      if (out.size() >= limit) break;
    }
    out.append(entry(array, name, kind::array_element, depth));
    next++;
  }
  double remaining = array->length() - next;
  if (out.size() >= limit)
    more(out, remaining);
  else if (remaining > 0)
    holes(remaining);
}

void inspector::typed_array_entries(view& v, strings& out, double) {
  auto* array = jsCast<JSArrayBufferView*>(v.object);
  double length = array->isDetached() || array->isOutOfBounds() ? 0 : static_cast<double>(array->length());
  unsigned shown = static_cast<unsigned>(std::min(length, std::max(0.0, options_.max_array_length)));
  for (unsigned i = 0; i < shown; i++) {
    JSValue element = array->get(global_, i);
    if (failed()) return;
    out.append(primitive(element));
  }
  more(out, length - shown);
}

void inspector::array_buffer_entries(view& v, strings& out, double) {
  auto* buffer = jsCast<JSArrayBuffer*>(v.object)->impl();
  if (buffer->isDetached()) {
    out.append("(detached)"_s);
    return;
  }
  std::span bytes(static_cast<const std::uint8_t*>(buffer->data()), buffer->byteLength());
  std::size_t shown = std::min<std::size_t>(bytes.size(), static_cast<std::size_t>(std::max(0.0, std::min(options_.max_array_length, 1e9))));
  StringBuilder text;
  text.append(styled("[Uint8Contents]"_s, style::special), ": <"_s);
  for (std::size_t i = 0; i < shown; i++) {
    if (i) text.append(' ');
    constexpr char digits[] = "0123456789abcdef";
    text.append(digits[bytes[i] >> 4]);
    text.append(digits[bytes[i] & 15]);
  }
  if (std::size_t left = bytes.size() - shown) text.append(" ... "_s, left, left > 1 ? " more bytes"_s : " more byte"_s);
  text.append('>');
  out.append(text.toString());
}

// A program's own inspection functions may change what is being listed, so the members are collected before any is shown.

void inspector::map_entries(view& v, strings& out, double depth) {
  auto* map = jsCast<JSMap*>(v.object);
  double size = map->size();
  double shown = std::min(size, std::max(0.0, options_.max_array_length));
  MarkedArgumentBuffer members;
  auto* at = JSMapIterator::create(vm_, global_->mapIteratorStructure(), map, IterationKind::Entries);
  JSValue key, content;
  while (members.size() < 2 * shown && at->nextKeyValue(global_, key, content)) {
    members.append(key);
    members.append(content);
  }
  indentation_ += 2;
  for (std::size_t i = 0; i + 1 < members.size(); i += 2)
    out.append(makeString(value(members.at(i), depth), " => "_s, value(members.at(i + 1), depth)));
  more(out, size - shown);
  indentation_ -= 2;
}

void inspector::set_entries(view& v, strings& out, double depth) {
  auto* set = jsCast<JSSet*>(v.object);
  double size = set->size();
  double shown = std::min(size, std::max(0.0, options_.max_array_length));
  MarkedArgumentBuffer members;
  auto* at = JSSetIterator::create(vm_, global_->setIteratorStructure(), set, IterationKind::Values);
  JSValue content;
  while (members.size() < shown && at->next(global_, content)) members.append(content);
  indentation_ += 2;
  for (std::size_t i = 0; i < members.size(); i++) out.append(value(members.at(i), depth));
  more(out, size - shown);
  indentation_ -= 2;
}

void inspector::iterator_entries(view& v, strings& out, double depth) {
  MarkedArgumentBuffer members;
  bool pairs = false;
  // What is left to iterate over; the iterator itself mustn't move.
  auto collect = [&](auto* iterator, bool keys_only) {
    pairs = iterator->kind() == IterationKind::Entries;
    auto* bucket = iterator->iterator();
    if (bucket == vm_.sentinelMapBucket() || bucket == vm_.sentinelSetBucket()) return;
    for (bucket = bucket->next(); bucket; bucket = bucket->next()) {
      if (bucket->deleted()) continue;
      if (pairs || keys_only || iterator->kind() == IterationKind::Keys) members.append(bucket->key());
      if constexpr (requires { bucket->value(); }) {
        if (!keys_only && (pairs || iterator->kind() == IterationKind::Values)) members.append(bucket->value());
      }
      if (keys_only && pairs) members.append(bucket->key());
    }
  };
  if (auto* map = jsDynamicCast<JSMapIterator*>(v.object))
    collect(map, false);
  else
    collect(jsCast<JSSetIterator*>(v.object), true);
  std::size_t step = pairs ? 2 : 1;
  double count = static_cast<double>(members.size() / step);
  auto shown = static_cast<std::size_t>(std::min(count, std::max(0.0, options_.max_array_length)));
  indentation_ += 2;
  for (std::size_t i = 0; i < shown * step; i += step) {
    if (!pairs) {
      out.append(value(members.at(i), depth));
      continue;
    }
    strings pair{value(members.at(i), depth), value(members.at(i + 1), depth)};
    out.append(lay_out(WTFMove(pair), emptyString(), "["_s, "]"_s, kind::array_extra, depth, nullptr));
  }
  indentation_ -= 2;
  more(out, count - static_cast<double>(shown));
}

void inspector::promise_entries(view& v, strings& out, double depth) {
  auto* promise = jsCast<JSPromise*>(v.object);
  auto status = promise->status(vm_);
  if (status == JSPromise::Status::Pending) {
    out.append(styled("<pending>"_s, style::special));
    return;
  }
  indentation_ += 2;
  String text = value(promise->result(vm_), depth);
  indentation_ -= 2;
  out.append(status == JSPromise::Status::Rejected ? makeString(styled("<rejected>"_s, style::special), ' ', text) : text);
}

void inspector::weak_entries(view&, strings& out, double) { out.append(styled("<items unknown>"_s, style::special)); }

void inspector::namespace_entries(view& v, strings& out, double depth) {
  // Enumerating skips bindings in their dead zone by throwing, so all names are listed.
  PropertyNameArray names(vm_, PropertyNameMode::Strings, PrivateSymbolMode::Exclude);
  v.object->methodTable()->getOwnPropertyNames(v.object, global_, names, DontEnumPropertiesMode::Include);
  v.keys.clear();
  if (failed()) return;
  for (auto& name : names) {
    PropertyDescriptor descriptor;
    bool initialized = own(v.object, name, descriptor);
    out.append(initialized ? entry(v.object, name, kind::object, depth) : makeString(key_text(name, true), ": "_s, styled("<uninitialized>"_s, style::special)));
  }
}

}  // namespace bmes::jsc
