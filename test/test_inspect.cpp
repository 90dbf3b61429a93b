#include "support.hpp"

using namespace bmes;
using support::buffer;

BOOST_AUTO_TEST_SUITE(inspect_tests)

namespace {

const std::array<buffer, 6>& files() {
  static const std::array made{support::write_v1({}), support::write_v1(support::sample_v1().view(), support::payload_a),
                               support::write_v3({}), support::write_v3(support::sample_v3().view(), support::payload_a, 3),
                               support::write_v4({}), support::write_v4(support::sample_graph())};
  return made;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_byte_of_a_valid_file_is_told_of_once_and_in_order) {
  for (const auto& file : files()) {
    std::uint64_t end = 0;
    for (const auto& i : support::fields_of(file)) {
      BOOST_REQUIRE_EQUAL(i.offset, end);
      BOOST_REQUIRE(i.size != 0);
      BOOST_REQUIRE(!i.field.empty());
      BOOST_REQUIRE_EQUAL(support::hex(i.bytes), support::hex(slice(file, i.offset, i.size)));
      end += i.size;
    }
    BOOST_TEST(end == file.size());
  }
}

BOOST_AUTO_TEST_CASE(numbers_are_those_in_the_file) {
  for (const auto& file : files())
    for (const auto& i : support::fields_of(file))
      if (i.kind == inspected::kind_type::number)
        BOOST_REQUIRE_EQUAL(i.number, support::load_number(file, i.offset, static_cast<std::size_t>(i.size)));
}

BOOST_AUTO_TEST_CASE(texts_are_those_in_the_file) {
  for (const auto& file : files())
    for (const auto& i : support::fields_of(file))
      if (i.kind == inspected::kind_type::text) BOOST_REQUIRE(as_text(i.bytes).ends_with(i.meaning.text));
}

BOOST_AUTO_TEST_CASE(references_are_told_with_what_they_refer_to) {
  const auto first = [&](std::string_view field) {
    for (const auto& i : support::fields_of(files()[5]))
      if (i.field == field) return i.meaning;
    return name("there is no such field");
  };
  BOOST_TEST((first("header.entry") == name("/app/main.mjs")));
  BOOST_TEST((first("module.url") == name("/app/data.json")));
  BOOST_TEST((first("request.resolved") == name("/app/x.mjs")));
  BOOST_TEST((first("payload.engine") == name("engine one")));
  BOOST_TEST((first("export.target_name") == name("\xC3\xA9")), "of the export with the first name, the empty one");
  BOOST_TEST((first("module.flags") == name()));
}

BOOST_AUTO_TEST_CASE(the_inspector_refuses_what_the_reader_refuses) {
  for (auto file : files())
    for (std::size_t i = 0; i < file.size(); ++i) {
      file[i] ^= std::byte{0x41};
      std::uint64_t end = 0;
      const auto told = inspect(file, [&](const inspected& f) { end = f.offset + f.size; });
      BOOST_REQUIRE(told.error() == support::read(file).error);
      BOOST_REQUIRE(end <= file.size());
      file[i] ^= std::byte{0x41};
    }
}

BOOST_AUTO_TEST_CASE(the_fields_before_the_bad_one_are_told_of_in_the_old_versions) {
  auto file = files()[1];
  file.pop_back();
  std::string last;
  const auto told = inspect(file, [&](const inspected& i) { last = i.field; });
  BOOST_TEST(told.error().field == "bytecode");
  BOOST_TEST(last == "bytecode_size");
}

BOOST_AUTO_TEST_CASE(the_version_is_found_in_the_first_eight_bytes) {
  BOOST_TEST(*version_of(files()[0]) == 1u);
  BOOST_TEST(*version_of(files()[2]) == 3u);
  BOOST_TEST(*version_of(files()[4]) == 4u);
  BOOST_TEST((version_of({}).error() == error{errc::truncated, 0, "magic"}));
  BOOST_TEST((version_of(byte_view(files()[0]).first(7)).error() == error{errc::truncated, 4, "version"}));
  BOOST_TEST((version_of(support::from_hex("424d4553 01000000")).error() == error{errc::bad_magic, 0, "magic"}), "the magic is little-endian");
}

BOOST_AUTO_TEST_SUITE_END()
