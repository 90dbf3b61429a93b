// Puts the checksums of a version 4 file right, so that a fuzzer gets behind them.
#pragma once

#include <bmes/checksum.hpp>
#include <bmes/format.hpp>
#include <vector>

namespace bmes::fuzz {

inline void repair(std::span<std::byte> bytes) {
  using namespace v4;
  if (bytes.size() < wire_size<header>) return;
  header head = load<header>(byte_view(bytes).first<wire_size<header>>());
  if (head.magic != magic || head.version != v4::version || head.section_count > max_sections) return;
  const std::uint64_t directory_size = std::uint64_t{head.section_count} * wire_size<section>;
  if (!fits(wire_size<header>, directory_size, bytes.size())) return;
  const auto directory = bytes.subspan(wire_size<header>, static_cast<std::size_t>(directory_size));
  section blobs, payloads;
  for (std::size_t at = 0; at < directory.size(); at += wire_size<section>) {
    const auto s = load<section>(byte_view(directory).subspan(at).first<wire_size<section>>());
    if (s.kind == section_kind::blob) blobs = s;
    if (s.kind == section_kind::payload_bytes) payloads = s;
  }
  if (fits(blobs.offset, blobs.size, bytes.size()))
    for (std::uint64_t at = 0; at + wire_size<blob_row> <= blobs.size; at += wire_size<blob_row>) {
      const auto place = bytes.subspan(static_cast<std::size_t>(blobs.offset + at)).first<wire_size<blob_row>>();
      auto row = load<blob_row>(place);
      row.checksum = checksum128(slice(slice(bytes, payloads.offset, payloads.size), row.offset, row.size));
      store<blob_row>(place, row);
    }
  for (std::size_t at = 0; at < directory.size(); at += wire_size<section>) {
    const auto place = directory.subspan(at).first<wire_size<section>>();
    auto s = load<section>(place);
    s.checksum = s.kind == section_kind::payload_bytes ? 0 : checksum64(slice(bytes, s.offset, s.size));
    store<section>(place, s);
  }
  head.file_size = bytes.size();
  constexpr std::uint64_t checked_from = offset_of(&header::header_size);
  store<header>(bytes.first<wire_size<header>>(), head);
  head.checksum = checksum64(slice(bytes, checked_from, wire_size<header> + directory_size - checked_from));
  store<header>(bytes.first<wire_size<header>>(), head);
}

}  // namespace bmes::fuzz
