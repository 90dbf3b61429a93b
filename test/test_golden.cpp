// Files that were written once and have to be read for ever, and the layout of version 4 as a fingerprint: whoever
// changes the layout and not the version's number fails here.
#include "golden/content.hpp"
#include "support.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace bmes;
using support::buffer;

BOOST_AUTO_TEST_SUITE(golden_tests)

namespace {

buffer golden_file(const std::string& name) {
  const char* folder = std::getenv("BMES_GOLDEN");
  BOOST_REQUIRE_MESSAGE(folder, "BMES_GOLDEN names the folder of the golden files");
  std::ifstream in(std::string(folder) + "/" + name, std::ios::binary);
  BOOST_REQUIRE_MESSAGE(in.good(), name);
  const std::string characters{std::istreambuf_iterator<char>(in), {}};
  const byte_view bytes = as_bytes(characters);
  return {bytes.begin(), bytes.end()};
}

// ---- The layout as text, from the one description.

std::string rule_of(std::uint32_t) { return "number"; }
std::string rule_of(std::uint64_t) { return "number"; }
std::string rule_of(v4::string_ref) { return "string"; }
std::string rule_of(v4::name_ref) { return "name"; }
std::string rule_of(v4::module_ref) { return "module or none"; }
std::string rule_of(v4::nanoseconds) { return "time"; }
std::string rule_of(v4::section_kind) { return "kind"; }
template <std::size_t N>
std::string rule_of(const std::array<std::byte, N>&) {
  return "bytes";
}
template <class E>
requires std::is_enum_v<E> std::string rule_of(E) { return "to " + std::to_string(static_cast<std::uint32_t>(v4::detail::last_of<E>)); }
template <std::uint32_t Known>
std::string rule_of(v4::bits<Known>) {
  return "bits " + std::to_string(Known);
}
template <class Row>
std::string rule_of(v4::index_of<Row>) {
  return "index of " + std::string(Row::name);
}
template <class Row>
std::string rule_of(v4::optional_index_of<Row>) {
  return "optional index of " + std::string(Row::name);
}
template <class Row>
std::string rule_of(v4::first_of<Row>) {
  return "first of " + std::string(Row::name);
}

template <class Record>
std::string layout_of() {
  std::string out = std::string(Record::name) + " " + std::to_string(wire_size<Record>) + "\n";
  for_each_field<Record>([&](std::size_t offset, const auto& f) {
    using type = typename std::remove_cvref_t<decltype(f)>::value_type;
    out += std::string(f.name) + " " + std::to_string(offset) + " " + std::to_string(wire_rep<type>::size) + " " + rule_of(Record{}.*f.member) + "\n";
  });
  return out;
}

std::string layout() {
  std::string out = layout_of<v4::header>() + layout_of<v4::section>();
  const auto add = [&](std::string_view name, auto... values) {
    out += name;
    ((out += " " + std::to_string(static_cast<std::uint64_t>(values))), ...);
    out += "\n";
  };
  // Later sections are the one thing that a version may gain (docs/format.md, section 8).
  v4::for_each_kind([&]<class Row>() {
    if (Row::kind > v4::section_kind::payload_bytes) return;
    add("kind", Row::kind);
    out += layout_of<Row>();
  });
  add("payload_bytes", v4::section_kind::payload_bytes);
  v4::detail::for_each_order([&]<class Row, class T>(auto runs, const auto&, T Row::* member) {
    out += "order " + std::string(name_of_field(member));
    if constexpr (!std::is_same_v<decltype(runs), v4::detail::whole_section>) out += " in " + std::string(name_of_field(runs.member));
    out += "\n";
  });
  add("magic", magic);
  add("alignments", v4::section_alignment, v4::payload_alignment);
  add("limits", v4::max_sections, v4::max_count);
  add("names", v4::name_ref::star_namespace, v4::name_ref::star_default, v4::name_ref::absent);
  add("none", external, v4::absent_index);
  add("bits of rows", v4::section_required, v4::string_row::ascii, v4::variable_row::lexical);
  add("phases", import_phase::evaluation, import_phase::defer, import_phase::source);
  add("imports", import_type::single, import_type::single_type_script, import_type::namespace_object);
  add("exports", export_type::local, export_type::indirect, export_type::namespace_object);
  add("facts", fact_kind::absent, fact_kind::file, fact_kind::directory);
  using enum uncacheable;
  add("reasons", none, lone_surrogate, not_java_script, no_bytecode, engine_refused, unsupported_entry);
  using enum module_flags;
  add("flags", top_level_await, import_meta, strict, type_script);
  using bit = variable_bits;
  add("variables", bit::captured, bit::constant, bit::var, bit::let, bit::exported, bit::imported, bit::imported_namespace, bit::function,
      bit::parameter, bit::sloppy_mode_hoisted, bit::private_field, bit::private_method, bit::private_getter, bit::private_setter);
  return out;
}

/// The fingerprint of each version's layout. One line is added with a new version; none is ever changed.
struct known_layout {
  std::uint32_t version;
  std::string_view fingerprint;
};
constexpr std::array known_layouts{known_layout{4, "98dfed6450a621b2ce942eb6adb2a0e0"}};

/// Sections that a version gained, each with the fingerprint of its own layout.
constexpr std::array known_additions{std::pair{v4::section_kind::identity, std::string_view("68800e8dfd88ebd5cfed0d9f531f5657")}};

}  // namespace

