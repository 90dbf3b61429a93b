#include "support.hpp"

#include <bmes/table.hpp>
#include <limits>

using namespace bmes;

BOOST_AUTO_TEST_SUITE(bytes_tests)

namespace {

template <std::size_t N>
constexpr std::array<std::byte, N> raw(const unsigned (&in)[N]) {
  std::array<std::byte, N> out{};
  for (std::size_t i = 0; i < N; ++i) out[i] = static_cast<std::byte>(in[i]);
  return out;
}

enum class colour : std::uint16_t { red = 0x1234 };

struct sample {
  static constexpr std::string_view name = "sample";
  std::uint8_t a = 0;
  std::uint64_t b = 0;
  colour c{};
  std::array<std::byte, 3> d{};
  static constexpr auto fields() {
    return std::tuple{field{"sample.a", &sample::a, ""}, field{"sample.b", &sample::b, ""}, field{"sample.c", &sample::c, ""},
                      field{"sample.d", &sample::d, ""}};
  }
  friend constexpr bool operator==(const sample&, const sample&) = default;
};

constexpr auto sample_bytes = raw({0x7F, 1, 2, 3, 4, 5, 6, 7, 8, 0x34, 0x12, 9, 10, 11});
constexpr sample sample_value{0x7F, 0x0807060504030201, colour::red, raw({9, 10, 11})};

}  // namespace

// Numbers are little-endian, without padding, whatever the host.
static_assert(wire_rep<std::uint32_t>::load(raw({0x53, 0x45, 0x4D, 0x42})) == magic);
static_assert(wire_rep<std::uint16_t>::load(raw({1, 2})) == 0x0201);
static_assert(wire_size<sample> == 14);
static_assert(load<sample>(sample_bytes) == sample_value);
static_assert([] {
  std::array<std::byte, 14> out{};
  store(out, sample_value);
  return out == sample_bytes;
}());
static_assert(offset_of(&sample::c) == 9 && offset_of(&sample::d) == 11);
static_assert(name_of_field(&sample::c) == "sample.c");

// The one bounds check can't be made to wrap.
static_assert(fits(0, 0, 0) && fits(5, 0, 5) && fits(2, 3, 5));
static_assert(!fits(6, 0, 5) && !fits(2, 4, 5) && !fits(0, 6, 5));
static_assert(!fits(~0ull, 1, 5) && !fits(1, ~0ull, 5) && !fits(~0ull, ~0ull, 5) && !fits(~0ull, 2, ~0ull) && fits(~0ull, 0, ~0ull));
static_assert(slice(sample_bytes, 1, 2).size() == 2 && slice(sample_bytes, 13, 2).empty() && slice(sample_bytes, ~0ull, 2).empty());

static_assert(std::ranges::random_access_range<table<sample>> && std::ranges::sized_range<table<sample>> &&
              std::ranges::borrowed_range<table<sample>>);
static_assert(table<sample>::over(sample_bytes).size() == 1 && table<sample>::over(sample_bytes)[0] == sample_value);
static_assert(table<sample>::over(byte_view(sample_bytes).first(13)).empty(), "a rest that is no whole record is left out");

BOOST_AUTO_TEST_CASE(a_table_is_walked_forwards_and_backwards) {
  support::buffer three;
  for (unsigned i = 0; i < 3; ++i) {
    std::array<std::byte, 14> one{};
    store(one, sample{static_cast<std::uint8_t>(i), i, colour{}, {}});
    three.insert(three.end(), one.begin(), one.end());
  }
  const auto rows = table<sample>::over(three);
  unsigned expected = 0;
  for (const sample row : rows) BOOST_TEST(row.b == expected++);
  for (auto at = rows.end(); at != rows.begin();) BOOST_TEST((*--at).b == --expected);
  BOOST_TEST(rows.begin()[2].a == 2);
  BOOST_TEST((rows.end() - rows.begin() == 3));
  BOOST_TEST((*std::ranges::lower_bound(rows, 1u, {}, &sample::b)).a == 1);
}

BOOST_AUTO_TEST_CASE(checksums_are_the_published_ones_of_xxh3) {
  BOOST_TEST(checksum64({}) == 0x2D06800538D394C2u);
  BOOST_TEST(support::hex(checksum128({})) == "99aa06d3014798d86001c324468d497f");
}

BOOST_AUTO_TEST_SUITE_END()
