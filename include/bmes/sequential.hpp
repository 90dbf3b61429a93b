#pragma once
#include <bmes/module.hpp>
#include <iterator>

// Versions 1 and 3 are sequences without fixed offsets (docs/format.md, "Versions 1 to 3"). One function
// a structure, describe(), says what follows what; sequential_read.hpp and sequential_write.hpp run it to
// read, to inspect, to write and to measure.

namespace bmes::sequential {

/// A run of structures inside a file that was checked when it was opened; decoded as it is walked.
template <class T>
class list {
 public:
  class iterator;
  constexpr list() = default;
  constexpr list(byte_view bytes, std::uint32_t count) noexcept : bytes_(bytes), count_(count) {}
  [[nodiscard]] constexpr std::size_t size() const noexcept { return count_; }
  [[nodiscard]] constexpr bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] constexpr iterator begin() const noexcept { return iterator(bytes_, count_); }
  [[nodiscard]] constexpr std::default_sentinel_t end() const noexcept { return {}; }
  /// The structures as they lie in the file.
  [[nodiscard]] constexpr byte_view bytes() const noexcept { return bytes_; }

 private:
  byte_view bytes_;
  std::uint32_t count_ = 0;
};

/// A ModuleRequest as it lies in a file of version 1 or 3.
struct request_view {
  std::string_view specifier;
  list<import_attribute> attributes;
};

template <class Io>
constexpr void describe(Io& io, import_attribute& a) {
  io.text("attribute.key", a.key);
  io.text("attribute.value", a.value);
}

template <class Io, class Request>
  requires requires(Request& r) { r.attributes; }
constexpr void describe(Io& io, Request& r) {
  io.text("request.specifier", r.specifier);
  io.optional_list("request.has_attributes", "request.attribute_count", r.attributes);
}

template <class Io>
constexpr void describe(Io& io, import_entry& e) {
  io.choice("import.type", e.type, import_type::namespace_object);
  io.text("import.module_request", e.module_request);
  io.text_or("import.import_name", e.import_name, e.type == import_type::namespace_object ? name::star_namespace() : name());
  io.text("import.local_name", e.local_name);
}

template <class Io>
constexpr void describe(Io& io, export_entry& e) {
  io.choice("export.type", e.type, export_type::namespace_object);
  io.text("export.export_name", e.export_name);
  io.text_if(e.type != export_type::local, "export.module_name", e.module_name, name());
  io.text_if(e.type == export_type::indirect, "export.import_name", e.import_name, name());
  io.text_if(e.type == export_type::local, "export.local_name", e.local_name, name::star_default());
}

template <class Io>
constexpr void describe(Io& io, star_export& s) {
  io.text("star.module_name", s.module_name);
}

template <class Io>
constexpr void describe(Io& io, variable& v) {
  io.text_or("variable.name", v.variable_name, name::star_default());
  io.bits("variable.bits", v.bits, known_variable_bits);
}

// How the names that are no text were written as text before version 4.
[[nodiscard]] constexpr std::string_view text_of(const name& n) noexcept {
  switch (n.kind) {
    case name::kind_type::star_default:
      return "*default*";
    case name::kind_type::star_namespace:
      return "*namespace*";
    case name::kind_type::text:
      return n.text;
    case name::kind_type::absent:
      break;
  }
  return {};
}

/// The name that was written as `characters`: `special` if that is its text.
[[nodiscard]] constexpr name name_from(std::string_view characters, const name& special) noexcept {
  return special.kind != name::kind_type::absent && characters == text_of(special) ? special : name(characters);
}

}  // namespace bmes::sequential
