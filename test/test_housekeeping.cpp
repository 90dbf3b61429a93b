#include "housekeeping.hpp"

#include "cache_settings.hpp"
#include "folder_store.hpp"
#include "start_counts.hpp"
#include "support.hpp"

#include <bmes/cache.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace bmes;
using namespace bmes::filesystem;

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t now = one_second * 1'000'000'000, hour = 3600 * one_second, day = 24 * hour;

stored_file entry(std::string name, std::uint64_t bytes, std::int64_t unused) {
  return {std::move(name), file_role::entry, bytes, now - unused, now - unused};
}

// "name reason; ..." of what goes.
std::string removed(const std::vector<stored_file>& files, const folder_limits& limits, const std::string& dead = "") {
  std::string out;
  for (const removal& r : to_remove(files, limits, now, [&](const stored_file& f) { return dead.find(f.name) != std::string::npos; }))
    out.append(files[r.file].name).append(" ").append(name_of(r.reason)).append("; ");
  return out;
}

/// A folder of the test's own, gone with the object.
struct folder {
  std::string path;
  folder() {
    std::string made = (fs::temp_directory_path() / "bmes-store-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(made.data()) != nullptr);
    path = made;
  }
  ~folder() { fs::remove_all(path); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  [[nodiscard]] std::string file(const hash128& key, const std::string& suffix = ".cache") const;
};

std::string hex(const hash128& key) {
  std::string out;
  for (const std::byte b : key)
    for (const int shift : {4, 0}) out += "0123456789abcdef"[std::to_integer<unsigned>(b) >> shift & 15U];
  return out;
}

std::string folder::file(const hash128& key, const std::string& suffix) const { return path + "/" + hex(key) + suffix; }

const hash128 key = support::hash_of(1), other_key = support::hash_of(2);

std::string got(const folder_places& places, const hash128& of = key) {
  const auto answer = make_folder_store(places)->get(of);
  if (!answer.entry) return std::string(answer.error.reason);
  std::string out;
  for (const std::byte b : answer.entry->bytes()) out += static_cast<char>(b);
  return out;
}

std::string put(const folder_places& places, std::string_view text, const hash128& of = key, folder_limits limits = {}) {
  return std::string(make_folder_store(places, limits)->put(of, as_bytes(text)).reason);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_folder_within_its_limits_is_left_alone) {
  const std::vector<stored_file> files{entry("a", 60, day), entry("b", 40, 300 * day)};
  BOOST_TEST(removed(files, {100, 0}) == "");
  BOOST_TEST(removed(files, {0, 0}) == "", "no limit");
}

BOOST_AUTO_TEST_CASE(what_was_not_used_for_longest_goes_down_to_nine_tenths) {
  const std::vector<stored_file> files{entry("a", 30, 2 * day), entry("b", 30, 5 * day), entry("c", 30, 1 * day), entry("d", 11, 0)};
  BOOST_TEST(removed(files, {100, 0}) == "b least_used; ");
  BOOST_TEST(removed(files, {70, 0}) == "b least_used; a least_used; ");
}

BOOST_AUTO_TEST_CASE(entries_of_engines_that_are_gone_go_first) {
  const std::vector<stored_file> files{entry("a", 30, 9 * day), entry("b", 30, 5 * day), entry("c", 30, 1 * day), entry("d", 30, 0)};
  BOOST_TEST(removed(files, {110, 0}, "cd") == "c dead_engine; ");
  BOOST_TEST(removed(files, {60, 0}, "cd") == "c dead_engine; d dead_engine; a least_used; ");
  BOOST_TEST(removed(files, {120, 0}, "cd") == "", "they do no harm while there is room");
}

BOOST_AUTO_TEST_CASE(an_entry_as_large_as_the_folder_may_be_goes_and_the_others_stay) {
  const std::vector<stored_file> files{entry("a", 30, 2 * day), entry("b", 95, 0), entry("c", 30, 1 * day)};
  BOOST_TEST(removed(files, {100, 0}) == "b too_large; ");
}

BOOST_AUTO_TEST_CASE(what_is_unused_for_too_long_goes_whatever_the_size) {
  BOOST_TEST(removed({entry("a", 1, 31 * day), entry("b", 1, 29 * day)}, {0, 30 * day}) == "a unused; ");
}

BOOST_AUTO_TEST_CASE(files_that_were_left_behind_go_and_young_ones_stay) {
  std::vector<stored_file> files{entry("a.tmp", 1, 2 * hour), entry("b.tmp", 1, 0), entry("c", 1, 8 * day), entry("d", 1, 6 * day)};
  files[0].role = files[1].role = file_role::temporary;
  files[2].role = files[3].role = file_role::crashed;
  BOOST_TEST(removed(files, {}) == "a.tmp abandoned; c abandoned; ");
}

BOOST_AUTO_TEST_CASE(a_survey_knows_the_stores_own_files_only) {
  const folder f;
  for (const auto* name : {"notes.txt", "x.cache", "aa.tmp"}) std::ofstream(f.path + "/" + name) << "x";
  std::ofstream(f.file(key)) << "12345";
  std::ofstream(f.file(key, ".crashed")) << "1";
  fs::create_symlink(f.file(key), f.file(other_key));
  fs::create_directory(f.file(support::hash_of(3)));
  std::string all;
  for (const stored_file& s : survey(f.path)) all += s.name + " " + std::to_string(static_cast<int>(s.role)) + " " + std::to_string(s.bytes) + "; ";
  BOOST_TEST(all == hex(key) + ".cache 0 5; " + hex(key) + ".crashed 1 1; aa.tmp 2 1; ");
  BOOST_TEST(survey(f.path + "/none").empty());
}

BOOST_AUTO_TEST_CASE(a_write_brings_the_folder_back_within_its_limits_and_what_is_mapped_stays) {
  const folder f;
  const folder_places places{f.path, {}};
  const std::string large(100'000, 'x');
  BOOST_TEST(put(places, large) == "");
  const timespec long_ago[] = {{1000, 0}, {1000, 0}};
  BOOST_REQUIRE(::utimensat(AT_FDCWD, f.file(key).c_str(), long_ago, 0) == 0);
  const auto in_use = make_folder_store(places)->get(key);
  BOOST_REQUIRE(::utimensat(AT_FDCWD, f.file(key).c_str(), long_ago, 0) == 0);
  BOOST_TEST(put(places, large, other_key, {150'000, 0}) == "");
  BOOST_TEST(got(places) == "no_entry");
  BOOST_TEST(got(places, other_key) == large);
  BOOST_TEST(in_use.entry->bytes().size() == large.size());
  BOOST_TEST((in_use.entry->bytes().back() == std::byte{'x'}));
}

BOOST_AUTO_TEST_CASE(a_use_is_noted_once_an_hour_and_changes_no_version) {
  const folder f;
  const folder_places places{f.path, {}};
  BOOST_TEST(put(places, "text") == "");
  const auto used = [&] { return survey(f.path)[0].used / one_second; };
  const timespec long_ago[] = {{1000, 0}, {1000, 0}};
  BOOST_REQUIRE(::utimensat(AT_FDCWD, f.file(key).c_str(), long_ago, 0) == 0);
  const auto store = make_folder_store(places);
  const auto before = store->get(key).version;
  BOOST_TEST(used() > std::time(nullptr) - 60);
  BOOST_TEST(store->get(key).version == before);
  const timespec recent[] = {{std::time(nullptr) - 1800, 0}, {1000, 0}};
  BOOST_REQUIRE(::utimensat(AT_FDCWD, f.file(key).c_str(), recent, 0) == 0);
  struct stat s {};
  BOOST_REQUIRE(::stat(f.file(key).c_str(), &s) == 0);
  const auto changed = s.st_ctim;
  BOOST_TEST(got(places) == "text");
  BOOST_REQUIRE(::stat(f.file(key).c_str(), &s) == 0);
  BOOST_TEST((s.st_ctim.tv_sec == changed.tv_sec && s.st_ctim.tv_nsec == changed.tv_nsec), "half an hour is no write");
}

BOOST_AUTO_TEST_CASE(a_folder_that_others_can_write_to_is_neither_read_nor_written) {
  const folder f;
  const folder_places places{f.path, {}};
  BOOST_TEST(put(places, "text") == "");
  for (const mode_t mode : {0770U, 0707U, 01777U}) {
    BOOST_REQUIRE(::chmod(f.path.c_str(), mode) == 0);
    BOOST_TEST(got(places) == "not_private");
    BOOST_TEST(put(places, "more") == "not_private");
    BOOST_TEST((make_folder_store(places)->take_turn(key, {}) == nullptr));
    BOOST_TEST(make_folder_store(places)->get(key).error.message == f.path + ": others can write to it");
  }
  BOOST_REQUIRE(::chmod(f.path.c_str(), 0755) == 0);
  BOOST_TEST(got(places) == "text");
}

BOOST_AUTO_TEST_CASE(an_entry_with_two_names_is_used_and_replaced_under_one) {
  const folder f;
  const folder_places places{f.path, {}};
  BOOST_TEST(put(places, "text") == "");
  fs::create_hard_link(f.file(key), f.path + "/backup");
  BOOST_TEST(got(places) == "text");
  BOOST_TEST(put(places, "other") == "");
  BOOST_TEST(got(places) == "other");
  BOOST_TEST(fs::file_size(f.path + "/backup") == 4u);
}

BOOST_AUTO_TEST_CASE(a_link_to_the_folder_is_followed_and_one_in_it_is_not) {
  const folder f, elsewhere;
  fs::create_directory_symlink(f.path, elsewhere.path + "/link");
  const folder_places places{elsewhere.path + "/link", {}};
  BOOST_TEST(put(places, "text") == "");
  BOOST_TEST(got(places) == "text");
  fs::rename(f.file(key), elsewhere.path + "/entry");
  fs::create_symlink(elsewhere.path + "/entry", f.file(key));
  BOOST_TEST(got(places) == "unreadable");
  BOOST_TEST(put(places, "new") == "");
  BOOST_TEST(got(places) == "new");
  BOOST_TEST(fs::file_size(elsewhere.path + "/entry") == 4u, "what the link led to is left alone");
}

BOOST_AUTO_TEST_CASE(the_readonly_folder_is_asked_until_the_own_one_has_something_newer) {
  const folder own, layer;
  BOOST_TEST(put({layer.path, {}, true}, "baked") == "");
  const folder_places places{own.path, layer.path};
  BOOST_TEST(got(places) == "baked");
  BOOST_TEST(put(places, "learned") == "");
  BOOST_TEST(got(places) == "learned");
  BOOST_TEST(got({{}, layer.path}) == "baked", "nothing is written there");
  ::usleep(20'000);
  BOOST_TEST(put({layer.path, {}, true}, "baked again") == "");
  BOOST_TEST(got(places) == "baked again");
  BOOST_TEST(put({{}, layer.path}, "x") == "no_folder");
}

BOOST_AUTO_TEST_CASE(a_readonly_folder_that_others_can_write_to_is_refused_with_its_reason) {
  const folder own, layer;
  BOOST_TEST(put({layer.path, {}}, "baked") == "");
  BOOST_REQUIRE(::chmod(layer.path.c_str(), 0777) == 0);
  BOOST_TEST(got({own.path, layer.path}) == "not_private");
  BOOST_TEST(put({own.path, layer.path}, "mine") == "");
  BOOST_TEST(got({own.path, layer.path}) == "mine");
}

BOOST_AUTO_TEST_CASE(what_was_set_aside_is_told_and_gone_with_the_next_write) {
  const folder own, layer;
  const folder_places places{own.path, layer.path};
  BOOST_TEST(put(places, "text") == "");
  fs::rename(own.file(key), own.file(key, ".crashed"));
  BOOST_TEST(got(places) == "crashed");
  BOOST_TEST(put(places, "text") == "");
  BOOST_TEST(got(places) == "text");
  BOOST_TEST(!fs::exists(own.file(key, ".crashed")));

  fs::remove(own.file(key));
  BOOST_TEST(put({layer.path, {}}, "baked") == "");
  BOOST_TEST(got(places) == "baked");
  std::ofstream(own.file(key, ".crashed")) << "";
  BOOST_TEST(got(places) == "crashed", "an entry of the read-only folder is passed over");
}

BOOST_AUTO_TEST_CASE(an_engine_is_dead_when_its_program_is_gone_or_another) {
  const folder f;
  const auto bytes = support::write_v4(support::sample_graph());
  const auto file = support::must(v4::file::open(bytes));
  BOOST_REQUIRE(file.engine_count() != 0);
  const folder_places places{f.path, {}};
  BOOST_REQUIRE(make_folder_store(places)->put(key, bytes).reason.empty());
  const std::string name = hex(key) + ".cache";
  BOOST_TEST(!has_dead_engines_only(f.path, name), "an engine that is not known is not known to be gone");
  for (const engine_identity e : file.engines()) note_engine(f.path, e.fingerprint);
  BOOST_TEST(!has_dead_engines_only(f.path, name));
  for (const engine_identity e : file.engines()) std::ofstream(f.file(e.fingerprint, ".engine")) << "/nowhere/node\n1 1.0\n";
  BOOST_TEST(has_dead_engines_only(f.path, name));
  note_engine(f.path, file.engine(0).fingerprint);
  BOOST_TEST(!has_dead_engines_only(f.path, name));
}

BOOST_AUTO_TEST_CASE(sizes_and_times_are_read_as_people_write_them) {
  const auto size = [](std::string_view t) { return parse_size(t).value_or(7777); };
  BOOST_TEST(size("0") == 0u);
  BOOST_TEST(size("12B") == 12u);
  BOOST_TEST(size("3k") == 3072u);
  BOOST_TEST(size("512M") == 512u << 20);
  BOOST_TEST(size("1GiB") == 1u << 30);
  for (const auto* bad : {"", "M", "-1", "1.5M", "1X", "1MX", "1MBB", "99999999999T", " 1"}) BOOST_TEST(size(bad) == 7777u, bad);
  const auto time = [](std::string_view t) { return parse_duration(t).value_or(-1); };
  BOOST_TEST(time("90") == 90 * one_second);
  BOOST_TEST(time("2m") == 120 * one_second);
  BOOST_TEST(time("3h") == 3 * hour);
  BOOST_TEST(time("30d") == 30 * day);
  for (const auto* bad : {"", "d", "1w", "1dd", "-1d", "9999999999999999999d"}) BOOST_TEST(time(bad) == -1, bad);
  ::setenv("BMES_CACHE_MAX", "lots", 1);
  std::string wrong;
  BOOST_TEST(limits_asked_for(&wrong).most_bytes == 512u << 20);
  BOOST_TEST(wrong == "BMES_CACHE_MAX is lots");
  ::setenv("BMES_CACHE_MAX", "1M", 1);
  BOOST_TEST(limits_asked_for().most_bytes == 1u << 20);
}

BOOST_AUTO_TEST_CASE(counts_stay_as_long_as_their_entry_and_a_week) {
  std::vector<stored_file> files{entry("a.cache", 10, 90 * day), entry("a.counts", 10, 90 * day), entry("b.counts", 10, 8 * day), entry("c.counts", 10, 6 * day)};
  for (std::size_t i = 1; i < files.size(); ++i) files[i].role = file_role::counts;
  BOOST_TEST(removed(files, {0, 0}) == "b.counts abandoned; ");
  BOOST_TEST(removed(files, {35, 0}) == "b.counts abandoned; ");
  BOOST_TEST(removed(files, {20, 0}) == "b.counts abandoned; a.cache least_used; ");
}

BOOST_AUTO_TEST_CASE(counts_are_lines_and_what_is_none_is_left_out) {
  const auto text = [](std::string_view of) { return to_text(parse_counts(of)); };
  BOOST_TEST(text("") == "read_bytes 0\nwritten_bytes 0\n");
  BOOST_TEST(text("hit 3\nno_entry 1\nread_bytes 7\nwritten_bytes 8\n") == "hit 3\nno_entry 1\nread_bytes 7\nwritten_bytes 8\n");
  BOOST_TEST(text("hit 18446744073709551616\nhit 3x\nh-t 1\n 4\nhit\n\n\nno_entry 2") == "no_entry 2\nread_bytes 0\nwritten_bytes 0\n");
  auto sum = parse_counts("hit 3\nread_bytes 7\n");
  sum.add(parse_counts("hit 1\nno_entry 2\nread_bytes 1\n"));
  BOOST_TEST(sum.hits() == 4U);
  BOOST_TEST(sum.all() == 6U);
  BOOST_TEST(to_text(sum) == "hit 4\nno_entry 2\nread_bytes 8\nwritten_bytes 0\n");
}
