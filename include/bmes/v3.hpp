#pragma once
#include <bmes/v1.hpp>

// Version 3, which a branch of Bun wrote (docs/format.md, "Version 3"): version 1 with variables, a word about
// the code, and aligned bytecode. As little may be executed on its word.

namespace bmes::v3 {

inline constexpr std::uint32_t version = 3;
inline constexpr std::uint64_t bytecode_alignment = 8;

/// A variable of the list that says that its variables are lexical.
struct lexical_variable : variable {
  constexpr lexical_variable() noexcept { scope = variable_scope::lexical; }
};

/// A checked file of version 3: every accessor is total, nothing is copied. Valid as long as the bytes.
struct file {
  sequential::list<sequential::request_view> requests;
  sequential::list<import_entry> imports;
  sequential::list<export_entry> exports;
  sequential::list<star_export> stars;
  sequential::list<variable> declared;
  sequential::list<lexical_variable> lexical;
  std::uint32_t code_features = 0;  ///< of the engine's own definition
  byte_view bytecode;
};

namespace detail {

template <class Watcher>
constexpr file read_file(cursor& in, Watcher* watcher) {
  sequential::reading io(in, watcher);
  file f;
  io.constant("magic", magic, errc::bad_magic);
  io.constant("version", version, errc::unsupported_version);
  const auto place = in.offset();
  const auto bytecode_offset = io.number("bytecode_offset");
  const auto bytecode_size = io.number("bytecode_size");
  v1::detail::describe_metadata(io, f);
  io.items("declared_count", f.declared);
  io.items("lexical_count", f.lexical);
  f.code_features = io.number("code_features");
  io.padding(bytecode_alignment, "padding");
  in.require(bytecode_offset == in.offset(), errc::bad_offset, place, "bytecode_offset");
  f.bytecode = io.blob(bytecode_size, "bytecode");
  return f;
}

constexpr void write_variables(sequential::writing& io, std::string_view field, const module_record& record, variable_scope scope) {
  std::uint64_t count = 0;
  for (const variable& v : record.variables) count += v.scope == scope ? 1 : 0;
  io.number(field, count);
  for (variable v : record.variables)
    if (v.scope == scope) describe(io, v);
}

constexpr void write_file(sequential::writing& io, const module_record& record, byte_view bytecode, std::uint32_t code_features,
                          std::uint64_t bytecode_offset) {
  io.constant("magic", magic, errc::bad_magic);
  io.constant("version", version, errc::unsupported_version);
  io.number("bytecode_offset", bytecode_offset);
  io.number("bytecode_size", bytecode.size());
  v1::detail::write_metadata(io, record);
  write_variables(io, "declared_count", record, variable_scope::declared);
  write_variables(io, "lexical_count", record, variable_scope::lexical);
  io.number("code_features", code_features);
  io.padding(bytecode_alignment, "padding");
  io.blob(bytecode);
}

}  // namespace detail

/// Checks all of `bytes` and gives a view of them. Complexity: linear, no allocation.
[[nodiscard]] constexpr result<file> open(byte_view bytes) {
  return decode(bytes, [](cursor& in) { return detail::read_file<sequential::nobody>(in, nullptr); });
}

/// As open(), and tells `watcher(offset, size, field, value)` of every field up to the first bad one. A
/// value is a std::uint32_t, a std::string_view or a byte_view.
template <class Watcher>
constexpr result<file> inspect(byte_view bytes, Watcher&& watcher) {
  return decode(bytes, [&](cursor& in) { return detail::read_file(in, &watcher); });
}

/// Bytes that write() will produce. Fails as write() would, but for output_too_small.
[[nodiscard]] constexpr result<std::uint64_t> size(const module_record& record, byte_view bytecode = {}, std::uint32_t code_features = 0) {
  sequential::writing io;
  detail::write_file(io, record, bytecode, code_features, 0);
  const auto whole = io.finish();
  // The offset of the bytecode is a field, too.
  if (whole && *whole - bytecode.size() > std::numeric_limits<std::uint32_t>::max())
    return error{errc::limit_exceeded, wire_rep<std::uint32_t>::size * 2, "bytecode_offset"};
  return whole;
}

/// Writes `record` and `bytecode` to the start of `out` and gives the number of bytes written. What version
/// 3 has no field for (the source's identity, flags, resolved edges) is left out; import phases can't be
/// left out without a change of meaning and are `not_representable`.
[[nodiscard]] constexpr result<std::uint64_t> write(const module_record& record, byte_view bytecode, std::uint32_t code_features,
                                                    std::span<std::byte> out) {
  const auto needed = size(record, bytecode, code_features);
  if (!needed) return needed;
  if (*needed > out.size()) return error{errc::output_too_small, out.size(), "end"};
  sequential::writing io(out);
  detail::write_file(io, record, bytecode, code_features, *needed - bytecode.size());
  return io.finish();
}

}  // namespace bmes::v3
