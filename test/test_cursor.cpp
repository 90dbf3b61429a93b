#include "support.hpp"

using namespace bmes;

BOOST_AUTO_TEST_SUITE(cursor_tests)

namespace {

constexpr std::array four{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};

struct pair {
  static constexpr std::string_view name = "pair";
  std::uint16_t first = 0, second = 0;
  static constexpr auto fields() { return std::tuple{field{"pair.first", &pair::first, ""}, field{"pair.second", &pair::second, ""}}; }
};

constexpr auto number = [](cursor& in) { return in.read<std::uint32_t>("number"); };

}  // namespace

static_assert(*decode(four, number) == 0x04030201);
static_assert(decode(byte_view(four).first(3), number).error() == error{errc::truncated, 0, "number"});
static_assert(decode(four, [](cursor& in) { return in.read<std::uint16_t>("a"); }).error() == error{errc::trailing_bytes, 2, "end"});
static_assert(decode(byte_view(), [](cursor&) { return 5; }).has_value());

// Offsets are the file's, wherever the bytes lie in it.
static_assert(decode(byte_view(four).first(3), number, 100).error() == error{errc::truncated, 100, "number"});

// A failure sticks, what follows reads as zero and moves nothing, and the first failure is the one that is told.
static_assert(decode(four, [](cursor& in) {
                const auto a = in.read<std::uint16_t>("a");
                const auto big = in.read<std::uint64_t>("b");
                const auto after = in.read<std::uint8_t>("c");
                in.fail(errc::bad_value, 0, "d");
                return a == 0x0201 && big == 0 && after == 0 && in.offset() == 2 && in.bytes(1, "e").empty();
              }).error() == error{errc::truncated, 2, "b"});

static_assert(decode(four, [](cursor& in) { return in.read_record<pair>().second; }).has_value());
static_assert(decode(byte_view(four).first(2), [](cursor& in) { return in.read_record<pair>().first; }).error() == error{errc::truncated, 0, "pair"});

// Counts are divided by, never multiplied: no count is large enough to wrap.
constexpr auto table_of(std::uint64_t count) {
  return decode(four, [count](cursor& in) { return in.read_table<pair>(count).size(); });
}
static_assert(*table_of(1) == 1);
static_assert(table_of(2).error().code == errc::truncated && table_of(~0ull).error().code == errc::truncated);
static_assert(table_of((1ull << 62) + 1).error().code == errc::truncated, "4 * (2^62 + 1) is 4 in 64 bits");

static_assert(decode(four, [](cursor& in) { return in.bytes(~0ull, "all").size(); }).error().code == errc::truncated);

BOOST_AUTO_TEST_CASE(a_prefix_tells_how_many_bytes_it_took) {
  const auto out = decode_prefix(four, [](cursor& in) { return in.read<std::uint16_t>("a"); }, 0);
  BOOST_REQUIRE(out.has_value());
  BOOST_TEST(out->size == 2u);
  BOOST_TEST(out->value == 0x0201);
}

BOOST_AUTO_TEST_CASE(a_mark_gives_the_bytes_read_since) {
  const auto out = decode(four, [](cursor& in) {
    (void)in.read<std::uint8_t>("a");
    const auto mark = in.mark();
    (void)in.bytes(3, "b");
    return in.since(mark).size();
  });
  BOOST_TEST(*out == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
