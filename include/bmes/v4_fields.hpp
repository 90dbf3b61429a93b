#pragma once
#include <bmes/bytes.hpp>
#include <compare>
#include <cstdint>

// What the fields of version 4 are: their types carry the rules that every reader checks.

namespace bmes::v4 {

template <class Tag>
struct meant;

}  // namespace bmes::v4

namespace bmes {

template <class Tag>
struct wire_rep<v4::meant<Tag>> {
  using rep = wire_rep<std::uint32_t>;
  static constexpr std::size_t size = rep::size;
  static constexpr v4::meant<Tag> load(std::span<const std::byte, size> in) noexcept { return v4::meant<Tag>(rep::load(in)); }
  static constexpr void store(std::span<std::byte, size> out, v4::meant<Tag> v) noexcept { rep::store(out, v.value); }
};

}  // namespace bmes

namespace bmes::v4 {

inline constexpr std::uint32_t version = 4;
inline constexpr std::uint64_t section_alignment = 8;
inline constexpr std::uint64_t payload_alignment = 128;
inline constexpr std::uint32_t max_sections = 64;
/// Strings, and records of a kind, that a file may have.
inline constexpr std::uint32_t max_count = 0x7FFFFFFF;
/// What an optional index says when there is nothing to point to.
inline constexpr std::uint32_t absent_index = 0xFFFFFFFF;

/// Index of a string that has to be there.
enum class string_ref : std::uint32_t {};
/// Index of a string, or one of the names that are no text.
enum class name_ref : std::uint32_t { star_namespace = 0xFFFFFFFD, star_default = 0xFFFFFFFE, absent = 0xFFFFFFFF };
/// Index of a module of this file, or `external`.
enum class module_ref : std::uint32_t {};
/// A u32 with a meaning: each Tag is a type of its own, with rules of its own.
template <class Tag>
struct meant {
  std::uint32_t value = 0;
  constexpr meant() = default;
  constexpr explicit meant(std::uint32_t v) noexcept : value(v) {}
  constexpr explicit operator std::uint32_t() const noexcept { return value; }
  friend constexpr auto operator<=>(const meant&, const meant&) = default;
};
template <class Row>
struct index_tag {};
template <class Row>
struct optional_index_tag {};
template <class Row>
struct first_tag {};
template <std::uint32_t Known>
struct bits_tag {};

/// Index of a Row of this file.
template <class Row>
using index_of = meant<index_tag<Row>>;
/// Index of a Row of this file, or 0xFFFFFFFF for none.
template <class Row>
using optional_index_of = meant<optional_index_tag<Row>>;
/// Index of a record's first Row; its last one is before the first of the record that follows it.
template <class Row>
using first_of = meant<first_tag<Row>>;
/// Bits, of which only those in `Known` may be set.
template <std::uint32_t Known>
using bits = meant<bits_tag<Known>>;
/// Nanoseconds since 1970-01-01T00:00:00Z; 0 when not known.
enum class nanoseconds : std::uint64_t {};

enum class section_kind : std::uint32_t {
  string = 1,
  string_bytes = 2,
  module = 3,
  request = 4,
  attribute = 5,
  import_entry = 6,
  export_entry = 7,
  star = 8,
  variable = 9,
  engine = 10,
  blob = 11,
  payload = 12,
  fact = 13,
  payload_bytes = 14,
  identity = 15,
};
/// One more than the last kind.
inline constexpr std::size_t kind_count = 16;

/// A reader that doesn't know a section with this bit must refuse the file.
inline constexpr std::uint32_t section_required = 1;
[[nodiscard]] constexpr std::uint32_t flags_of(section_kind kind) noexcept { return kind <= section_kind::payload_bytes ? section_required : 0; }

/// Where a section starts that follows what ends at `end`.
[[nodiscard]] constexpr std::uint64_t section_start(section_kind kind, std::uint64_t end) noexcept {
  const std::uint64_t alignment = kind == section_kind::payload_bytes ? payload_alignment : section_alignment;
  return (end + alignment - 1) / alignment * alignment;
}

}  // namespace bmes::v4
