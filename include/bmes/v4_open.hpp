#pragma once
#include <bmes/v4_file.hpp>

// What open() checks of the header and the directory, and what payload_bytes() does.

namespace bmes::v4 {

namespace detail {

// By kind.
inline constexpr auto record_sizes = [] {
  std::array<std::uint32_t, kind_count> sizes{};
  for_each_kind([&]<class Row>() { sizes[static_cast<std::size_t>(Row::kind)] = static_cast<std::uint32_t>(wire_size<Row>); });
  sizes[static_cast<std::size_t>(section_kind::payload_bytes)] = 1;
  return sizes;
}();

}  // namespace detail

inline result<file> file::open_directory(byte_view bytes) noexcept {
  result<file> out{file{}};
  file& f = *out;
  f.bytes_ = bytes;
  const auto read = [&](cursor& in) {
    f.head_ = in.read_record<header>();
    const header& h = f.head_;
    const auto rule = [&](bool held, errc code, auto header::*member, std::string_view name) {
      if (!held) [[unlikely]]
        in.fail(code, offset_of(member), name);
    };
    rule(h.magic == magic, errc::bad_magic, &header::magic, "header.magic");
    rule(h.version == version, errc::unsupported_version, &header::version, "header.version");
    rule(h.file_size <= bytes.size(), errc::truncated, &header::file_size, "header.file_size");
    rule(h.file_size >= bytes.size(), errc::trailing_bytes, &header::file_size, "header.file_size");
    rule(h.header_size == wire_size<header>, errc::bad_value, &header::header_size, "header.header_size");
    rule(h.section_count <= max_sections, errc::bad_count, &header::section_count, "header.section_count");
    f.sections_ = in.read_table<section>(in.good() ? h.section_count : 0);
    const std::uint64_t checked_from = offset_of(&header::header_size);
    rule(checksum64(slice(bytes, checked_from, in.offset() - checked_from)) == h.checksum, errc::bad_checksum, &header::checksum, "header.checksum");
    rule(h.flags == bits<0>{}, errc::bad_value, &header::flags, "header.flags");
    rule(h.reserved == std::array<std::byte, 24>{}, errc::bad_padding, &header::reserved, "header.reserved");

    std::uint64_t end = in.offset();
    std::uint32_t kind = 0;
    for (std::size_t i = 0; i < f.sections_.size() && in.good(); ++i) {
      const section s = f.sections_[i];
      const auto place = [&](bool held, errc code, auto section::*member, std::string_view name) {
        if (!held) [[unlikely]]
          in.fail(code, wire_size<header> + i * wire_size<section> + offset_of(member), name);
      };
      const auto this_kind = static_cast<std::uint32_t>(s.kind);
      place(this_kind > kind, errc::bad_order, &section::kind, "section.kind");
      place((static_cast<std::uint32_t>(s.flags) & ~section_required) == 0, errc::bad_value, &section::flags, "section.flags");
      const bool known = this_kind < f.areas_.size();
      place(known || s.flags == bits<section_required>{}, errc::unsupported_section, &section::kind, "section.kind");
      place(s.offset == section_start(s.kind, end), errc::bad_offset, &section::offset, "section.offset");
      place(fits(s.offset, s.size, bytes.size()), errc::bad_offset, &section::size, "section.size");
      place(s.record_count != 0 && s.record_count <= max_count, errc::bad_count, &section::record_count, "section.record_count");
      place(std::uint64_t{s.record_size} * s.record_count == s.size, errc::bad_count, &section::size, "section.size");
      const std::uint32_t record_size = known ? detail::record_sizes[this_kind] : s.record_size;
      place(s.record_size == record_size, errc::bad_value, &section::record_size, "section.record_size");
      if (!in.good()) break;
      if (known) f.areas_[this_kind] = slice(bytes, s.offset, s.size);
      kind = this_kind;
      end = s.offset + s.size;
    }
    in.require(end == bytes.size(), errc::trailing_bytes, end, "end");
    return ok{};
  };
  // One object from here to the caller: copies of it would be a tenth of the work on a small file.
  if (const auto done = decode_prefix(bytes, read, 0); !done) out = done.error();
  return out;
}

inline result<byte_view> file::payload_bytes(std::uint32_t blob) const noexcept {
  const auto blobs = rows<blob_row>();
  const std::uint64_t place = section_of(section_kind::blob).offset + std::uint64_t{blob} * wire_size<blob_row>;
  if (blob >= blobs.size()) return error{errc::bad_index, place, "payload.blob"};
  const byte_view bytes = slice(bytes_of(section_kind::payload_bytes), blobs[blob].offset, blobs[blob].size);
  if (proof_ == payload_proof::at_use && !same_hash(checksum128(bytes), blobs[blob].checksum))
    return error{errc::bad_checksum, place + offset_of(&blob_row::checksum), "blob.checksum"};
  return bytes;
}

}  // namespace bmes::v4
