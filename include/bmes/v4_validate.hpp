#pragma once
#include <bmes/utf8.hpp>
#include <bmes/v4_file.hpp>
#include <bmes/v4_order.hpp>

// What open() and validate() check. Offsets and names of the fields come from the layout's description.

namespace bmes::v4 {
namespace detail {

/// Finds the first thing in a file that breaks a rule, and where it is.
class checker {
 public:
  constexpr explicit checker(const file& f) noexcept : file_(f) {}

  [[nodiscard]] constexpr result<ok> finish() const noexcept {
    if (error_.code != errc{}) return error_;
    return ok{};
  }
  [[nodiscard]] constexpr bool good() const noexcept { return error_.code == errc{}; }
  constexpr void fail(errc code, std::uint64_t offset, std::string_view field) noexcept {
    if (good()) error_ = {code, offset, field};
  }
  template <class Row, class T>
  constexpr void fail_row(errc code, std::size_t index, T Row::* member) noexcept {
    fail(code, row_offset<Row>(index) + offset_of(member), name_of_field(member));
  }

  void padding() noexcept {
    std::uint64_t end = wire_size<header> + file_.sections().bytes().size();
    for (const section s : file_.sections()) {
      for (std::uint64_t at = end; at < s.offset && good(); ++at)
        if (slice(file_.bytes(), at, 1)[0] != std::byte{0}) fail(errc::bad_padding, at, "padding");
      end = s.offset + s.size;
    }
  }

  void checksums() noexcept {
    for (std::size_t i = 0; i < file_.sections().size() && good(); ++i) {
      const section s = file_.sections()[i];
      const bool own = s.kind == section_kind::payload_bytes;
      if ((own ? 0 : checksum64(slice(file_.bytes(), s.offset, s.size))) != s.checksum)
        fail(errc::bad_checksum, wire_size<header> + i * wire_size<section> + offset_of(&section::checksum), "section.checksum");
    }
  }

  void strings() noexcept {
    const auto rows = file_.rows<string_row>();
    const byte_view all = file_.bytes_of(section_kind::string_bytes);
    const std::uint64_t base = file_.section_of(section_kind::string_bytes).offset;
    const bool plain = is_ascii(all);
    if (!plain)
      if (const auto bad = first_bad_utf8(all); bad != all.size()) fail(errc::bad_utf8, base + bad, "string_bytes");
    std::uint32_t begin = 0;
    std::string_view previous;
    for (std::size_t i = 0; i < rows.size() && good(); ++i) {
      const std::uint32_t raw = rows[i].end, end = raw & ~string_row::ascii;
      if (end < begin || end > all.size()) return fail_row(errc::bad_offset, i, &string_row::end);
      const byte_view bytes = slice(all, begin, end - begin);
      if (!plain && end < all.size() && (all[end] & std::byte{0xC0}) == std::byte{0x80}) return fail(errc::bad_utf8, base + end, "string_bytes");
      if (((raw & string_row::ascii) != 0) != (plain || is_ascii(bytes))) return fail_row(errc::bad_value, i, &string_row::end);
      const std::string_view text = as_text(bytes);
      if (i != 0 && !(previous < text)) return fail_row(errc::bad_order, i, &string_row::end);
      previous = text;
      begin = end;
    }
    if (begin != all.size()) fail(errc::bad_count, base + begin, "string_bytes");
  }

  /// The rules that the types of the fields state, for every row of a section.
  template <class Row>
  void fields() noexcept {
    const auto rows = file_.rows<Row>();
    Row previous{};
    for (std::size_t i = 0; i < rows.size() && good(); ++i) {
      const Row row = rows[i];
      for_each_field<Row>([&](std::size_t offset, const auto& f) {
        const errc code = check(row.*f.member, previous.*f.member, i == 0);
        if (code != errc{}) [[unlikely]]
          fail(code, row_offset<Row>(i) + offset, f.name);
      });
      previous = row;
    }
    if (rows.empty()) for_each_field<Row>([&](std::size_t, const auto& f) { without_owner(Row{}.*f.member); });
  }

