// What V8 is given of a source: the text as it is, or of TypeScript what Node makes of it.
#include "state.hpp"

#include <bmes/utf8.hpp>

namespace bmes::v8_backend {
namespace {

// V8 has no longer strings.
constexpr std::size_t longest_source = 1u << 28;
constexpr std::string_view mark = "\xEF\xBB\xBF";

bool strip_types(state& s, module_entry& e, std::string_view source, std::string_view name) {
  if (source.starts_with(mark)) source.remove_prefix(mark.size());
  if (source.size() > longest_source || !is_utf8(as_bytes(source))) return false;
  const auto text = word(s.isolate, source);
  v8::Local<v8::Value> stripped;
  if (!s.call("strip", {text, word(s.isolate, name)}).ToLocal(&stripped) || !stripped->IsString()) return false;
  e.is_type_script = true;
  e.source_length = static_cast<std::uint32_t>(text->Length());
  e.stripped = to_utf8(s.isolate, stripped);
  return true;
}

}  // namespace

bool is_type_script(std::string_view path) { return path.starts_with('/') && (path.ends_with(".ts") || path.ends_with(".mts") || path.ends_with(".cts")); }

bool take_source(state& s, module_entry& e, std::string bytes, std::string_view path, std::string_view name, const std::optional<program::known_module>& known) {
  if (known) {
    e.in_file = known->index;
    e.uses_import = known->parts.uses_import;
  }
  if (is_type_script(path)) {
    if (known) return s.running.take_text(e, *known);
    if (!strip_types(s, e, bytes, name)) return false;
  } else {
    e.bytes = std::move(bytes);
  }
  const std::string& given = e.is_type_script ? e.stripped : e.bytes;
  auto text = decode(given);
  if (!text) return false;
  e.text = std::make_shared<source_text>(*std::move(text));
  if (!known) e.uses_import = may_import(given);
  return true;
}

}  // namespace bmes::v8_backend
