#include "support.hpp"

using namespace bmes;
using support::buffer;

BOOST_AUTO_TEST_SUITE(v1_tests)

namespace {

const buffer empty_module = support::from_hex("53454d42 01000000 00000000 00000000 00000000 00000000 00000000");

const buffer one_import = support::from_hex(
    "53454d42 01000000"                                           // magic, version
    "01000000  03000000 2e2f78  00000000"                         // one request: "./x", no attributes
    "01000000  00000000 03000000 2e2f78 01000000 61 01000000 62"  // one import: single, "./x", "a", "b"
    "00000000 00000000 00000000");                                // exports, stars, bytecode

error error_of(std::string_view spelled) { return v1::open(support::from_hex(spelled)).error(); }

}  // namespace

BOOST_AUTO_TEST_CASE(the_empty_module_is_28_bytes) {
  BOOST_TEST(empty_module.size() == 28u);
  BOOST_TEST(support::hex(support::write_v1({})) == support::hex(empty_module));
  const auto f = support::must(v1::open(empty_module));
  BOOST_TEST((f.requests.empty() && f.imports.empty() && f.exports.empty() && f.stars.empty() && f.bytecode.empty()));
}

BOOST_AUTO_TEST_CASE(the_module_with_one_import_is_60_bytes) {
  BOOST_TEST(one_import.size() == 60u);
  owned_record m;
  m.add_request("./x");
  m.imports = {{import_type::single, "./x", "a", "b"}};
  BOOST_TEST(support::hex(support::write_v1(m.view())) == support::hex(one_import));
  const auto f = support::must(v1::open(one_import));
  BOOST_REQUIRE(f.imports.size() == 1);
  BOOST_TEST((*f.imports.begin() == import_entry{import_type::single, "./x", "a", "b"}));
  BOOST_TEST((*f.requests.begin()).specifier == "./x");
}

BOOST_AUTO_TEST_CASE(everything_it_can_hold_is_read_as_it_was_written) {
  const auto m = support::sample_v1();
  const auto file = support::write_v1(m.view(), support::payload_a);
  const auto f = support::must(v1::open(file));
  BOOST_TEST(support::to_text(to_owned(f).view()) == support::to_text(m.view()));
  BOOST_TEST(support::hex(f.bytecode) == support::hex(support::payload_a));
  BOOST_TEST(support::hex(support::read(file).again) == support::hex(file));
}

BOOST_AUTO_TEST_CASE(a_request_whose_attributes_the_original_writer_dropped_is_read) {
  const auto file = support::from_hex("53454d42 01000000 01000000 01000000 78 01000000 00000000 00000000 00000000 00000000 00000000");
  const auto f = support::must(v1::open(file));
  BOOST_TEST((*f.requests.begin()).specifier == "x");
  BOOST_TEST((*f.requests.begin()).attributes.empty());
}

BOOST_AUTO_TEST_CASE(what_the_original_reader_let_pass_is_refused) {
  const std::string start = "53454d42 01000000 ";
  BOOST_TEST((error_of("53454d43") == error{errc::bad_magic, 0, "magic"}));
  BOOST_TEST((error_of("53454d42 02000000") == error{errc::unsupported_version, 4, "version"}));
  BOOST_TEST((error_of(start) == error{errc::truncated, 8, "request_count"}));
  // A string of 2^32 - 1 bytes, a count of as many requests, a flag that is no flag, a type that is no type.
  BOOST_TEST((error_of(start + "01000000 ffffffff 00000000") == error{errc::truncated, 16, "request.specifier"}));
  BOOST_TEST((error_of(start + "ffffffff 00000000") == error{errc::bad_count, 8, "request_count"}));
  BOOST_TEST((error_of(start + "01000000 00000000 02000000") == error{errc::bad_value, 16, "request.has_attributes"}));
  BOOST_TEST((error_of(start + "00000000 01000000 03000000 00000000 00000000 00000000") == error{errc::bad_value, 16, "import.type"}));
  BOOST_TEST(
      (error_of(start + "00000000 00000000 01000000 03000000 00000000 00000000 00000000 00000000") == error{errc::bad_value, 20, "export.type"}));
  BOOST_TEST((error_of(start + "01000000 01000000 ff 00000000") == error{errc::bad_utf8, 16, "request.specifier"}));
  BOOST_TEST((error_of(start + "00000000 00000000 00000000 00000000 01000000") == error{errc::truncated, 28, "bytecode"}));
  BOOST_TEST((error_of(start + "00000000 00000000 00000000 00000000 00000000 00") == error{errc::trailing_bytes, 28, "end"}));
}

