// Puts the checksums of a version 4 file right, so that a fuzzer gets behind them, and finds its records.
#pragma once

#include <bmes/checksum.hpp>
#include <bmes/format.hpp>
#include <optional>
#include <vector>

namespace bmes::fuzz {

/// Whether payloads that were changed get a right checksum, too.
enum class payloads { keep, forge };

/// The start of a file of version 4 that can be made a valid one: its header, and the bytes of its directory.
struct outline {
  v4::header head;
  std::span<std::byte> directory;

  [[nodiscard]] std::size_t size() const noexcept { return directory.size() / wire_size<v4::section>; }
  [[nodiscard]] auto place(std::size_t i) const { return directory.subspan(i * wire_size<v4::section>).first<wire_size<v4::section>>(); }
  [[nodiscard]] v4::section section(std::size_t i) const { return load<v4::section>(place(i)); }
};

inline std::optional<outline> outline_of(std::span<std::byte> bytes) {
  if (bytes.size() < wire_size<v4::header>) return std::nullopt;
  const auto head = load<v4::header>(byte_view(bytes).first<wire_size<v4::header>>());
  if (head.magic != magic || head.version != v4::version || head.section_count > v4::max_sections) return std::nullopt;
  const std::uint64_t size = std::uint64_t{head.section_count} * wire_size<v4::section>;
  if (!fits(wire_size<v4::header>, size, bytes.size())) return std::nullopt;
  return outline{head, bytes.subspan(wire_size<v4::header>, static_cast<std::size_t>(size))};
}

inline void repair_blobs(std::span<std::byte> bytes, const outline& o) {
  v4::section blobs, area;
  for (std::size_t i = 0; i < o.size(); ++i) {
    const auto s = o.section(i);
    if (s.kind == v4::section_kind::blob) blobs = s;
    if (s.kind == v4::section_kind::payload_bytes) area = s;
  }
  if (!fits(blobs.offset, blobs.size, bytes.size())) return;
  for (std::uint64_t at = 0; at + wire_size<v4::blob_row> <= blobs.size; at += wire_size<v4::blob_row>) {
    const auto place = bytes.subspan(static_cast<std::size_t>(blobs.offset + at)).first<wire_size<v4::blob_row>>();
    auto row = load<v4::blob_row>(place);
    row.checksum = checksum128(slice(slice(bytes, area.offset, area.size), row.offset, row.size));
    store<v4::blob_row>(place, row);
  }
}

inline void repair(std::span<std::byte> bytes, payloads which = payloads::forge) {
  auto o = outline_of(bytes);
  if (!o) return;
  if (which == payloads::forge) repair_blobs(bytes, *o);
  for (std::size_t i = 0; i < o->size(); ++i) {
    auto s = o->section(i);
    s.checksum = s.kind == v4::section_kind::payload_bytes ? 0 : checksum64(slice(bytes, s.offset, s.size));
    store<v4::section>(o->place(i), s);
  }
  const auto first = bytes.first<wire_size<v4::header>>();
  o->head.file_size = bytes.size();
  store<v4::header>(first, o->head);
  constexpr std::uint64_t checked_from = offset_of(&v4::header::header_size);
  o->head.checksum = checksum64(slice(bytes, checked_from, wire_size<v4::header> + o->directory.size() - checked_from));
  store<v4::header>(first, o->head);
}

/// The bytes of some record of the file, of which `chance` picks one; none when there is no such thing.
inline std::span<std::byte> some_record(std::span<std::byte> bytes, std::uint32_t chance, payloads which) {
  const auto o = outline_of(bytes);
  if (!o || o->size() == 0) return {};
  const auto s = o->section(chance % o->size());
  const bool of_payloads = s.kind == v4::section_kind::blob || s.kind == v4::section_kind::payload_bytes;
  if ((of_payloads && which == payloads::keep) || !fits(s.offset, s.size, bytes.size())) return {};
  const auto all = bytes.subspan(static_cast<std::size_t>(s.offset), static_cast<std::size_t>(s.size));
  const std::size_t size = s.record_size;
  if (size <= 1 || size > all.size()) return all;
  return all.subspan(chance / v4::max_sections % (all.size() / size) * size, size);
}

}  // namespace bmes::fuzz
