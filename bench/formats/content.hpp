#pragma once
#include <bmes/module.hpp>
#include <bmes/v4.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

// What all formats hold, and how it is proven that each was read to its end: every format tells a sink of every field.

namespace formats {

/// What is written: a graph, and where its payloads are. The payloads' bytes are in no format's file.
struct content {
  bmes::graph_record graph;
  struct module_payloads {
    std::uint32_t text = bmes::v4::absent_index;
    std::vector<bmes::v4::payload_view> payloads;
  };
  std::vector<module_payloads> of_module;  ///< as many as the graph has modules
  std::vector<bmes::v4::blob_row> blobs;
};

/// The kinds of records, each with the number that its first field has.
enum class record : std::uint32_t {
  graph = 0,
  engine = 10,
  blob = 20,
  fact = 30,
  module = 40,
  request = 60,
  import = 70,
  export_ = 80,
  star = 90,
  variable = 100,
  payload = 110
};

/// What is measured: looks at every number, and at the size and both ends of every text.
class touch {
 public:
  void begin(record r, std::uint64_t) noexcept { at_ = static_cast<std::uint64_t>(r); }
  void number(std::uint64_t value) noexcept {
    sum_ += (value + 1) * (2 * at_ + 1);
    ++at_;
  }
  void text(std::string_view text) noexcept {
    const auto end = [&](std::size_t i) { return static_cast<std::uint64_t>(static_cast<unsigned char>(text[i])); };
    number(text.empty() ? 0 : text.size() << 16 | end(0) << 8 | end(text.size() - 1));
  }
  void end() noexcept {}
  [[nodiscard]] std::uint64_t value() const noexcept { return sum_; }

 private:
  std::uint64_t sum_ = 0;
  std::uint64_t at_ = 0;
};

/// What is compared before anything is measured: every bit of every field. Records count with the module they belong
/// to, but in any order: not every format keeps the order that entries were written in.
class digest {
 public:
  void begin(record r, std::uint64_t owner) noexcept { one_ = (static_cast<std::uint64_t>(r) + 1) * 0x9E3779B97F4A7C15 ^ owner; }
  void number(std::uint64_t value) noexcept {
    one_ = (one_ ^ value) * 0xD6E8FEB86659FD93;
    one_ ^= one_ >> 32;
  }
  void text(std::string_view text) noexcept {
    number(text.size());
    for (const char c : text) number(static_cast<unsigned char>(c));
  }
  void end() noexcept { number(0), sum_ += one_, ++records_; }
  [[nodiscard]] std::uint64_t value() const noexcept { return sum_; }
  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }

 private:
  std::uint64_t sum_ = 0;
  std::uint64_t one_ = 0;
  std::uint64_t records_ = 0;
};

/// Numbers of the kinds of names in the other formats: text is what they leave out as the default.
enum class name_kind : std::uint32_t { text, absent, star_namespace, star_default };

[[nodiscard]] constexpr name_kind kind_of(const bmes::name& n) noexcept {
  using kind = bmes::name::kind_type;
  const auto number = [](kind k) { return static_cast<std::uint32_t>(k) ^ static_cast<std::uint32_t>(kind::text); };
  static_assert(number(kind::text) == 0 && number(kind::absent) == 1 && number(kind::star_namespace) == 2 && number(kind::star_default) == 3);
  return static_cast<name_kind>(number(n.kind));
}

/// The name that an export leads to.
[[nodiscard]] constexpr const bmes::name& target_of(const bmes::export_entry& e) noexcept {
  return e.type == bmes::export_type::local ? e.local_name : e.import_name;
}

/// Both halves of a hash, as formats without arrays of bytes keep it.
struct halves {
  std::uint64_t high, low;
};
[[nodiscard]] constexpr halves halves_of(const bmes::hash128& hash) noexcept {
  using word = bmes::wire_rep<std::uint64_t>;
  const std::span<const std::byte, 16> bytes(hash);
  return {word::load(bytes.first<8>()), word::load(bytes.last<8>())};
}

/// One format, or one way to use it. Files are checked before they are visited; false when they are refused.
struct format {
  const char* name;
  /// Writes the content, and gives the file's size; the file itself where it is asked for.
  std::size_t (*write)(const content&, std::vector<std::byte>* file);
  bool (*check)(bmes::byte_view file);
  bool (*visit)(bmes::byte_view file, touch&);
  bool (*prove)(bmes::byte_view file, digest&);
};

extern const format bmes_format, flatbuffers, flatbuffers_unshared, capnproto, protobuf, protobuf_arena;

}  // namespace formats
