// What the C interface's structs are in C++.
#pragma once

#include <bmes/format.hpp>

// The library exports what the header declares, and nothing else.
#pragma GCC visibility push(default)
#include <bmes.h>
#pragma GCC visibility pop

#include <memory>
#include <new>
#include <type_traits>

namespace bmes::c {

/// What a bmes_file holds. Version 1 is kept as a version 3 without variables.
struct open_file {
  std::uint32_t version = 0;
  v4::file graph;
  v3::file single;
  byte_view bytes;
};
static_assert(sizeof(open_file) <= sizeof(bmes_file) && alignof(open_file) <= alignof(bmes_file), "C callers have made the room");
static_assert(std::is_trivially_copyable_v<open_file> && std::is_trivially_destructible_v<open_file>, "C callers copy it and drop it");

[[nodiscard]] inline const open_file& state(const bmes_file* file) noexcept {
  return *std::launder(static_cast<const open_file*>(static_cast<const void*>(file)));
}

[[nodiscard]] inline bmes_text to_c(std::string_view text) noexcept { return {text.data(), text.size()}; }
[[nodiscard]] inline bmes_error to_c(const error& e) noexcept { return {static_cast<std::uint32_t>(e.code), e.offset, to_c(e.field)}; }
[[nodiscard]] inline bmes_hash128 to_c(const hash128& hash) noexcept {
  bmes_hash128 out{};
  for (std::size_t i = 0; i < hash.size(); ++i) out.bytes[i] = std::to_integer<std::uint8_t>(hash[i]);
  return out;
}
[[nodiscard]] inline bmes_name to_c(const name& n) noexcept { return {static_cast<std::uint32_t>(n.kind), to_c(n.text)}; }
[[nodiscard]] inline bmes_source to_c(const source_identity& i) noexcept {
  return {i.size, to_c(i.hash), i.modification_time, i.change_time, i.device, i.inode};
}
[[nodiscard]] inline bmes_engine to_c(const engine_identity& e) noexcept { return {to_c(e.fingerprint), to_c(e.description)}; }
[[nodiscard]] inline bmes_fact to_c(const resolution_fact& f) noexcept {
  return {to_c(f.path), static_cast<std::uint32_t>(f.kind), to_c(f.identity)};
}
[[nodiscard]] inline bmes_attribute to_c(const import_attribute& a) noexcept { return {to_c(a.key), to_c(a.value)}; }
[[nodiscard]] inline bmes_text to_c(const star_export& s) noexcept { return to_c(s.module_name); }
[[nodiscard]] inline bmes_payload to_c(const v4::payload_view& p) noexcept { return {p.engine, p.blob}; }
[[nodiscard]] inline bmes_import to_c(const import_entry& e) noexcept {
  return {static_cast<std::uint32_t>(e.type), to_c(e.module_request), to_c(e.import_name), to_c(e.local_name)};
}
[[nodiscard]] inline bmes_export to_c(const export_entry& e) noexcept {
  return {static_cast<std::uint32_t>(e.type), to_c(e.export_name), to_c(e.module_name), to_c(e.import_name), to_c(e.local_name)};
}
[[nodiscard]] inline bmes_variable to_c(const variable& v) noexcept { return {to_c(v.variable_name), static_cast<std::uint32_t>(v.scope), v.bits}; }
template <class Row>
[[nodiscard]] inline bmes_rows to_c(v4::row_range<Row> range) noexcept {
  return {range.first, range.count};
}
[[nodiscard]] inline bmes_request to_c(const v4::request_view& r) noexcept {
  return {to_c(r.specifier), static_cast<std::uint32_t>(r.phase), r.resolved, to_c(r.attributes.range())};
}

[[nodiscard]] inline std::string_view from_c(const bmes_text& text) noexcept { return {text.data, text.size}; }
[[nodiscard]] inline byte_view from_c(const bmes_bytes& bytes) noexcept { return std::as_bytes(std::span(bytes.data, bytes.size)); }

}  // namespace bmes::c
