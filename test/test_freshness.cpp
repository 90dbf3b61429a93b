#include "support.hpp"

#include <bmes/freshness.hpp>
#include <algorithm>
#include <deque>
#include <map>

using namespace bmes;

BOOST_AUTO_TEST_SUITE(freshness_tests)

namespace {

// A disk on which everything is as when the sample was made, and what was asked of it.
struct fake_disk {
  std::map<std::string, disk_state, std::less<>> states;
  std::size_t looks = 0, hashes = 0;

  fake_disk() {
    const auto g = support::sample_graph();
    for (const auto& m : g.modules) states[m.url] = {fact_kind::file, m.source};
    for (const auto& f : g.facts) states[std::string(f.path)] = {f.kind, f.identity};
  }
  disk_state operator()(std::string_view path, bool with_hash) {
    ++looks;
    hashes += with_hash ? 1 : 0;
    const auto at = states.find(path);
    if (at == states.end()) return {};
    disk_state out = at->second;
    if (!with_hash) out.identity.hash = {};
    return out;
  }
};

// All that changed on the disk since the sample was made.
std::string changes_on(fake_disk& disk, const owned_graph& graph = support::sample_graph()) {
  const auto bytes = support::write_v4(graph);
  const auto file = support::must(v4::file::open(bytes));
  const auto found = check_freshness(file, disk);
  std::string out;
  for (const auto* changes : {&found.modules, &found.facts})
    for (const auto& c : *changes) {
      out += (out.empty() ? "" : ", ") + std::string(name_of(c.reason)) + ' ' + std::string(c.path);
      BOOST_TEST(c.path == (changes == &found.modules ? file.module_at(c.index).url() : file.facts()[c.index].path));
    }
  BOOST_TEST(found.edges_hold() == found.facts.empty());
  return out.empty() ? "fresh" : out;
}

// What is to be kept of a disk on which the sources have the same content.
std::string renewed_on(fake_disk& disk) {
  const auto bytes = support::write_v4(support::sample_graph());
  const auto file = support::must(v4::file::open(bytes));
  std::string out;
  for (const auto& r : check_freshness(file, disk).renewed) {
    out += std::string(r.path) + ' ' + std::to_string(r.identity.modification_time) + ' ';
    BOOST_TEST((r.identity == disk.states.find(r.path)->second.identity));
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(unchanged_sources_are_fresh) {
  fake_disk disk;
  BOOST_TEST(changes_on(disk) == "fresh");
  // main.mjs and package.json have times; the other two sources have none.
  BOOST_TEST(disk.hashes == 2u);
}

BOOST_AUTO_TEST_CASE(a_source_of_another_size_or_that_is_gone_is_stale) {
  fake_disk disk;
  disk.states["/app/main.mjs"].identity.size++;
  BOOST_TEST(changes_on(disk) == "source_changed /app/main.mjs");
  disk.states.erase("/app/main.mjs");
  BOOST_TEST(changes_on(disk) == "source_missing /app/main.mjs");
  disk.states["/app/main.mjs"] = {fact_kind::directory, {}};
  BOOST_TEST(changes_on(disk) == "source_missing /app/main.mjs", "a folder is no source");
}

BOOST_AUTO_TEST_CASE(by_hash_every_file_is_read_and_times_alone_settle_nothing) {
  const auto bytes = support::write_v4(support::sample_graph());
  const auto file = support::must(v4::file::open(bytes));
  fake_disk disk;
  const auto found = check_freshness(file, disk, check_mode::hash);
  BOOST_TEST(!found.first());
  BOOST_TEST(found.renewed.empty(), "there is nothing to write where the times are those known");
  BOOST_TEST(disk.hashes > 2u);
  auto& main = disk.states["/app/main.mjs"].identity;
  main.hash[0] ^= std::byte{1};  // edited, and its times set back
  BOOST_TEST(!check_freshness(file, disk).first());
  const auto by_hash = check_freshness(file, disk, check_mode::hash);
  BOOST_REQUIRE(by_hash.modules.size() == 1u);
  BOOST_TEST(by_hash.modules[0].path == "/app/main.mjs");
  BOOST_TEST(name_of(by_hash.modules[0].reason) == "source_changed");
}

BOOST_AUTO_TEST_CASE(without_a_check_nothing_is_looked_at) {
  const auto bytes = support::write_v4(support::sample_graph());
  const auto file = support::must(v4::file::open(bytes));
  fake_disk disk;
  disk.states.clear();
  BOOST_TEST(!check_freshness(file, disk, check_mode::none).first());
  BOOST_TEST(check_file({}, "/app/main.mjs", disk, check_mode::none).holds);
  BOOST_TEST(disk.looks == 0u);
}

BOOST_AUTO_TEST_CASE(modes_have_names) {
  BOOST_TEST((check_mode_of("stat") == check_mode::stat && check_mode_of("hash") == check_mode::hash && check_mode_of("none") == check_mode::none));
  BOOST_TEST(!check_mode_of("").has_value());
  BOOST_TEST(!check_mode_of("Stat").has_value());
}

BOOST_AUTO_TEST_CASE(all_that_changed_is_told) {
  fake_disk disk;
  disk.states.clear();
  BOOST_TEST(changes_on(disk) ==
             "source_missing /app/data.json, source_missing /app/main.mjs, source_missing /app/x.mjs, "
             "resolution_changed /app/node_modules, resolution_changed /app/package.json");
}

BOOST_AUTO_TEST_CASE(a_touched_source_is_fresh_when_its_bytes_are_the_same) {
  fake_disk disk;
  const auto time = disk.states["/app/main.mjs"].identity.modification_time += 1;
  BOOST_TEST(changes_on(disk) == "fresh");
  BOOST_TEST(renewed_on(disk) == "/app/main.mjs " + std::to_string(time) + ' ', "so that the next start need not read it");
  disk.states["/app/main.mjs"].identity.change_time = 0;
  BOOST_TEST(renewed_on(disk) == "", "times that prove nothing are not worth keeping");
}

BOOST_AUTO_TEST_CASE(another_file_with_the_same_size_and_times_is_told_by_its_hash) {
  for (const auto member : {&source_identity::device, &source_identity::inode}) {
    auto graph = support::sample_graph();
    fake_disk disk;
    for (auto& m : graph.modules) {
      if (m.url == "/app/main.mjs") m.source.*member = 7;
      disk.states[m.url].identity.*member = 7;
    }
    BOOST_TEST(changes_on(disk, graph) == "fresh");
    const auto hashes = disk.hashes;
    auto& now = disk.states["/app/main.mjs"].identity;
    now.*member = 8;
    BOOST_TEST(changes_on(disk, graph) == "fresh", "mounted elsewhere, or copied: the same bytes");
    BOOST_TEST(disk.hashes == 2 * hashes + 1);
    now.hash = support::hash_of(99);
    BOOST_TEST(changes_on(disk, graph) == "source_changed /app/main.mjs");
    for (auto& m : graph.modules) m.source.*member = 0;
    BOOST_TEST(changes_on(disk, graph) == "fresh", "what is not known is not compared");
  }
}

BOOST_AUTO_TEST_CASE(a_change_is_told_from_what_to_what) {
  fake_disk disk;
  const auto words = [&] {
    const auto bytes = support::write_v4(support::sample_graph());
    const auto file = support::must(v4::file::open(bytes));
    const auto found = check_freshness(file, disk);
    return found.first() == nullptr ? std::string() : describe(*found.first());
  };
  const auto known = disk.states["/app/main.mjs"].identity;
  const auto size = std::to_string(known.size);
  disk.states["/app/main.mjs"].identity.size = 99;
  BOOST_TEST(words() == "was a file of " + size + " bytes, is a file of 99 bytes");
  disk.states["/app/main.mjs"] = {fact_kind::directory, {}};
  BOOST_TEST(words() == "was a file of " + size + " bytes, is a folder");
  disk.states["/app/main.mjs"] = {fact_kind::file, {known.size, support::hash_of(99), 1, 1}};
  std::string before = support::hex(known.hash), now = support::hex(support::hash_of(99));
  for (auto* text : {&before, &now}) {
    std::erase(*text, ' ');
    for (char& c : *text) c = static_cast<char>(std::tolower(c));
  }
  BOOST_TEST(words() == "was a file of " + size + " bytes with the hash " + before + ", is a file of " + size + " bytes with the hash " + now);
  disk.states["/app/main.mjs"] = {fact_kind::file, known};
  disk.states["/app/x.js"] = {fact_kind::file, {3, {}, 0, 0}};
  BOOST_TEST(words() == "was absent, is a file of 3 bytes");
}

BOOST_AUTO_TEST_CASE(an_edit_of_equal_length_is_found) {
  for (const bool restored : {false, true}) {
    fake_disk disk;
    auto& identity = disk.states["/app/main.mjs"].identity;
    identity.hash = support::hash_of(99);
    identity.change_time += 1;
    if (!restored) identity.modification_time += 1;
    BOOST_TEST(changes_on(disk) == "source_changed /app/main.mjs", "the modification time may have been set back, the change time can't be");
  }
}

BOOST_AUTO_TEST_CASE(what_resolution_depended_on_is_looked_at_too) {
  fake_disk disk;
  disk.states["/app/x.js"] = {fact_kind::file, {}};
  BOOST_TEST(changes_on(disk) == "resolution_changed /app/x.js");
  disk.states.erase("/app/x.js");
  BOOST_TEST(changes_on(disk) == "fresh");
  disk.states["/app/node_modules"].kind = fact_kind::file;
  BOOST_TEST(changes_on(disk) == "resolution_changed /app/node_modules");
  disk.states["/app/node_modules"].kind = fact_kind::directory;
  disk.states["/app/package.json"].identity.size++;
  BOOST_TEST(changes_on(disk) == "resolution_changed /app/package.json");
}

BOOST_AUTO_TEST_CASE(parts_that_are_checked_in_any_order_give_the_same_changes) {
  auto graph = support::sample_graph();
  fake_disk disk;
  // More than are looked at at once, of each kind.
  std::deque<std::string> paths;
  for (int i = 0; i < 300; ++i) {
    owned_record m;
    m.url = "/many/" + std::to_string(1000 + i) + ".mjs";
    m.source = {10, {}, 3, 4, 5, 6};
    m.flags = 0;
    m.reason = uncacheable::not_java_script;
    graph.modules.push_back(std::move(m));
    graph.facts.push_back({paths.emplace_back("/many/" + std::to_string(1000 + i) + ".json"), fact_kind::file, {1, {}, 3, 4, 5, 6}});
  }
  const auto bytes = support::write_v4(graph);
  const auto file = support::must(v4::file::open(bytes));
  for (std::uint32_t i = 0; i < file.module_count(); ++i)
    if (i % 3 != 0) disk.states[std::string(file.module_at(i).url())] = {fact_kind::file, file.module_at(i).source()};
  const auto expected = check_freshness(file, disk);
  BOOST_TEST(expected.modules.size() > 64u);
  BOOST_TEST(expected.facts.size() > 64u);
  const auto backwards = [](std::size_t count, const auto& work) {
    while (count != 0) work(--count);
  };
  const auto found = check_freshness(file, disk, check_mode::stat, backwards);
  const auto same = [](const source_change& a, const source_change& b) { return a.reason == b.reason && a.index == b.index && a.path == b.path; };
  BOOST_TEST(std::ranges::equal(found.modules, expected.modules, same));
  BOOST_TEST(std::ranges::equal(found.facts, expected.facts, same));
  BOOST_TEST(std::ranges::equal(found.renewed, expected.renewed, [](const auto& a, const auto& b) { return a.path == b.path; }));
  BOOST_TEST(std::ranges::is_sorted(found.modules, {}, &source_change::index));
  BOOST_TEST(std::ranges::is_sorted(found.facts, {}, &source_change::index));
}

BOOST_AUTO_TEST_SUITE_END()
