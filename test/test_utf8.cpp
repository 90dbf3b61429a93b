#include "support.hpp"

using namespace bmes;

BOOST_AUTO_TEST_SUITE(utf8_tests)

namespace {

constexpr std::size_t bad(std::string_view text) { return first_bad_utf8(text); }

// An oracle by another way: decode by the leading bits alone, then ask that the shortest encoding of the code
// point is what was read.
std::string encode(std::uint32_t c) {
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 63))};
  if (c < 0x10000) return {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))};
  return {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 63)), static_cast<char>(0x80 | (c >> 6 & 63)),
          static_cast<char>(0x80 | (c & 63))};
}

std::size_t oracle(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t size = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    if (size == 0 || text.size() - at < size) return at;
    std::uint32_t c = size == 1 ? lead : lead & (0x7Fu >> size);
    for (std::size_t i = 1; i < size; ++i) c = c << 6 | (static_cast<unsigned char>(text[at + i]) & 63u);
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF) || encode(c) != text.substr(at, size)) return at;
    at += size;
  }
  return at;
}

void check(const std::string& text) {
  if (first_bad_utf8(text) != oracle(text) || first_bad_utf8(as_bytes(text)) != oracle(text)) BOOST_FAIL(support::hex(as_bytes(text)));
}

}  // namespace

static_assert(bad("") == 0 && bad("plain ASCII of some length") == 26);
static_assert(is_utf8("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
static_assert(bad("a\xC0\x80") == 1, "an overlong form");
static_assert(bad("ab\xED\xA0\x80") == 2, "a surrogate");
static_assert(bad("\xF4\x90\x80\x80") == 0, "above U+10FFFF");
static_assert(bad("0123456789\x80") == 10, "a continuation alone");
static_assert(bad("0123456\xE2\x82") == 7, "cut off");
static_assert(is_utf8("\xF4\x8F\xBF\xBF"));

BOOST_AUTO_TEST_CASE(every_code_point_is_well_formed_and_no_part_of_one_is) {
  for (std::uint32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    const std::string text = encode(c);
    if (!is_utf8(text)) BOOST_FAIL(c);
    for (std::size_t size = 1; size < text.size(); ++size)
      if (first_bad_utf8(std::string_view(text).substr(0, size)) != 0 || first_bad_utf8(std::string_view(text).substr(size)) != 0) BOOST_FAIL(c);
  }
}

BOOST_AUTO_TEST_CASE(short_sequences_are_judged_as_the_oracle_judges_them) {
  static constexpr std::array edges{0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xE0, 0xFF};
  for (unsigned a = 0; a < 256; ++a)
    for (unsigned b = 0; b < 256; ++b) {
      check({static_cast<char>(a), static_cast<char>(b)});
      for (const auto c : edges) {
        check({static_cast<char>(a), static_cast<char>(b), static_cast<char>(c)});
        for (const auto d : {0x41, 0x80, 0xBF, 0xC0}) check({static_cast<char>(a), static_cast<char>(b), static_cast<char>(c), static_cast<char>(d)});
      }
    }
}

BOOST_AUTO_TEST_CASE(where_the_eight_byte_steps_fall_does_not_matter) {
  for (const std::string_view middle : {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\x80", "\xED\xA0\x80", "\xFF", "\xC3"})
    for (std::size_t before = 0; before < 20; ++before)
      for (std::size_t after = 0; after < 20; ++after) {
        check(std::string(before, 'x') + std::string(middle) + std::string(after, 'y'));
        const std::string text = std::string(before, 'x') + std::string(middle) + std::string(after, 'y');
        BOOST_REQUIRE(!is_ascii(as_bytes(text)));
        BOOST_REQUIRE(is_ascii(as_bytes(std::string(before + after, '\x7F'))));
      }
}

BOOST_AUTO_TEST_SUITE_END()
