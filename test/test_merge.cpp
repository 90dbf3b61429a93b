#include "support.hpp"

using namespace bmes;
using support::buffer;
using support::hash_of;

BOOST_AUTO_TEST_SUITE(merge_tests)

namespace {

constexpr std::array payload_c{std::byte{0xC0}};
constexpr std::array new_text{std::byte{7}};

// The merged file of what `graph` adds to the sample: written, read and validated.
struct merged_file {
  buffer before = support::write_v4(support::sample_graph());
  buffer bytes;
  v4::file file;

  explicit merged_file(const owned_graph& graph, const owned_graph& base = support::sample_graph()) : before(support::write_v4(base)) {
    const auto opened = support::must(v4::file::open(before));
    const auto merged = support::must(merge(graph.view(), opened));
    bytes = support::write_v4(merged);
    file = support::must(v4::file::open(bytes));
  }
  [[nodiscard]] v4::module_view at(std::string_view url) const {
    const auto index = file.find_module(url);
    BOOST_REQUIRE_MESSAGE(index.has_value(), url);
    return file.module_at(*index);
  }
  /// The payloads of a module as "description: bytes" lines.
  [[nodiscard]] std::string payloads(std::string_view url) const {
    std::string out;
    for (const v4::payload_view p : at(url).payloads())
      out.append(file.engine(p.engine).description).append(": ").append(support::hex(support::must(file.payload_bytes(p.blob)))).append("\n");
    return out;
  }
  /// The URLs that a module's requests lead to, "-" for those that lead out.
  [[nodiscard]] std::string edges(std::string_view url) const {
    std::string out;
    for (const v4::request_view r : at(url).requests()) out.append(r.resolved == external ? "-" : file.module_at(r.resolved).url()).append(" ");
    return out;
  }
};

owned_graph one_module(std::string url, source_identity source = {}) {
  owned_graph g;
  g.modules.emplace_back();
  g.modules[0].url = std::move(url);
  g.modules[0].source = source;
  return g;
}

}  // namespace

BOOST_AUTO_TEST_CASE(merging_nothing_changes_nothing) {
  const merged_file m((owned_graph()));
  BOOST_TEST(support::hex(m.bytes) == support::hex(m.before));
}

BOOST_AUTO_TEST_CASE(merging_a_file_into_itself_changes_nothing) {
  const merged_file m(support::sample_graph());
  BOOST_TEST(support::hex(m.bytes) == support::hex(m.before));
}

BOOST_AUTO_TEST_CASE(merging_into_an_empty_file_gives_the_graph) {
  const merged_file m(support::sample_graph(), owned_graph());
  BOOST_TEST(support::hex(m.bytes) == support::hex(support::write_v4(support::sample_graph())));
}

BOOST_AUTO_TEST_CASE(a_new_module_is_added_and_edges_follow) {
  // It sorts before all others, so that every index of the file changes.
  const merged_file m(one_module("/a.mjs"));
  BOOST_TEST(m.file.module_count() == 4u);
  BOOST_TEST(m.edges("/app/main.mjs") == "/app/x.mjs - - /app/data.json ");
  BOOST_TEST(m.edges("/app/x.mjs") == "/app/main.mjs - ");
  BOOST_TEST(m.file.module_at(m.file.entry()).url() == "/app/main.mjs");
  BOOST_TEST(m.file.facts().size() == 3u);
}

BOOST_AUTO_TEST_CASE(numbers_of_the_graph_count_on_into_the_file) {
  const auto base = support::write_v4(support::sample_graph());
  const auto file = support::must(v4::file::open(base));
  owned_graph g = one_module("/a.mjs");
  g.modules[0].add_request("self", {}, import_phase::evaluation, 0);
  g.modules[0].add_request("./app/x.mjs", {}, import_phase::evaluation, 1 + *file.find_module("/app/x.mjs"));
  g.modules[0].add_request("elsewhere", {}, import_phase::evaluation, external);
  g.modules[0].payloads = {{*file.find_engine(hash_of(2)), payload_c}};
  g.entry = 1 + *file.find_module("/app/data.json");
  const merged_file m(g);
  BOOST_TEST(m.edges("/a.mjs") == "/a.mjs /app/x.mjs - ");
  BOOST_TEST(m.payloads("/a.mjs") == "engine two: c0\n");
  BOOST_TEST(m.file.module_at(m.file.entry()).url() == "/app/data.json");

  const auto refused = [&](const owned_graph& graph) { return merge(graph.view(), file).error(); };
  g.entry = 4;
  BOOST_TEST((refused(g) == error{errc::bad_index, 0, "header.entry"}));
  g.entry = external;
  g.modules[0].requests[1].resolved = 4;
  BOOST_TEST((refused(g) == error{errc::bad_index, 0, "request.resolved"}));
  g.modules[0].requests[1].resolved = external;
  g.modules[0].payloads[0].engine = 2;
  BOOST_TEST((refused(g) == error{errc::bad_index, 0, "payload.engine"}));
}

