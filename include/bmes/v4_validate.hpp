#pragma once
#include <bmes/utf8.hpp>
#include <bmes/v4_open.hpp>
#include <bmes/v4_order.hpp>

// What open() checks of the sections. Offsets and names of the fields come from the layout's description.

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
      const byte_view between = slice(file_.bytes(), end, s.offset - end);
      if (const auto bad = bmes::detail::first_nonzero(between); bad != between.size()) return fail(errc::bad_padding, end + bad, "padding");
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
    if (plain && plain_strings_hold(rows, all)) return;
    std::uint32_t before = 0, begin = 0;
    for (std::size_t i = 0; i < rows.size() && good(); ++i) {
      const std::uint32_t raw = rows[i].end, end = raw & ~string_row::ascii;
      if (end < begin || end > all.size()) return fail_row(errc::bad_offset, i, &string_row::end);
      if (!plain && end < all.size() && (all[end] & std::byte{0xC0}) == std::byte{0x80}) return fail(errc::bad_utf8, base + end, "string_bytes");
      const bool says_ascii = (raw & string_row::ascii) != 0;
      if (says_ascii != (plain || is_ascii(slice(all, begin, end - begin)))) return fail_row(errc::bad_value, i, &string_row::end);
      if (i != 0 && !bmes::detail::ascends(all, before, begin, end)) return fail_row(errc::bad_order, i, &string_row::end);
      before = begin;
      begin = end;
    }
    if (begin != all.size()) fail(errc::bad_count, base + begin, "string_bytes");
  }

  // The rules for rows are proven without a branch for each of them; only where one does not hold, the second look
  // finds the first row that breaks it.

  /// The rules that the types of the fields state, for every row of a section.
  template <class Row>
  void fields() noexcept {
    if (!good()) return;
    const auto rows = file_.rows<Row>();
    Row previous{};
    bool held = true;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Row row = rows[i];
      for_each_field<Row>([&](std::size_t, const auto& f) { held &= check(row.*f.member, previous.*f.member, i == 0) == errc{}; });
      previous = row;
    }
    if (!held) [[unlikely]]
      find_bad_field<Row>();
    if (rows.empty()) for_each_field<Row>([&](std::size_t, const auto& f) { without_owner(Row{}.*f.member); });
  }

  /// Strictly ascending `key(row)` within each of the runs that the owners divide the rows into. The owners' fields are proven.
  template <class Row, class Runs, class Key, class T>
  void ascending(Runs runs, Key key, T Row::* member) noexcept {
    const auto rows = file_.rows<Row>();
    if (!good() || rows.empty()) return;
    const auto owners = file_.rows<typename Runs::owner>();
    std::size_t begin = 0;
    for (std::size_t owner = 0; owner < owners.size(); ++owner) {
      const std::size_t end = owner + 1 < owners.size() ? runs.begin(owners[owner + 1]) : rows.size();
      ascending(row_range<Row>{begin, end - begin}, key, member);
      begin = end;
    }
  }
  /// The same for a section whose rows are in one order from the first to the last.
  template <class Row, class Key, class T>
  void ascending(whole_section, Key key, T Row::* member) noexcept {
    if (!good()) return;
    ascending(file_.range<Row>(), key, member);
  }

  void entries() noexcept {
    if (!good()) return;
    const auto has_module = [](const export_row& e) { return (e.module_name == name_ref::absent) == (e.type == export_type::local); };
    const auto has_target = [](const export_row& e) { return (e.target_name == name_ref::absent) == (e.type == export_type::namespace_object); };
    const auto has_name = [](const import_row& e) {
      return (e.import_name == name_ref::star_namespace) == (e.type == import_type::namespace_object);
    };
    const auto exports = file_.rows<export_row>();
    if (const auto i = first_without(exports, [&](const export_row& e) { return has_module(e) && has_target(e); }); i != exports.size())
      fail_row(errc::bad_value, i, has_module(exports[i]) ? &export_row::target_name : &export_row::module_name);
    const auto imports = file_.rows<import_row>();
    if (const auto i = first_without(imports, has_name); i != imports.size()) fail_row(errc::bad_value, i, &import_row::import_name);
    if (static_cast<std::uint32_t>(file_.head().entry) != external && file_.entry() >= file_.module_count())
      fail(errc::bad_index, offset_of(&header::entry), "header.entry");
  }

  void blobs(bool contents) noexcept {
    const auto rows = file_.rows<blob_row>();
    const std::uint64_t base = file_.section_of(section_kind::payload_bytes).offset;
    const byte_view all = file_.bytes_of(section_kind::payload_bytes);
    std::uint64_t end = 0;
    for (std::size_t i = 0; i < rows.size() && good(); ++i) {
      const blob_row b = rows[i];
      const std::uint64_t begin = (end + payload_alignment - 1) / payload_alignment * payload_alignment;
      if (b.offset != begin || !fits(b.offset, b.size, all.size())) return fail_row(errc::bad_offset, i, &blob_row::offset);
      if (b.size == 0) return fail_row(errc::bad_value, i, &blob_row::size);
      const byte_view between = slice(all, end, begin - end);
      if (const auto bad = bmes::detail::first_nonzero(between); bad != between.size()) return fail(errc::bad_padding, base + end + bad, "padding");
      if (contents && !same_hash(checksum128(slice(all, b.offset, b.size)), b.checksum)) return fail_row(errc::bad_checksum, i, &blob_row::checksum);
      end = b.offset + b.size;
    }
    if (end != all.size()) fail(errc::bad_count, base + end, "payload_bytes");
  }

  void identities() noexcept {
    const auto count_of_them = count<identity_row>();
    if (count_of_them != 0 && count_of_them != count<module_row>() + count<fact_row>())
      fail(errc::bad_count, row_offset<identity_row>(0), identity_row::name);
  }

 private:
  template <class Row>
  [[nodiscard]] constexpr std::uint64_t row_offset(std::size_t index) const noexcept {
    return file_.section_of(Row::kind).offset + index * wire_size<Row>;
  }

  // The rules of strings() where all of them are ASCII. All rows have bit 31 then, so they can be compared as they are.
  [[nodiscard]] static constexpr bool plain_strings_hold(table<string_row> rows, byte_view all) noexcept {
    if (rows.empty()) return all.empty();
    bool held = (rows[0].end & string_row::ascii) != 0 && rows[rows.size() - 1].end == (all.size() | string_row::ascii);
    for (std::size_t i = 1; i < rows.size(); ++i) held &= rows[i - 1].end <= rows[i].end;
    if (!held) return false;
    std::size_t before = 0, begin = rows[0].end & ~string_row::ascii;
    for (std::size_t i = 1; i < rows.size(); ++i) {
      const std::size_t end = rows[i].end & ~string_row::ascii;
      held &= bmes::detail::ascends(all, before, begin, end);
      before = begin;
      begin = end;
    }
    return held;
  }

  template <class Row>
  void find_bad_field() noexcept {
    const auto rows = file_.rows<Row>();
    Row previous{};
    for (std::size_t i = 0; i < rows.size() && good(); ++i) {
      const Row row = rows[i];
      for_each_field<Row>([&](std::size_t offset, const auto& f) {
        const errc code = check(row.*f.member, previous.*f.member, i == 0);
        if (code != errc{}) fail(code, row_offset<Row>(i) + offset, f.name);
      });
      previous = row;
    }
  }

  template <class Row, class Key, class T>
  void ascending(row_range<Row> range, const Key& key, T Row::* member) noexcept {
    const auto rows = file_.rows(range);
    const auto held_at = [&](std::size_t i) { return key(rows[i - 1]) < key(rows[i]); };
    bool held = true;
    for (std::size_t i = 1; i < rows.size(); ++i) held &= held_at(i);
    if (held) [[likely]]
      return;
    for (std::size_t i = 1; i < rows.size(); ++i)
      if (!held_at(i)) return fail_row(errc::bad_order, range.first + i, member);
  }

  // The index of the first row that breaks the rule; the number of rows when none does.
  template <class Row, class Rule>
  [[nodiscard]] static constexpr std::size_t first_without(table<Row> rows, const Rule& rule) noexcept {
    bool held = true;
    for (std::size_t i = 0; i < rows.size(); ++i) held &= rule(rows[i]);
    if (held) [[likely]]
      return rows.size();
    std::size_t i = 0;
    while (rule(rows[i])) ++i;
    return i;
  }

  template <class Row>
  [[nodiscard]] constexpr std::size_t count() const noexcept {
    return file_.rows<Row>().size();
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
    return v.value < count<Row>() ? errc{} : errc::bad_index;
  }
  template <class Row>
  [[nodiscard]] constexpr errc check_meant(optional_index_of<Row> v, optional_index_of<Row>, bool) const noexcept {
    return v.value == absent_index || v.value < count<Row>() ? errc{} : errc::bad_index;
  }
  template <class Row>
  [[nodiscard]] constexpr errc check_meant(first_of<Row> v, first_of<Row> before, bool is_first) const noexcept {
    if (v.value > count<Row>()) return errc::bad_index;
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

inline result<ok> file::check(bool payloads) const noexcept {
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
  check.identities();
  return check.finish();
}

inline result<file> file::open(byte_view bytes, payload_proof proof) noexcept {
  auto out = open_directory(bytes);
  if (!out) return out;
  if (const auto valid = out->check(proof == payload_proof::now); !valid) return valid.error();
  out->proof_ = proof;
  return out;
}

}  // namespace bmes::v4