BOOST_AUTO_TEST_CASE(the_layout_is_the_one_that_the_version_stands_for) {
  const std::string description = layout();
  const auto known = std::ranges::find(known_layouts, v4::version, &known_layout::version);
  BOOST_REQUIRE_MESSAGE(known != known_layouts.end(), "a new version's fingerprint belongs into known_layouts");
  BOOST_TEST(support::hex(checksum128(as_bytes(description))) == known->fingerprint, "the layout of version " << v4::version << " is another one:\n"
                                                                                                              << description);
}

BOOST_AUTO_TEST_CASE(a_section_that_a_version_gained_stays_what_it_is) {
  std::size_t count = 0;
  v4::for_each_kind([&]<class Row>() {
    if (Row::kind <= v4::section_kind::payload_bytes) return;
    BOOST_REQUIRE(count < known_additions.size());
    BOOST_TEST((known_additions[count].first == Row::kind));
    BOOST_TEST(support::hex(checksum128(as_bytes(layout_of<Row>()))) == known_additions[count++].second, layout_of<Row>());
  });
  BOOST_TEST(count == known_additions.size());
}

BOOST_AUTO_TEST_CASE(the_golden_file_of_version_1_has_the_known_content) {
  const buffer in = golden_file("v1.bmes");
  const auto f = support::must(v1::open(in));
  BOOST_TEST(support::to_text(to_owned(f).view()) == support::to_text(golden::module_v1().view()));
  BOOST_TEST(support::hex(f.bytecode) == support::hex(golden::bytecode_a));
}

BOOST_AUTO_TEST_CASE(the_golden_file_of_version_3_has_the_known_content) {
  const buffer in = golden_file("v3.bmes");
  const auto f = support::must(v3::open(in));
  BOOST_TEST(support::to_text(to_owned(f).view()) == support::to_text(golden::module_v3().view()));
  BOOST_TEST(support::hex(f.bytecode) == support::hex(golden::bytecode_a));
  BOOST_TEST(f.code_features == golden::code_features);
}

BOOST_AUTO_TEST_CASE(the_golden_file_of_version_4_has_the_known_content) {
  const buffer in = golden_file("v4.bmes");
  const auto f = support::must(v4::file::open(in));
  BOOST_TEST(support::to_text(to_owned(f).view()) == support::to_text(golden::graph().view()));
}

BOOST_AUTO_TEST_CASE(the_golden_file_with_identities_has_the_known_content) {
  const buffer in = golden_file("v4-identity.bmes");
  const auto f = support::must(v4::file::open(in));
  BOOST_TEST(support::to_text(to_owned(f).view()) == support::to_text(golden::graph_with_identities().view()));
}

BOOST_AUTO_TEST_CASE(the_known_content_is_written_as_the_golden_files) {
  BOOST_TEST(support::hex(support::write_v1(golden::module_v1().view(), golden::bytecode_a)) == support::hex(golden_file("v1.bmes")));
  BOOST_TEST(support::hex(support::write_v3(golden::module_v3().view(), golden::bytecode_a, golden::code_features)) ==
             support::hex(golden_file("v3.bmes")));
  BOOST_TEST(support::hex(support::write_v4(golden::graph())) == support::hex(golden_file("v4.bmes")));
  BOOST_TEST(support::hex(support::write_v4(golden::graph_with_identities())) == support::hex(golden_file("v4-identity.bmes")));
}

BOOST_AUTO_TEST_CASE(every_section_and_every_choice_is_in_the_golden_file) {
  const buffer in = golden_file("v4-identity.bmes");
  const auto f = support::must(v4::file::open(in));
  v4::for_each_kind([&]<class Row>() { BOOST_TEST(!f.rows<Row>().empty(), Row::name); });
  std::set<std::pair<std::string_view, std::uint64_t>> seen;
  for (const auto& i : support::fields_of(in)) seen.emplace(i.field, i.number);
  for (const std::string_view choice : {"request.phase", "import.type", "export.type", "fact.kind"})
    for (std::uint64_t value = 0; value < 3; ++value) BOOST_TEST(seen.contains({choice, value}), choice << " " << value);
}

BOOST_AUTO_TEST_SUITE_END()
