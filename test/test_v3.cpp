#include "support.hpp"

using namespace bmes;
using support::buffer;

BOOST_AUTO_TEST_SUITE(v3_tests)

namespace {

const buffer small = support::from_hex(
    "53454d42 03000000 38000000 03000000"  // magic, version, bytecode at 56, of 3 bytes
    "00000000 00000000 00000000 00000000"  // no requests, imports, exports, stars
    "01000000  01000000 61  05000000"      // declared: "a", captured and var
    "00000000"                             // lexical
    "07000000"                             // code features
    "000000"                               // up to a multiple of 8
    "cafe00");

}  // namespace

BOOST_AUTO_TEST_CASE(a_file_spelled_in_bytes_is_read_and_written) {
  owned_record m;
  m.variables = {{"a", variable_scope::declared, 5}};
  BOOST_TEST(support::hex(support::write_v3(m.view(), support::payload_a, 7)) == support::hex(small));
  const auto f = support::must(v3::open(small));
  BOOST_TEST(f.code_features == 7u);
  BOOST_TEST((*f.declared.begin() == variable{"a", variable_scope::declared, 5}));
  BOOST_TEST(support::hex(f.bytecode) == "cafe00");
}

BOOST_AUTO_TEST_CASE(everything_it_can_hold_is_read_as_it_was_written) {
  const auto m = support::sample_v3();
  const auto file = support::write_v3(m.view(), support::payload_a, 0x80000001);
  const auto f = support::must(v3::open(file));
  BOOST_TEST(support::to_text(to_owned(f).view()) == support::to_text(m.view()));
  BOOST_TEST(support::hex(support::read(file).again) == support::hex(file));
  BOOST_TEST((file.size() - support::payload_a.size()) % 8 == 0u);
}

BOOST_AUTO_TEST_CASE(a_lexical_variable_says_so) {
  const auto file = support::write_v3(support::sample_v3().view());
  const auto f = support::must(v3::open(file));
  BOOST_REQUIRE(f.lexical.size() == 2);
  for (const variable v : f.lexical) BOOST_TEST((v.scope == variable_scope::lexical));
  BOOST_TEST(((*f.lexical.begin()).variable_name == name::star_default()));
}

BOOST_AUTO_TEST_CASE(versions_that_nobody_reads_are_stale_and_not_malformed) {
  for (const std::uint32_t version : {0u, 2u, 5u, 0xFFFFFFFFu}) {
    auto file = small;
    support::store_number(file, 4, 4, version);
    BOOST_TEST((v3::open(file).error() == error{errc::unsupported_version, 4, "version"}));
    BOOST_TEST((v1::open(file).error() == error{errc::unsupported_version, 4, "version"}));
    BOOST_TEST((support::read(file).error == error{errc::unsupported_version, 4, "version"}));
    BOOST_TEST(is_stale(support::read(file).error));
  }
}

BOOST_AUTO_TEST_CASE(bytecode_that_is_not_where_the_file_says_is_refused) {
  for (const std::uint32_t offset : {0u, 55u, 57u, 64u, 0xFFFFFFFFu}) {
    auto file = small;
    support::store_number(file, 8, 4, offset);
    BOOST_TEST((v3::open(file).error() == error{errc::bad_offset, 8, "bytecode_offset"}));
  }
  auto file = small;
  support::store_number(file, 12, 4, 4);
  BOOST_TEST((v3::open(file).error() == error{errc::truncated, 56, "bytecode"}));
  support::store_number(file, 12, 4, 2);
  BOOST_TEST((v3::open(file).error() == error{errc::trailing_bytes, 58, "end"}));
}

BOOST_AUTO_TEST_CASE(padding_and_bits_that_mean_nothing_are_refused) {
  auto file = small;
  file[55] = std::byte{1};
  BOOST_TEST((v3::open(file).error() == error{errc::bad_padding, 55, "padding"}));
  file = small;
  support::store_number(file, 41, 4, 1u << 14);
  BOOST_TEST((v3::open(file).error() == error{errc::bad_value, 41, "variable.bits"}));
  owned_record m;
  m.variables = {{"a", variable_scope::declared, 1u << 14}};
  BOOST_TEST(v3::size(m.view()).error().field == "variable.bits");
}

BOOST_AUTO_TEST_CASE(a_name_that_would_be_read_as_another_is_not_written) {
  for (const name n : {name(), name("*default*"), name::star_namespace()}) {
    owned_record m;
    m.variables = {{n, variable_scope::declared, 0}};
    BOOST_TEST((v3::size(m.view()).error().code == errc::not_representable));
    BOOST_TEST(v3::size(m.view()).error().field == "variable.name");
  }
}

BOOST_AUTO_TEST_CASE(every_prefix_is_refused) {
  support::check_every_prefix_is_refused(small);
  support::check_every_prefix_is_refused(support::write_v3(support::sample_v3().view(), support::payload_a, 3));
}

BOOST_AUTO_TEST_CASE(every_changed_byte_is_refused_or_read_consistently) {
  support::check_every_byte_changed(small);
  support::check_every_byte_changed(support::write_v3(support::sample_v3().view(), support::payload_a, 3));
}

BOOST_AUTO_TEST_CASE(every_count_and_length_at_its_edges_is_refused_or_read_consistently) {
  support::check_every_number_at_its_edges(support::write_v3(support::sample_v3().view(), support::payload_a));
}

BOOST_AUTO_TEST_SUITE_END()