  /// Strictly ascending `key(row)` within each of the runs that `first` of `Owner` divides the rows into.
  template <class Owner, class Row, class Key, class T>
  void ascending(first_of<Row> Owner::* first, Key key, T Row::* member) noexcept {
    const auto owners = file_.rows<Owner>();
    const auto rows = file_.rows<Row>();
    std::size_t owner = 0, begin = 0;
    for (std::size_t i = 0; i < rows.size() && good(); ++i) {
      for (; owner < owners.size() && static_cast<std::uint32_t>(owners[owner].*first) <= i; ++owner)
        begin = static_cast<std::uint32_t>(owners[owner].*first);
      if (i != begin && !(key(rows[i - 1]) < key(rows[i]))) fail_row(errc::bad_order, i, member);
    }
  }
  /// The same for a section whose rows are in one order from the first to the last.
  template <class Row, class Key, class T>
  void ascending(whole_section, Key key, T Row::* member) noexcept {
    const auto rows = file_.rows<Row>();
    for (std::size_t i = 1; i < rows.size() && good(); ++i)
      if (!(key(rows[i - 1]) < key(rows[i]))) fail_row(errc::bad_order, i, member);
  }

  void entries() noexcept {
    const auto exports = file_.rows<export_row>();
    for (std::size_t i = 0; i < exports.size() && good(); ++i) {
      const export_row e = exports[i];
      if ((e.module_name == name_ref::absent) != (e.type == export_type::local)) fail_row(errc::bad_value, i, &export_row::module_name);
      if ((e.target_name == name_ref::absent) != (e.type == export_type::namespace_object)) fail_row(errc::bad_value, i, &export_row::target_name);
    }
    const auto imports = file_.rows<import_row>();
    for (std::size_t i = 0; i < imports.size() && good(); ++i)
      if ((imports[i].import_name == name_ref::star_namespace) != (imports[i].type == import_type::namespace_object))
        fail_row(errc::bad_value, i, &import_row::import_name);
    if (static_cast<std::uint32_t>(file_.head().entry) != external && file_.entry() >= file_.module_count())
      fail(errc::bad_index, offset_of(&header::entry), "header.entry");
  }

  void blobs(bool contents) noexcept {
    const auto rows = file_.rows<blob_row>();
    const section area = file_.section_of(section_kind::payload_bytes);
    const byte_view all = file_.bytes_of(section_kind::payload_bytes);
    std::uint64_t end = 0;
    for (std::size_t i = 0; i < rows.size() && good(); ++i) {
      const blob_row b = rows[i];
      const std::uint64_t begin = (end + payload_alignment - 1) / payload_alignment * payload_alignment;
      if (b.offset != begin || !fits(b.offset, b.size, all.size())) return fail_row(errc::bad_offset, i, &blob_row::offset);
      if (b.size == 0) return fail_row(errc::bad_value, i, &blob_row::size);
      for (; end < begin; ++end)
        if (all[static_cast<std::size_t>(end)] != std::byte{0}) return fail(errc::bad_padding, area.offset + end, "padding");
      if (contents && checksum128(slice(all, b.offset, b.size)) != b.checksum) return fail_row(errc::bad_checksum, i, &blob_row::checksum);
      end = b.offset + b.size;
    }
    if (end != all.size()) fail(errc::bad_count, area.offset + end, "payload_bytes");
  }

 private:
  template <class Row>
  [[nodiscard]] constexpr std::uint64_t row_offset(std::size_t index) const noexcept {
    return file_.section_of(Row::kind).offset + index * wire_size<Row>;
  }

  // Rows that no row can refer to.
  constexpr void without_owner(const auto&) noexcept {}
  template <class Row>
  constexpr void without_owner(first_of<Row>) noexcept {
    if (!file_.rows<Row>().empty()) fail(errc::bad_count, row_offset<Row>(0), Row::name);
  }

  // The rule of a field's type; fields of other types (hashes, sizes, times) may have any value.
  template <class T>
  [[nodiscard]] constexpr errc check(const T& v, const T& before, bool is_first) const noexcept {
    if constexpr (std::is_same_v<T, string_ref>) {
      return static_cast<std::uint32_t>(v) < file_.string_count() ? errc{} : errc::bad_index;
    } else if constexpr (std::is_same_v<T, name_ref>) {
      return v >= name_ref::star_namespace || static_cast<std::uint32_t>(v) < file_.string_count() ? errc{} : errc::bad_index;
    } else if constexpr (std::is_same_v<T, module_ref>) {
      return v == module_ref{external} || static_cast<std::uint32_t>(v) < file_.module_count() ? errc{} : errc::bad_index;
    } else if constexpr (std::is_enum_v<T>) {
      return last_of<T> == T{} || v <= last_of<T> ? errc{} : errc::bad_value;
    } else {
      return check_meant(v, before, is_first);
    }
  }
  template <class T>
  [[nodiscard]] constexpr errc check_meant(const T&, const T&, bool) const noexcept {
    return errc{};
  }
  template <class Row>
  [[nodiscard]] constexpr errc check_meant(index_of<Row> v, index_of<Row>, bool) const noexcept {
    return v.value < file_.section_of(Row::kind).record_count ? errc{} : errc::bad_index;
  }
  template <class Row>
  [[nodiscard]] constexpr errc check_meant(optional_index_of<Row> v, optional_index_of<Row>, bool) const noexcept {
    return v.value == absent_index || v.value < file_.section_of(Row::kind).record_count ? errc{} : errc::bad_index;
  }
  template <class Row>
  [[nodiscard]] constexpr errc check_meant(first_of<Row> v, first_of<Row> before, bool is_first) const noexcept {
    if (v.value > file_.section_of(Row::kind).record_count) return errc::bad_index;
    return (is_first ? v.value == 0 : before <= v) ? errc{} : errc::bad_order;
  }
  template <std::uint32_t Known>
  [[nodiscard]] constexpr errc check_meant(bits<Known> v, bits<Known>, bool) const noexcept {
    return (v.value & ~Known) == 0 ? errc{} : errc::bad_value;
  }

