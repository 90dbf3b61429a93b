#include "support.hpp"

#include <map>

using namespace bmes;
using support::buffer;

BOOST_AUTO_TEST_SUITE(v4_tests)

namespace {

v4::file open(const buffer& in) { return support::must(v4::file::open(in)); }

error error_of(const buffer& in) { return support::read(in).error; }

// The first field of that name; its offset is where the tests write to.
std::uint64_t place_of(const buffer& in, std::string_view field, std::size_t which = 0) {
  for (const auto& i : support::fields_of(in))
    if (i.field == field && which-- == 0) return i.offset;
  BOOST_FAIL(field);
  return 0;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_empty_graph_is_a_header) {
  const auto file = support::write_v4({});
  BOOST_TEST(file.size() == wire_size<v4::header>);
  BOOST_TEST(support::hex(file) ==
             "53454d42"
             "04000000"
             "4000000000000000"
             "7cf13c9efde77aad"
             "40000000"
             "00000000"
             "00000000"
             "ffffffff"
             "000000000000000000000000000000000000000000000000");
  BOOST_TEST(v4::file::open(file).has_value());
}

BOOST_AUTO_TEST_CASE(everything_it_can_hold_is_read_as_it_was_written) {
  const auto file = support::write_v4(support::sample_graph());
  const auto f = open(file);
  BOOST_REQUIRE(f.module_count() == 3u);
  // In the order of URLs: data.json, main.mjs, x.mjs.
  BOOST_TEST(f.entry() == 1u);
  const auto main = f.module_at(1);
  BOOST_TEST(main.url() == "/app/main.mjs");
  BOOST_TEST(main.flags() == known_module_flags);
  BOOST_TEST((main.source() == support::sample_graph().modules[0].source));
  BOOST_REQUIRE(main.requests().size() == 4u);
  BOOST_TEST(main.requests()[0].resolved == 2u);
  BOOST_TEST(main.requests()[1].resolved == external);
  BOOST_TEST((main.requests()[1].attributes[0] == import_attribute{"type", "json"}));
  BOOST_TEST((main.requests()[2].phase == import_phase::defer));
  BOOST_TEST((main.requests()[2].attributes[0] == import_attribute{"b", ""}), "attributes are in the order of their keys");
  BOOST_TEST((main.requests()[3].phase == import_phase::source));
  BOOST_TEST(main.requests()[3].attributes.empty());
  BOOST_TEST(main.requests()[3].resolved == 0u);
  BOOST_TEST((main.find_export("default")->local_name == name::star_default()));
  BOOST_TEST((main.find_export("")->import_name == name("\xC3\xA9")), "the empty string is a name");
  BOOST_TEST(!main.find_export("absent"));
  BOOST_TEST(main.variables().size() == 3u);
  BOOST_TEST((main.stars()[0] == star_export{"./x.mjs"}));
  BOOST_TEST((f.module_at(0).reason() == uncacheable::not_java_script));
  BOOST_TEST(f.find_module("/app/x.mjs").value_or(9) == 2u);
  BOOST_TEST(!f.find_module("/app/y.mjs").has_value());
  BOOST_TEST(f.facts().size() == 3u);
  BOOST_TEST(f.facts()[1].path == "/app/package.json");
}

BOOST_AUTO_TEST_CASE(payloads_are_found_by_engine_and_lie_aligned) {
  const auto file = support::write_v4(support::sample_graph());
  const auto f = open(file);
  const auto one = f.find_engine(support::hash_of(1));
  BOOST_REQUIRE(one.has_value());
  BOOST_TEST(f.engine(*one).description == "engine one");
  BOOST_TEST(!f.find_engine(support::hash_of(7)).has_value());
  const auto payloads = f.module_at(1).payloads();
  BOOST_REQUIRE(payloads.size() == 2u);
  BOOST_TEST(payloads[0].engine == *one);
  const auto bytes_found = support::must(f.payload_bytes(payloads[1].blob));
  BOOST_TEST(support::hex(bytes_found) == support::hex(support::payload_a));
  BOOST_TEST((bytes_found.data() - file.data()) % 128 == 0);
  BOOST_TEST(f.rows<v4::blob_row>().size() == 2u, "equal bytes are stored once");
  BOOST_TEST((f.payload_bytes(99).error().code == errc::bad_index));
}

BOOST_AUTO_TEST_CASE(a_payload_with_a_wrong_checksum_is_not_given_out) {
  auto file = support::write_v4(support::sample_graph());
  support::damage_last_payload(file);
  const auto f = support::must(v4::file::open(file, v4::payload_proof::at_use));
  const auto blob = static_cast<std::uint32_t>(f.rows<v4::blob_row>().size() - 1);
  const auto refused = f.payload_bytes(blob).error();
  BOOST_TEST((refused.code == errc::bad_checksum));
  BOOST_TEST(refused.offset == place_of(support::write_v4(support::sample_graph()), "blob.checksum", blob));
  BOOST_TEST((v4::file::open(file).error() == refused));
  BOOST_TEST(f.module_at(1).text().size() == 1u);
  BOOST_TEST(f.module_at(1).payload_for(*f.find_engine(support::hash_of(2))).empty());
}

BOOST_AUTO_TEST_CASE(strings_say_whether_they_are_ascii) {
  const auto file = support::write_v4(support::sample_graph());
  const auto f = open(file);
  std::size_t others = 0;
  for (std::uint32_t i = 0; i < f.string_count(); ++i) {
    const bool plain = std::ranges::all_of(f.text_at(i), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    BOOST_TEST(f.is_ascii(i) == plain, f.text_at(i));
    others += plain ? 0 : 1;
  }
  BOOST_TEST(others == 1u);
  BOOST_TEST(!f.is_ascii(f.string_count()));
}

BOOST_AUTO_TEST_CASE(what_is_not_there_reads_as_empty) {
  const auto file = support::write_v4(support::sample_graph());
  for (const auto& f : {open(file), v4::file()}) {
    const auto none = f.module_at(~0u);
    BOOST_TEST((none.url().empty() && none.requests().empty() && none.payloads().empty() && none.text().empty() && none.payload_for(0).empty()));
    BOOST_TEST((f.text_at(~0u).empty() && f.engine(~0u).description.empty()));
    BOOST_TEST((f.payload_bytes(~0u).error().code == errc::bad_index));
  }
}

BOOST_AUTO_TEST_CASE(modules_and_engines_are_ranges) {
  const auto file = support::write_v4(support::sample_graph());
  const auto f = open(file);
  std::string urls, engines;
  for (const v4::module_view m : f.modules()) {
    BOOST_TEST(f.find_module(m.url()).value_or(9) == m.index());
    urls.append(m.url()).append(" ");
  }
  for (const engine_identity e : f.engines()) engines.append(e.description).append(" ");
  BOOST_TEST(urls == "/app/data.json /app/main.mjs /app/x.mjs ");
  BOOST_TEST(engines == "engine one engine two ");
}

BOOST_AUTO_TEST_CASE(a_module_has_its_text_and_one_payload_for_an_engine) {
  const auto file = support::write_v4(support::sample_graph());
  for (const auto proof : {v4::payload_proof::now, v4::payload_proof::at_use}) {
    const auto f = support::must(v4::file::open(file, proof));
    const auto main = f.module_at(1);
    BOOST_TEST(support::hex(main.text()) == "01");
    BOOST_TEST(main.source_length() == support::sample_graph().modules[0].source_length);
    BOOST_TEST(support::hex(main.payload_for(*f.find_engine(support::hash_of(1)))) == "01");
    BOOST_TEST(support::hex(main.payload_for(*f.find_engine(support::hash_of(2)))) == "cafe00");
    BOOST_TEST((main.payload_for(external).empty() && f.module_at(0).payload_for(0).empty() && f.module_at(0).text().empty()));
  }
}

// Alternating starts would show each other module all rows of the section.
BOOST_AUTO_TEST_CASE(runs_that_overlap_are_shown_to_nobody) {
  owned_graph g;
  for (int i = 0; i < 1000; ++i) {
    owned_record& m = g.modules.emplace_back();
    m.url = support::hex(std::array{std::byte(i / 256), std::byte(i % 256)});
  }
  for (int i = 0; i < 1000; ++i) g.modules.back().exports.push_back({export_type::local, g.modules[static_cast<std::size_t>(i)].url, {}, {}, "x"});
  auto file = support::write_v4(g);
  for (std::size_t i = 1; i + 1 < 1000; i += 2) support::store_number(file, place_of(support::write_v4(g), "module.exports", i), 4, 1000);
  for (const auto proof : {v4::payload_proof::now, v4::payload_proof::at_use}) BOOST_TEST(!v4::file::open(file, proof).has_value());
}

BOOST_AUTO_TEST_CASE(another_reader_of_the_same_version_skips_what_it_may) {
  const auto base = support::write_v4(support::sample_graph());
  const auto optional = support::with_section(base, 16, 0);
  BOOST_TEST(support::read(optional).model == support::read(base).model);
  BOOST_TEST(support::fields_of(optional).back().field == "unknown_section");
  auto damaged = optional;
  damaged.back() ^= std::byte{1};
  BOOST_TEST((error_of(damaged).code == errc::bad_checksum), "what is skipped is checked all the same");

  const auto required = support::with_section(base, 16, 1);
  const auto place = place_of(optional, "section.kind", open(optional).sections().size() - 1);
  BOOST_TEST((error_of(required) == error{errc::unsupported_section, place, "section.kind"}));
  BOOST_TEST(is_stale(error_of(required)));
  BOOST_TEST((error_of(support::with_section(base, 0xFFFFFFFF, 1)).code == errc::unsupported_section));
  BOOST_TEST((error_of(support::with_section(base, 0xFFFFFFFF, 0)).code == errc{}));
  BOOST_TEST((error_of(support::with_section(base, 15, 0)).code == errc::bad_order), "a kind twice");
  BOOST_TEST((error_of(support::with_section(base, 0, 0)).code == errc::bad_order), "a kind out of order");
  BOOST_TEST((error_of(support::with_section(base, 16, 2)).code == errc::bad_value));
}

BOOST_AUTO_TEST_CASE(devices_and_inodes_are_kept_where_they_are_known) {
  auto g = support::sample_graph();
  const auto bytes = support::write_v4(g);
  const auto f = open(bytes);
  BOOST_TEST(f.rows<v4::identity_row>().size() == g.modules.size() + g.facts.size());
  BOOST_TEST((f.section_of(v4::section_kind::identity).flags == v4::bits<v4::section_required>(0)), "readers of before skip it");
  const auto main = f.module_at(*f.find_module("/app/main.mjs")).source();
  BOOST_TEST((main.device == 0xFFFF'FFFF'FFFF'FFFE && main.inode == 3u));
  for (const resolution_fact fact : f.facts())
    BOOST_TEST((fact.identity.device == (fact.path == "/app/package.json" ? 7u : 0u) && fact.identity.inode == (fact.identity.device == 0 ? 0u : 8u)));
  BOOST_TEST((f.module_at(external).source() == source_identity{}));

  for (resolution_fact& fact : g.facts)
    if (fact.kind != fact_kind::file) fact.identity = {1, support::hash_of(1), 2, 3, 4, 5};
  BOOST_TEST(support::hex(support::write_v4(g)) == support::hex(bytes), "what is no file has no identity");

  for (owned_record& m : g.modules) m.source.device = m.source.inode = 0;
  for (resolution_fact& fact : g.facts) fact.identity.device = fact.identity.inode = 0;
  const auto without = support::write_v4(g);
  BOOST_TEST(open(without).rows<v4::identity_row>().empty(), "what says nothing is left out");
}

BOOST_AUTO_TEST_CASE(identities_that_fit_no_module_or_fact_are_refused) {
  // The record of the last fact taken away: it is the end of the file.
  auto file = support::write_v4(support::sample_graph());
  const auto f = open(file);
  const auto last = f.sections().size() - 1;
  const auto section = f.section_of(v4::section_kind::identity);
  const auto place = [&](std::string_view field) { return place_of(file, field, last); };
  const auto size = place("section.size"), count = place("section.record_count"), checksum = place("section.checksum");
  file.resize(file.size() - wire_size<v4::identity_row>);
  support::store_number(file, 8, 8, file.size());
  support::store_number(file, size, 8, section.size - wire_size<v4::identity_row>);
  support::store_number(file, count, 4, section.record_count - 1);
  support::store_number(file, checksum, 8, checksum64(slice(file, section.offset, section.size - wire_size<v4::identity_row>)));
  support::store_number(file, 16, 8, checksum64(slice(file, 24, wire_size<v4::header> - 24 + (last + 1) * wire_size<v4::section>)));
  BOOST_TEST((error_of(file) == error{errc::bad_count, section.offset, "identity"}));
}

BOOST_AUTO_TEST_CASE(what_it_cannot_hold_is_not_written) {
  const auto refused = [](auto change, errc code = errc::not_representable) {
    auto g = support::sample_graph();
    change(g);
    const auto e = v4::to_bytes(g.view()).error();
    BOOST_TEST((e.code == code), support::to_text(e));
    return e.field;
  };
  BOOST_TEST(refused([](auto& g) { g.modules[1].url = g.modules[0].url; }) == "module.url");
  BOOST_TEST(refused([](auto& g) { g.modules[1].url = "\xED\xA0\x80"; }) == "module.url");
  BOOST_TEST(refused([](auto& g) { g.modules[1].flags = known_module_flags + 1; }) == "module.flags");
  BOOST_TEST(refused([](auto& g) { g.modules[1].reason = uncacheable{99}; }) == "module.uncacheable");
  BOOST_TEST(refused([](auto& g) { g.modules[0].requests[0].phase = import_phase{3}; }) == "request.phase");
  BOOST_TEST(refused([](auto& g) {
               g.modules[0].attributes[1].push_back({"type", "css"}), g.modules[0].requests[1].attributes = g.modules[0].attributes[1];
             }) == "attribute.key");
  BOOST_TEST(refused([](auto& g) { g.modules[0].imports[0].local_name = g.modules[0].imports[1].local_name; }) == "import.local_name");
  BOOST_TEST(refused([](auto& g) { g.modules[0].imports[0].import_name = name::star_namespace(); }) == "import.import_name");
  BOOST_TEST(refused([](auto& g) { g.modules[0].imports[2].import_name = "*"; }) == "import.import_name");
  BOOST_TEST(refused([](auto& g) { g.modules[0].imports[0].type = import_type{3}; }) == "import.type");
  BOOST_TEST(refused([](auto& g) { g.modules[0].exports[0].export_name = "ns"; }) == "export.export_name");
  BOOST_TEST(refused([](auto& g) { g.modules[0].exports[0].module_name = "x"; }) == "export.module_name");
  BOOST_TEST(refused([](auto& g) { g.modules[0].exports[1].import_name = {}; }) == "export.target_name");
  BOOST_TEST(refused([](auto& g) { g.modules[0].exports[1].local_name = "x"; }) == "export.target_name");
  BOOST_TEST(refused([](auto& g) { g.modules[0].variables[1] = g.modules[0].variables[2]; }) == "variable.name");
  BOOST_TEST(refused([](auto& g) { g.modules[0].variables[1].bits = 1u << 14; }) == "variable.bits");
  BOOST_TEST(refused([](auto& g) { g.modules[0].variables[1].scope = variable_scope{2}; }) == "variable.bits");
  BOOST_TEST(refused([](auto& g) { g.modules[0].payloads[0].engine = 1; }) == "payload.engine");
  BOOST_TEST(refused([](auto& g) { g.modules[0].payloads[0].bytes = {}; }) == "blob.size");
  BOOST_TEST(refused([](auto& g) { g.engines[0].fingerprint = g.engines[1].fingerprint; }) == "engine.fingerprint");
  BOOST_TEST(refused([](auto& g) { g.facts[0].path = g.facts[1].path; }) == "fact.path");
  BOOST_TEST(refused([](auto& g) { g.facts[0].kind = fact_kind{3}; }) == "fact.kind");
  BOOST_TEST(refused([](auto& g) { g.entry = 3; }, errc::bad_index) == "header.entry");
  BOOST_TEST(refused([](auto& g) { g.modules[0].requests[0].resolved = 3; }, errc::bad_index) == "request.resolved");
  BOOST_TEST(refused([](auto& g) { g.modules[0].payloads[0].engine = 2; }, errc::bad_index) == "payload.engine");
}

BOOST_AUTO_TEST_CASE(an_output_that_is_too_small_is_left_alone) {
  const auto graph = support::sample_graph();
  const auto record = graph.view();
  const auto plan = support::must(v4::plan::make(record));
  buffer out(plan.size() - 1, std::byte{0xAA});
  BOOST_TEST((plan.write(out).error() == error{errc::output_too_small, out.size(), "end"}));
  BOOST_TEST(std::ranges::all_of(out, [](std::byte b) { return b == std::byte{0xAA}; }));
}

BOOST_AUTO_TEST_SUITE_END()
