// One graph, one file: whatever order an engine's hash tables gave its entries in.
#include "support.hpp"

#include <random>

using namespace bmes;

BOOST_AUTO_TEST_SUITE(v4_canonical_tests)

namespace {

// The same graph with everything in another order that has an order of its own in the file.
owned_graph shuffled(unsigned seed) {
  std::mt19937 random(seed);
  auto g = support::sample_graph();
  for (owned_record& m : g.modules) {
    for (std::size_t i = 0; i < m.attributes.size(); ++i) {
      std::ranges::shuffle(m.attributes[i], random);
      m.requests[i].attributes = m.attributes[i];
    }
    std::ranges::shuffle(m.imports, random);
    std::ranges::shuffle(m.exports, random);
    std::ranges::shuffle(m.variables, random);
    std::ranges::shuffle(m.payloads, random);
  }
  std::ranges::shuffle(g.facts, random);

  std::vector<std::uint32_t> engines{0, 1}, modules{0, 1, 2};
  std::ranges::shuffle(engines, random);
  std::ranges::shuffle(modules, random);
  owned_graph out;
  out.facts = g.facts;
  for (const auto i : engines) out.engines.push_back(g.engines[i]);
  for (const auto i : modules) out.modules.push_back(std::move(g.modules[i]));
  const auto moved = [](const auto& order, std::uint32_t i) {
    return i == external ? external : static_cast<std::uint32_t>(std::ranges::find(order, i) - order.begin());
  };
  out.entry = moved(modules, g.entry);
  for (owned_record& m : out.modules) {
    for (module_request& r : m.requests) r.resolved = moved(modules, r.resolved);
    for (payload& p : m.payloads) p.engine = moved(engines, p.engine);
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_order_of_modules_entries_and_engines_does_not_matter) {
  const auto expected = support::write_v4(support::sample_graph());
  for (unsigned seed = 0; seed < 500; ++seed) BOOST_REQUIRE_MESSAGE(support::write_v4(shuffled(seed)) == expected, seed);
}

BOOST_AUTO_TEST_CASE(requests_and_stars_keep_the_order_of_the_source) {
  owned_graph g;
  g.modules.emplace_back().url = "/a";
  for (const auto specifier : {"z", "a", "z", "m"}) {
    g.modules[0].add_request(specifier);
    g.modules[0].stars.push_back({specifier});
  }
  const auto file = support::write_v4(g);
  const auto f = support::must(v4::file::open(file));
  std::string requests, stars;
  for (const auto r : f.module_at(0).requests()) requests += r.specifier;
  for (const auto s : f.module_at(0).stars()) stars += s.module_name;
  BOOST_TEST(requests == "zazm");
  BOOST_TEST(stars == "zazm");
}

BOOST_AUTO_TEST_CASE(what_was_read_is_written_back_byte_for_byte) {
  const auto file = support::write_v4(support::sample_graph());
  BOOST_TEST(support::hex(support::read(file).again) == support::hex(file));
}

BOOST_AUTO_TEST_CASE(what_the_output_held_before_does_not_show) {
  const auto expected = support::write_v4(support::sample_graph());
  support::buffer out(expected.size() + 100, std::byte{0xEE});
  const auto graph = support::sample_graph();
  const auto record = graph.view();
  const auto plan = support::must(v4::plan::make(record));
  BOOST_TEST(support::must(plan.write(out)) == expected.size());
  BOOST_TEST(std::equal(expected.begin(), expected.end(), out.begin()));
  BOOST_TEST((out[expected.size()] == std::byte{0xEE}));
}

BOOST_AUTO_TEST_CASE(absent_and_empty_names_stay_apart) {
  owned_graph g;
  g.modules.emplace_back().url = "";
  g.modules[0].imports = {{import_type::single, "", "", ""}, {import_type::namespace_object, "", name::star_namespace(), "a"}};
  g.modules[0].variables = {
      {"", variable_scope::declared, 0}, {name(), variable_scope::lexical, 0}, {name::star_default(), variable_scope::lexical, 0}};
  const auto file = support::write_v4(g);
  const auto f = support::must(v4::file::open(file));
  const auto m = f.module_at(0);
  BOOST_TEST((m.imports()[0].import_name == name("")));
  BOOST_TEST((m.imports()[1].import_name == name::star_namespace()));
  BOOST_TEST((m.variables()[0].variable_name == name("")));
  BOOST_TEST((m.variables()[1].variable_name == name::star_default()));
  BOOST_TEST((m.variables()[2].variable_name == name()));
}

BOOST_AUTO_TEST_CASE(random_graphs_are_read_as_they_were_written) {
  std::mt19937 random(1);
  const auto pick = [&](std::size_t n) { return static_cast<std::uint32_t>(random() % n); };
  const std::array<std::string_view, 6> words{"", "a", "b", "default", "\xE2\x82\xAC", "\xF0\x9F\x98\x80 long enough to leave the small buffer"};
  for (int round = 0; round < 300; ++round) {
    owned_graph g;
    const std::uint32_t modules = pick(5);
    for (std::uint32_t i = 0; i < modules; ++i) {
      owned_record& m = g.modules.emplace_back();
      m.url = "/m" + std::to_string(i);
      m.flags = pick(known_module_flags + 1);
      for (auto n = pick(4); n != 0; --n) {
        std::vector<import_attribute> with;
        for (std::size_t k = pick(3); k != 0; --k) with.push_back({words[k], words[pick(6)]});
        m.add_request(words[pick(6)], std::move(with), import_phase{pick(3)}, pick(2) != 0 ? pick(modules) : external);
      }
      for (std::size_t k = pick(6); k != 0; --k) {
        if (pick(2) != 0) m.imports.push_back({import_type{pick(2)}, words[pick(6)], words[pick(6)], words[k]});
        if (pick(2) != 0) m.imports.push_back({import_type::namespace_object, "x", name::star_namespace(), m.keep("ns" + std::to_string(k))});
        if (pick(2) != 0) m.exports.push_back({export_type::local, words[k], {}, {}, pick(2) != 0 ? name::star_default() : name(words[pick(6)])});
        if (pick(3) == 0) m.stars.push_back({words[k]});
        if (pick(2) != 0) m.variables.push_back({words[k], variable_scope{pick(2)}, pick(known_variable_bits + 1)});
      }
    }
    if (modules != 0) g.entry = pick(modules);
    const auto file = support::write_v4(g);
    const auto first = support::read(file);
    BOOST_REQUIRE_MESSAGE(first.accepted(), support::to_text(first.error));
    BOOST_REQUIRE(first.again == file);
    // Orders that the file does not keep are made the same before comparing.
    for (owned_record& m : g.modules) {
      std::ranges::sort(m.imports, {}, &import_entry::local_name);
      std::ranges::sort(m.exports, {}, &export_entry::export_name);
      std::ranges::sort(m.variables, {}, [](const variable& v) { return std::pair(v.scope, v.variable_name.text); });
      for (std::size_t i = 0; i < m.requests.size(); ++i) {
        std::ranges::sort(m.attributes[i], {}, &import_attribute::key);
        m.requests[i].attributes = m.attributes[i];
      }
    }
    BOOST_REQUIRE_EQUAL(first.model, support::to_text(g.view()));
  }
}

BOOST_AUTO_TEST_SUITE_END()