  const file& file_;
  bmes::error error_{};
};

}  // namespace detail

inline result<file> file::open(byte_view bytes) noexcept {
  const auto read = [&](cursor& in) {
    file f;
    f.bytes_ = bytes;
    f.head_ = in.read_record<header>();
    const header& h = f.head_;
    const auto rule = [&](bool held, errc code, auto header::* member, std::string_view name) { in.require(held, code, offset_of(member), name); };
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
      const auto place = [&](bool held, errc code, auto section::* member, std::string_view name) {
        in.require(held, code, wire_size<header> + i * wire_size<section> + offset_of(member), name);
      };
      const auto this_kind = static_cast<std::uint32_t>(s.kind);
      place(this_kind > kind, errc::bad_order, &section::kind, "section.kind");
      place((static_cast<std::uint32_t>(s.flags) & ~section_required) == 0, errc::bad_value, &section::flags, "section.flags");
      const bool known = this_kind < f.known_.size();
      place(known || s.flags == bits<section_required>{}, errc::unsupported_section, &section::kind, "section.kind");
      const std::uint64_t alignment = s.kind == section_kind::payload_bytes ? payload_alignment : section_alignment;
      place(s.offset == (end + alignment - 1) / alignment * alignment, errc::bad_offset, &section::offset, "section.offset");
      place(fits(s.offset, s.size, bytes.size()), errc::bad_offset, &section::size, "section.size");
      place(s.record_count != 0 && s.record_count <= max_count, errc::bad_count, &section::record_count, "section.record_count");
      place(std::uint64_t{s.record_size} * s.record_count == s.size, errc::bad_count, &section::size, "section.size");
      if (known) f.known_[this_kind] = s;
      if (s.kind == section_kind::payload_bytes) place(s.record_size == 1, errc::bad_value, &section::record_size, "section.record_size");
      for_each_kind([&]<class Row>() {
        if (s.kind == Row::kind) place(s.record_size == wire_size<Row>, errc::bad_value, &section::record_size, "section.record_size");
      });
      if (!in.good()) break;
      kind = this_kind;
      end = s.offset + s.size;
    }
    in.require(end == bytes.size(), errc::trailing_bytes, end, "end");
    return f;
  };
  auto out = decode_prefix(bytes, read, 0);
  if (!out) return out.error();
  return out->value;
}

inline result<ok> file::validate(bool payloads) const noexcept {
  detail::checker check(*this);
  check.padding();
  check.checksums();
  check.strings();
  for_each_kind([&]<class Row>() {
    if constexpr (Row::kind != section_kind::string && Row::kind != section_kind::string_bytes) check.fields<Row>();
  });
  detail::for_each_order([&](auto runs, const auto& key, auto member) { check.ascending(runs, key, member); });
  check.entries();
  check.blobs(payloads);
  return check.finish();
}

inline result<byte_view> file::payload_bytes(std::uint32_t blob) const noexcept {
  const auto blobs = rows<blob_row>();
  const std::uint64_t place = section_of(section_kind::blob).offset + std::uint64_t{blob} * wire_size<blob_row>;
  if (blob >= blobs.size()) return error{errc::bad_index, place, "payload.blob"};
  const byte_view bytes = unproven_payload_bytes(blob);
  if (bytes.empty()) return error{errc::bad_offset, place + offset_of(&blob_row::offset), "blob.offset"};
  if (checksum128(bytes) != blobs[blob].checksum) return error{errc::bad_checksum, place + offset_of(&blob_row::checksum), "blob.checksum"};
  return bytes;
}

}  // namespace bmes::v4
