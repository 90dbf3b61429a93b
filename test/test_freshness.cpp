#include "support.hpp"

#include <bmes/freshness.hpp>
#include <map>

using namespace bmes;

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

std::string reason_on(fake_disk& disk) {
  const auto file = support::write_v4(support::sample_graph());
  const auto stale = first_stale(support::must(v4::file::open(file)), disk);
  return stale ? std::string(name_of(stale->reason)) + ' ' + std::string(stale->path) : "fresh";
}

}  // namespace

BOOST_AUTO_TEST_CASE(unchanged_sources_are_fresh) {
  fake_disk disk;
  BOOST_TEST(reason_on(disk) == "fresh");
  // main.mjs and package.json have times; the other two sources have none.
  BOOST_TEST(disk.hashes == 2u);
}

BOOST_AUTO_TEST_CASE(a_source_of_another_size_or_that_is_gone_is_stale) {
  fake_disk disk;
  disk.states["/app/main.mjs"].identity.size++;
  BOOST_TEST(reason_on(disk) == "source_changed /app/main.mjs");
  disk.states.erase("/app/main.mjs");
  BOOST_TEST(reason_on(disk) == "source_missing /app/main.mjs");
  disk.states["/app/main.mjs"] = {fact_kind::directory, {}};
  BOOST_TEST(reason_on(disk) == "source_changed /app/main.mjs");
}

BOOST_AUTO_TEST_CASE(a_touched_source_is_fresh_when_its_bytes_are_the_same) {
  fake_disk disk;
  disk.states["/app/main.mjs"].identity.modification_time += 1;
  BOOST_TEST(reason_on(disk) == "fresh");
}

BOOST_AUTO_TEST_CASE(an_edit_of_equal_length_is_found) {
  for (const bool restored : {false, true}) {
    fake_disk disk;
    auto& identity = disk.states["/app/main.mjs"].identity;
    identity.hash = support::hash_of(99);
    identity.change_time += 1;
    if (!restored) identity.modification_time += 1;
    BOOST_TEST(reason_on(disk) == "source_changed /app/main.mjs", "the modification time may have been set back, the change time can't be");
  }
}

BOOST_AUTO_TEST_CASE(what_resolution_depended_on_is_looked_at_too) {
  fake_disk disk;
  disk.states["/app/x.js"] = {fact_kind::file, {}};
  BOOST_TEST(reason_on(disk) == "resolution_changed /app/x.js");
  disk.states.erase("/app/x.js");
  BOOST_TEST(reason_on(disk) == "fresh");
  disk.states["/app/node_modules"].kind = fact_kind::file;
  BOOST_TEST(reason_on(disk) == "resolution_changed /app/node_modules");
  disk.states["/app/node_modules"].kind = fact_kind::directory;
  disk.states["/app/package.json"].identity.size++;
  BOOST_TEST(reason_on(disk) == "resolution_changed /app/package.json");
}