BOOST_AUTO_TEST_CASE(a_module_of_another_source_is_replaced_as_a_whole) {
  owned_graph g = one_module("/app/main.mjs", {1, hash_of(9), 0, 0});
  g.engines = {{hash_of(1), "engine one"}};
  g.modules[0].payloads = {{0, payload_c}};
  const merged_file m(g);
  BOOST_TEST(m.payloads("/app/main.mjs") == "engine one: c0\n");
  BOOST_TEST((m.at("/app/main.mjs").row().text.value == v4::absent_index));
  BOOST_TEST(m.at("/app/main.mjs").imports().empty());
  BOOST_TEST(m.edges("/app/x.mjs") == "/app/main.mjs - ", "edges to it stay");
  BOOST_TEST(m.file.module_count() == 3u);
  BOOST_TEST(!m.file.find_engine(hash_of(2)).has_value(), "an engine that nothing needs any more is left out");
}

BOOST_AUTO_TEST_CASE(a_module_of_the_same_source_keeps_the_payloads_of_other_engines_and_the_text) {
  const auto main = support::sample_graph().modules[0].source;
  owned_graph g = one_module("/app/main.mjs", {main.size, main.hash, 77, 78});
  g.engines = {{hash_of(1), "engine one"}, {hash_of(7), "engine seven"}};
  g.modules[0].payloads = {{0, payload_c}, {1, new_text}};
  const merged_file m(g);
  BOOST_TEST(m.payloads("/app/main.mjs") == "engine one: c0\nengine two: cafe00\nengine seven: 07\n");
  const auto row = m.at("/app/main.mjs").row();
  BOOST_TEST(support::hex(support::must(m.file.payload_bytes(row.text.value))) == "01");
  BOOST_TEST(m.at("/app/main.mjs").source().modification_time == 77u, "the record is the new one");

  g.modules[0].text = new_text;
  const merged_file with_text(g);
  BOOST_TEST(support::hex(support::must(with_text.file.payload_bytes(with_text.at("/app/main.mjs").row().text.value))) == "07");
}

BOOST_AUTO_TEST_CASE(sources_that_are_not_known_are_never_the_same) {
  auto base = support::sample_graph();
  base.modules[0].source = {};
  const merged_file m(one_module("/app/main.mjs"), base);
  BOOST_TEST(m.payloads("/app/main.mjs").empty());
}

BOOST_AUTO_TEST_CASE(a_description_is_the_new_one) {
  owned_graph g = one_module("/a.mjs");
  g.engines = {{hash_of(1), "renamed"}};
  const merged_file m(g);
  BOOST_TEST(m.payloads("/app/main.mjs") == "renamed: 01\nengine two: cafe00\n");
}

BOOST_AUTO_TEST_CASE(facts_of_both_are_kept_while_none_speaks_against_another) {
  owned_graph g;
  g.facts = {{"/app/package.json", fact_kind::file, {12, hash_of(3), 99, 99}}, {"/new", fact_kind::absent, {}}};
  const merged_file m(g);
  BOOST_TEST(m.file.facts().size() == 4u);
  BOOST_TEST(m.edges("/app/main.mjs") == "/app/x.mjs - - /app/data.json ");
  for (const resolution_fact f : m.file.facts())
    if (f.path == "/app/package.json") BOOST_TEST(f.identity.modification_time == 99u, "the new times of the same file");
}

BOOST_AUTO_TEST_CASE(a_fact_that_holds_no_more_takes_the_edges_of_the_file_along) {
  const auto edges_dropped = [](owned_graph g) {
    const auto facts = g.facts.size();
    g.modules.emplace_back();
    g.modules.back().url = "/z.mjs";
    g.modules.back().add_request("self", {}, import_phase::evaluation, static_cast<std::uint32_t>(g.modules.size() - 1));
    const merged_file m(g);
    BOOST_TEST(m.edges("/app/main.mjs") == "- - - - ");
    BOOST_TEST(m.edges("/z.mjs") == "/z.mjs ", "those of the graph are newer");
    BOOST_TEST(m.file.facts().size() == facts);
  };
  owned_graph g;
  g.facts = {{"/app/x.js", fact_kind::file, {1, hash_of(8), 0, 0}}};
  edges_dropped(std::move(g));
  g = {};
  g.facts = {{"/app/package.json", fact_kind::file, {13, hash_of(3), 5, 6}}};
  edges_dropped(std::move(g));
  g = {};
  g.facts = {{"/app/package.json", fact_kind::file, {12, hash_of(4), 5, 6}}};
  edges_dropped(std::move(g));
  edges_dropped(one_module("/app/x.js", {1, hash_of(8), 0, 0}));  // a module, where there was no file
}

BOOST_AUTO_TEST_CASE(a_damaged_file_is_not_merged) {
  auto base = support::write_v4(support::sample_graph());
  support::damage_last_payload(base);
  const auto file = support::must(v4::file::open(base, v4::payload_proof::at_use));
  const auto refused = merge(graph_record{}, file).error();
  BOOST_TEST((refused.code == errc::bad_checksum));
  BOOST_TEST((refused == v4::file::open(base).error()));
}

BOOST_AUTO_TEST_CASE(doubles_are_left_to_the_writer) {
  owned_graph g = one_module("/app/x.mjs");
  g.modules.emplace_back();
  g.modules[1].url = "/app/x.mjs";
  const auto base = support::write_v4(support::sample_graph());
  const auto merged = support::must(merge(g.view(), support::must(v4::file::open(base))));
  BOOST_TEST((v4::to_bytes(merged.view()).error() == error{errc::not_representable, 0, "module.url"}));
}

BOOST_AUTO_TEST_SUITE_END()