BOOST_AUTO_TEST_CASE(a_name_that_the_export_type_does_not_have_is_refused) {
  auto m = support::sample_v1();
  m.exports[0].module_name = "./x.mjs";
  BOOST_TEST(v1::size(m.view()).error().field == "export.module_name");
  auto file = support::write_v1(support::sample_v1().view());
  for (const auto& i : support::fields_of(file))
    if (i.field == "export.type" && i.number == 1) {
      support::store_number(file, i.offset, 4, 0);
      BOOST_TEST(v1::open(file).error().field == "export.module_name");
    }
}

BOOST_AUTO_TEST_CASE(what_it_cannot_hold_is_not_written) {
  const auto refused = [](auto change) {
    auto m = support::sample_v1();
    change(m);
    const auto size = v1::size(m.view());
    BOOST_TEST((size.error().code == errc::not_representable));
    buffer out(4096);
    BOOST_TEST((v1::write(m.view(), {}, out).error() == size.error()));
    return size.error().field;
  };
  BOOST_TEST(refused([](auto& m) { m.requests[0].phase = import_phase::defer; }) == "request.phase");
  BOOST_TEST(refused([](auto& m) { m.requests[0].specifier = "\xED\xA0\x80"; }) == "request.specifier");
  BOOST_TEST(refused([](auto& m) { m.imports[0].import_name = {}; }) == "import.import_name");
  BOOST_TEST(refused([](auto& m) { m.imports[0].import_name = name::star_default(); }) == "import.import_name");
  BOOST_TEST(refused([](auto& m) { m.imports[0].type = import_type{3}; }) == "import.type");
  BOOST_TEST(refused([](auto& m) { m.exports[0].local_name = "*default*"; }) == "export.local_name");
  BOOST_TEST(refused([](auto& m) { m.exports[0].local_name = {}; }) == "export.local_name");
  BOOST_TEST(refused([](auto& m) { m.exports[1].import_name = name::star_namespace(); }) == "export.import_name");
}

BOOST_AUTO_TEST_CASE(an_output_that_is_too_small_is_left_alone) {
  const auto m = support::sample_v1();
  buffer out(support::write_v1(m.view()).size() - 1, std::byte{0xAA});
  BOOST_TEST((v1::write(m.view(), {}, out).error() == error{errc::output_too_small, out.size(), "end"}));
  BOOST_TEST(std::ranges::all_of(out, [](std::byte b) { return b == std::byte{0xAA}; }));
}

BOOST_AUTO_TEST_CASE(every_prefix_is_refused) {
  support::check_every_prefix_is_refused(one_import);
  support::check_every_prefix_is_refused(support::write_v1(support::sample_v1().view(), support::payload_a));
}

BOOST_AUTO_TEST_CASE(every_changed_byte_is_refused_or_read_consistently) {
  support::check_every_byte_changed(empty_module);
  support::check_every_byte_changed(one_import);
  support::check_every_byte_changed(support::write_v1(support::sample_v1().view(), support::payload_a));
}

BOOST_AUTO_TEST_CASE(every_count_and_length_at_its_edges_is_refused_or_read_consistently) {
  support::check_every_number_at_its_edges(support::write_v1(support::sample_v1().view(), support::payload_a));
}

BOOST_AUTO_TEST_SUITE_END()
