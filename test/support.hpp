// What the tests share: bytes spelled in hex, sample modules, models as text, and ways to damage files.
#pragma once

#include <algorithm>
#include <array>
#include <bmes/format.hpp>
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <vector>

namespace support {

using buffer = std::vector<std::byte>;

/// The bytes that `hex` spells; everything but digits is for the eye.
buffer from_hex(std::string_view spelled);
std::string hex(bmes::byte_view in);
std::string to_text(const bmes::error& e);

// ---- models as text: equal models have equal texts, and a failing test shows what differs ----------------------

std::string to_text(const bmes::name& n);
std::string to_text(const bmes::module_record& m);
std::string to_text(const bmes::graph_record& g);

// ---- samples ---------------------------------------------------------------------------------------------------

inline constexpr std::array payload_a{std::byte{0xCA}, std::byte{0xFE}, std::byte{0}};
inline constexpr std::array payload_b{std::byte{1}};

constexpr bmes::hash128 hash_of(unsigned seed) {
  bmes::hash128 out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(seed * 17 + i);
  return out;
}

/// One of everything that version 1 can hold.
bmes::owned_record sample_v1();

/// One of everything that version 3 can hold.
bmes::owned_record sample_v3();

/// One of everything that version 4 can hold, and most of it twice.
bmes::owned_graph sample_graph();

template <class T>
T must(bmes::result<T> r) {
  if (!r) BOOST_FAIL(to_text(r.error()));
  return *std::move(r);
}

buffer write_v1(const bmes::module_record& m, bmes::byte_view bytecode = {});
buffer write_v3(const bmes::module_record& m, bmes::byte_view bytecode = {}, std::uint32_t code_features = 0);
buffer write_v4(const bmes::owned_graph& g);
/// The file with a section of five bytes after the last one: the directory grows by a record, which moves everything.
buffer with_section(bmes::byte_view file, std::uint32_t kind, std::uint32_t flags);
/// Changes the last byte of the last payload of a file of version 4.
void damage_last_payload(buffer& file);

// ---- reading and damaging, the same for every version -----------------------------------------------------------

/// What reading told: an error, or the model as text with the bytes that it is written back as.
struct reading {
  bmes::error error;
  std::string model;
  buffer again;
  [[nodiscard]] bool accepted() const { return error.code == bmes::errc{}; }
};

reading read(bmes::byte_view in);

/// Refused as malformed or stale, inside the file and with a name; or read to what can be written and read again.
void check_refused_or_consistent(const buffer& in);

/// What the inspector tells of a valid file.
std::vector<bmes::inspected> fields_of(const buffer& in);

/// A copy in an allocation of its size, so that a sanitizer sees a step beyond it.
buffer exact(bmes::byte_view in);

void check_every_prefix_is_refused(const buffer& in);

void check_every_byte_changed(buffer in);

/// Calls f(damaged bytes, where) with every bit changed alone.
template <class F>
void for_each_bit_flipped(buffer in, F&& f) {
  for (std::size_t i = 0; i < in.size(); ++i)
    for (unsigned bit = 0; bit < 8; ++bit) {
      in[i] ^= static_cast<std::byte>(1u << bit);
      f(in, i);
      in[i] ^= static_cast<std::byte>(1u << bit);
    }
}

/// Values at which readers go wrong.
std::set<std::uint64_t> edge_values(std::uint64_t value, std::size_t size);

void store_number(buffer& in, std::uint64_t offset, std::size_t size, std::uint64_t value);
std::uint64_t load_number(const buffer& in, std::uint64_t offset, std::size_t size);

/// Every number and every length of a file of version 1 or 3, found by the inspector.
void check_every_number_at_its_edges(buffer in);

}  // namespace support
