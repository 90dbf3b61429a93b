#pragma once
#include <bmes/sequential_read.hpp>

// Version 1, the first one (docs/format.md, "Version 1"): read and written byte for byte as it was. It has
// no checksum, no source and no engine identity, so nothing may be executed on its word.

namespace bmes::v1 {

inline constexpr std::uint32_t version = 1;

/// A checked file of version 1: every accessor is total, nothing is copied. Valid as long as the bytes.
struct file {
  sequential::list<sequential::request_view> requests;
  sequential::list<import_entry> imports;
  sequential::list<export_entry> exports;
  sequential::list<star_export> stars;
  byte_view bytecode;
};

namespace detail {

template <class Io, class Record>
constexpr void describe_metadata(Io& io, Record& r) {
  io.items("request_count", r.requests);
  io.items("import_count", r.imports);
  io.items("export_count", r.exports);
  io.items("star_count", r.stars);
}

constexpr void write_metadata(sequential::writing& io, const module_record& record) {
  for (const auto& request : record.requests)
    if (request.phase != import_phase::evaluation) io.fail(errc::not_representable, "request.phase");
  describe_metadata(io, record);
}

template <class Watcher>
constexpr file read_file(cursor& in, Watcher* watcher) {
  sequential::reading io(in, watcher);
  file f;
  io.constant("magic", magic, errc::bad_magic);
  io.constant("version", version, errc::unsupported_version);
  describe_metadata(io, f);
  f.bytecode = io.blob(io.number("bytecode_size"), "bytecode");
  return f;
}

constexpr void write_file(sequential::writing& io, const module_record& record, byte_view bytecode) {
  io.constant("magic", magic, errc::bad_magic);
  io.constant("version", version, errc::unsupported_version);
  write_metadata(io, record);
  io.number("bytecode_size", bytecode.size());
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
[[nodiscard]] constexpr result<std::uint64_t> size(const module_record& record, byte_view bytecode = {}) {
  sequential::writing io;
  detail::write_file(io, record, bytecode);
  return io.finish();
}

/// Writes `record` and `bytecode` to the start of `out` and gives the number of bytes written. What version
/// 1 has no field for (the source's identity, flags, variables, resolved edges) is left out; import phases
/// can't be left out without a change of meaning and are `not_representable`.
[[nodiscard]] constexpr result<std::uint64_t> write(const module_record& record, byte_view bytecode, std::span<std::byte> out) {
  const auto needed = size(record, bytecode);
  if (!needed) return needed;
  if (*needed > out.size()) return error{errc::output_too_small, out.size(), "end"};
  sequential::writing io(out);
  detail::write_file(io, record, bytecode);
  return io.finish();
}

}  // namespace bmes::v1
