#include "beside.hpp"
#include "candidates.hpp"
#include "compression.hpp"
#include "files.hpp"
#include "manifest.hpp"
#include "parcels.hpp"
#include "portable_graph.hpp"
#include "renamed_file.hpp"
#include "signature.hpp"
#include "support.hpp"

#include <sched.h>
#include <sodium.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

using namespace bmes;
using namespace bmes::fleet;

namespace fs = std::filesystem;

namespace {

struct folder {
  std::string path;
  folder() {
    std::string made = (fs::temp_directory_path() / "bmes-fleet-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(made.data()) != nullptr);
    path = made;
  }
  ~folder() { fs::remove_all(path); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  std::string write(const std::string& name, std::string_view text = "") const {
    const auto out = path + "/" + name;
    fs::create_directories(fs::path(out).parent_path());
    std::ofstream(out, std::ios::binary) << text;
    return out;
  }
};

std::unique_ptr<packing::pages> in_pages(byte_view bytes, packing::parcel_room room) {
  auto out = packing::make_pages(room.before + bytes.size() + room.after);
  BOOST_REQUIRE(out);
  out->narrow(room.before, bytes.size());
  std::ranges::copy(bytes, out->writable().begin());
  return out;
}

std::string hex_of(byte_view bytes) {
  std::string out;
  for (const std::byte b : bytes) out += "0123456789abcdef"[std::to_integer<unsigned>(b) >> 4], out += "0123456789abcdef"[std::to_integer<unsigned>(b) & 15];
  return out;
}

owned_record module_at(const std::string& path, owned_graph& graph) {
  owned_record m;
  m.url = m.keep(path);
  m.source = filesystem::look(path, true).identity;
  const auto code = std::as_bytes(std::span(support::payload_a));
  m.payloads.push_back({0, code});
  if (graph.engines.empty()) graph.engines.push_back({support::hash_of(1), "one"});
  return m;
}

/// Two modules and two facts in `f`, and one fact beside it.
struct program {
  folder f;
  std::string root = f.path + "/checkout";
  support::buffer bytes;

  explicit program(bool has_outside = false) {
    f.write("checkout/package.json", "{}");
    owned_graph g;
    g.modules.push_back(module_at(f.write("checkout/main.mjs", "import './lib/a.mjs'"), g));
    g.modules.push_back(module_at(f.write("checkout/lib/a.mjs", "1"), g));
    g.modules[0].add_request("./lib/a.mjs", {}, import_phase::evaluation, 1);
    g.modules[0].add_request(g.modules[0].keep(root + "/lib/a.mjs"), {}, import_phase::evaluation, 1);
    g.entry = 0;
    const auto package = root + "/package.json", gone = root + "/node_modules", above = f.path + "/node_modules";
    g.facts.push_back({package, fact_kind::file, filesystem::look(package, true).identity});
    g.facts.push_back({gone, fact_kind::absent, {}});
    if (has_outside) g.facts.push_back({above, fact_kind::absent, {}});
    bytes = support::write_v4(g);
  }
  [[nodiscard]] v4::file file() const { return support::must(v4::file::open(bytes)); }
};

/// A server in memory, of which one call fails.
class memory_remote final : public remote::remote_store {
 public:
  std::map<hash128, support::buffer> entries;
  int fails_at = -1, calls = 0;
  bool claimed = false;

  void set_deadline(std::chrono::steady_clock::time_point) override {}
  store_answer get(const hash128& key) override {
    store_answer out;
    if (out.error = call(); !out.error.reason.empty()) return out;
    const auto at = entries.find(key);
    if (at == entries.end()) out.error.reason = bmes::reason::no_entry;
    else out.entry = keep_bytes(at->second);
    return out;
  }
  store_error put(const hash128& key, byte_view bytes) override {
    auto error = call();
    if (error.reason.empty()) entries[key].assign(bytes.begin(), bytes.end());
    return error;
  }
  store_error add(const hash128& key, byte_view bytes, bool& is_new) override {
    auto error = call();
    is_new = error.reason.empty() && entries.try_emplace(key, bytes.begin(), bytes.end()).second;
    return error;
  }
  store_error look_for(const hash128& key) override { return entries.contains(key) ? store_error{} : store_error{bmes::reason::no_entry, {}}; }
  store_error remove(const hash128& key) override { return entries.erase(key), store_error{}; }
  bool has_claims() const noexcept override { return true; }
  bool claim(const hash128&, std::chrono::seconds) override { return !std::exchange(claimed, true); }
  void end_claim(const hash128&) override { claimed = false; }
  const std::string& name() const noexcept override { return name_; }

 private:
  store_error call() { return calls++ == fails_at ? store_error{remote::reason::timeout, "now"} : store_error{}; }
  std::string name_ = "memory";
};

candidate candidate_of(unsigned seed, byte_view packed, byte_view facts) {
  candidate out;
  out.facts = facts;
  out.row.facts_size = static_cast<std::uint32_t>(facts.size());
  out.row.facts_digest[0] = static_cast<std::byte>(seed);
  out.row.blob_key = checksum128(packed);
  out.row.blob_size = packed.size();
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_name_means_the_same_file_in_another_checkout) {
  const project_paths here("/home/ci/build/app"), there("/srv/app two");
  const auto moved = [&](std::string_view key) { return there.to_local(here.to_portable(key)).value_or("none"); };
  BOOST_TEST(moved("/home/ci/build/app/src/a.mjs") == "/srv/app two/src/a.mjs");
  BOOST_TEST(moved("/home/ci/build/app") == "/srv/app two");
  BOOST_TEST(moved("/home/ci/build/apple/a.mjs") == "/srv/apple/a.mjs");
  BOOST_TEST(moved("/home/ci/node_modules/x/") == "/node_modules/x/");
  BOOST_TEST(moved("/home/ci/build/app/node_modules/x/") == "/srv/app two/node_modules/x/");
  BOOST_TEST(moved("file:///home/ci/build/app/a.mjs?x=%20") == "file:///srv/app%20two/a.mjs?x=%20");
  BOOST_TEST(moved("node:fs") == "node:fs");
  BOOST_TEST(moved("data:text/javascript,1") == "data:text/javascript,1");
}

BOOST_AUTO_TEST_CASE(a_name_above_the_topmost_folder_is_no_file) {
  const project_paths here("/a/b/c"), there("/x");
  BOOST_TEST(!there.to_local(here.to_portable("/a/node_modules")).has_value());
  BOOST_TEST(!there.to_local("/../../etc/passwd").has_value());
  BOOST_TEST(there.to_local("/../etc/passwd").value() == "/etc/passwd");
  BOOST_TEST(!project_paths("/").to_local("/../etc").has_value());
  BOOST_TEST(project_paths("/").to_local("/./etc").value() == "/etc");
  BOOST_TEST(!there.to_local("/etc/passwd").has_value());
}

BOOST_AUTO_TEST_CASE(every_path_comes_back_to_itself) {
  for (const std::string root : {"/", "/a", "/a/b c/d%"}) {
    const project_paths paths(root);
    for (const std::string key : {"/a/b c/d%/x", "/a", "/b", "/a/b/", "/a/b c/d%", "/a/b c/node_modules/.bin/"}) {
      const auto portable = paths.to_portable(key);
      BOOST_TEST(paths.to_local(portable).value_or("none") == key, root << " " << key << " " << portable);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_project_begins_at_its_lock_file) {
  const folder f;
  f.write("repo/.git/HEAD");
  f.write("repo/package-lock.json", "{}");
  f.write("repo/packages/a/package.json", "{}");
  const auto entry = f.write("repo/packages/a/src/main.mjs");
  auto p = project::of(entry);
  BOOST_TEST(p.root == f.path + "/repo");
  BOOST_TEST(p.package == f.path + "/repo/packages/a/package.json");
  fs::remove(f.path + "/repo/package-lock.json");
  f.write("package-lock.json", "{}");
  p = project::of(entry);
  BOOST_TEST(p.root == f.path + "/repo/packages/a", "a lock file above a repository is not the repository's");
  BOOST_TEST(p.lock_file.empty());
  f.write("repo/node_modules/tool/package.json", "{}");
  f.write("repo/node_modules/tool/npm-shrinkwrap.json", "{}");
  f.write("repo/yarn.lock");
  BOOST_TEST(project::of(f.write("repo/node_modules/tool/cli.js")).root == f.path + "/repo");
}

BOOST_AUTO_TEST_CASE(two_checkouts_have_the_same_key_and_another_lock_file_has_another) {
  const folder one, two;
  hash128 keys[2];
  for (const folder* const f : {&one, &two}) {
    f->write("package-lock.json", "{\"a\": 1}");
    const auto entry = f->write("src/main.mjs");
    const auto p = project::of(entry);
    keys[f == &two] = manifest_key({entry, {}, {}, support::hash_of(1)}, p, project_paths(p.root));
  }
  BOOST_TEST(support::hex(keys[0]) == support::hex(keys[1]));
  const auto other = [&](const question& q) {
    const auto p = project::of(std::string(q.entry));
    return manifest_key(q, p, project_paths(p.root));
  };
  const std::string entry = one.path + "/src/main.mjs";
  const std::string_view more[] = {"production"};
  BOOST_TEST((other({entry, {}, {}, support::hash_of(2)}) != keys[0]), "another engine");
  BOOST_TEST((other({entry, more, {}, support::hash_of(1)}) != keys[0]), "other conditions");
  BOOST_TEST((other({entry, {}, more, support::hash_of(1)}) != keys[0]), "other flags");
  BOOST_TEST((other({entry, more, {}, support::hash_of(1)}) != other({entry, {}, more, support::hash_of(1)})));
  one.write("package-lock.json", "{\"a\": 2}");
  BOOST_TEST((other({entry, {}, {}, support::hash_of(1)}) != keys[0]), "another lock file");
}

BOOST_AUTO_TEST_CASE(a_graph_moves_to_another_checkout) {
  const program here;
  program there;
  const project_paths from(here.root), to(there.root);
  const auto portable = support::must(to_portable(here.file(), support::hash_of(1), from));
  BOOST_TEST(!portable.is_bound_to_depth);
  BOOST_TEST(as_text(portable.graph).find(here.root + "/main.mjs") == std::string_view::npos);
  looks known;
  BOOST_TEST(first_difference(claims_of(support::must(v4::file::open(portable.facts))), to, known) == "");
  auto graph = in_pages(portable.graph, room_to_move(support::must(v4::file::open(portable.facts)), to));
  const auto graph_file = support::must(v4::file::open(graph->bytes()));
  const auto moved = support::must(to_local(std::move(graph), graph_file, to, [&](const std::string& key) { return known.identity_of(key); }));
  const auto local = moved->bytes();
  const auto file = support::must(v4::file::open(local));
  BOOST_TEST(file.module_count() == 2U);
  // The folders' names are made by chance: strings may come in another order, and then it is written anew.
  BOOST_TEST(reinterpret_cast<std::uintptr_t>(support::must(file.payload_bytes(0)).data()) % v4::payload_alignment == 0U);
  const auto entry = file.module_at(file.entry());
  BOOST_TEST(entry.url() == there.root + "/main.mjs");
  // The request by an absolute path is another file's on another machine.
  BOOST_TEST(file.module_at(entry.requests()[0].resolved).url() == there.root + "/lib/a.mjs");
  BOOST_TEST(entry.requests()[1].resolved == external);
  BOOST_TEST(entry.source().inode == filesystem::look(there.root + "/main.mjs", false).identity.inode);
  BOOST_TEST(check_freshness(file, filesystem::look).first() == nullptr);
}

BOOST_AUTO_TEST_CASE(a_graph_is_made_from_its_own_facts_and_from_no_others) {
  const auto portable = [](const program& p) { return support::must(to_portable(p.file(), support::hash_of(1), project_paths(p.root))); };
  const auto is_made = [](const portable_graph& graph, const portable_graph& facts) {
    return is_made_from(support::must(v4::file::open(graph.graph)), support::must(v4::file::open(facts.facts)));
  };
  const program here, far(true);
  const auto own = portable(here), with_more_facts = portable(far);
  BOOST_TEST(is_made(own, own));
  BOOST_TEST(is_made(with_more_facts, with_more_facts));
  BOOST_TEST(!is_made(own, with_more_facts));
  BOOST_TEST(!is_made(with_more_facts, own));
  const auto changed = [&](const auto& change) {
    owned_graph g = to_owned(support::must(v4::file::open(own.facts)));
    change(g);
    portable_graph out;
    out.facts = support::write_v4(g);
    return out;
  };
  BOOST_TEST(is_made(own, changed([](owned_graph&) {})));
  BOOST_TEST(!is_made(own, changed([](owned_graph& g) { g.modules[1].source.hash[0] ^= std::byte{1}; })), "another text");
  BOOST_TEST(!is_made(own, changed([](owned_graph& g) { g.facts[0].kind = g.facts[0].kind == fact_kind::absent ? fact_kind::directory : fact_kind::absent; })));
  BOOST_TEST(!is_made(own, changed([](owned_graph& g) { g.facts[0].path = "/./elsewhere"; })));
  BOOST_TEST(!is_made(own, changed([](owned_graph& g) { g.facts.pop_back(); })));
}

BOOST_AUTO_TEST_CASE(renaming_keeps_all_that_has_no_name_and_refuses_what_would_change_the_rows) {
  const auto graph = support::sample_graph();
  const auto bytes = support::write_v4(graph);
  const auto room = room_for_names(100, 100);
  const auto renamed = [&](byte_view of, packing::parcel_room with, const rename_function& rename) {
    auto out = in_pages(of, with);
    const bool is_renamed = rename_in_place(*out, support::must(v4::file::open(out->bytes())), rename);
    if (!is_renamed) BOOST_TEST(std::ranges::equal(out->bytes(), of), "then nothing is changed");
    return is_renamed ? std::move(out) : nullptr;
  };
  const auto as_before = [](std::string_view name, const source_identity& known) { return std::optional(new_name{std::string(name), known}); };
  const auto same = renamed(bytes, room, as_before);
  BOOST_REQUIRE(same);
  BOOST_TEST(support::to_text(to_owned(support::must(v4::file::open(same->bytes()))).view()) == support::to_text(to_owned(support::must(v4::file::open(bytes))).view()));
  BOOST_TEST(!renamed(bytes, room, [](std::string_view, const source_identity&) { return std::optional<new_name>(); }), "a name that cannot be said");
  const auto turned = [](std::string_view name, const source_identity& known) {
    return std::optional(new_name{std::string(name.rbegin(), name.rend()), known});
  };
  BOOST_TEST(!renamed(bytes, room, turned), "another order");

  program p;
  const project_paths from(p.root), to("/somewhere else");
  const auto portable = support::must(to_portable(p.file(), support::hash_of(1), from));
  const auto rename = [&](std::string_view name, const source_identity&) { return std::optional(new_name{*to.to_local(name), {1, {}, 2, 3, 4, 5}}); };
  BOOST_TEST(!renamed(portable.graph, {}, rename), "no room");
  const auto moved = renamed(portable.graph, room_to_move(support::must(v4::file::open(portable.facts)), to), rename);
  BOOST_REQUIRE_MESSAGE(moved, "there is room enough to write it where it is");
  const auto there = support::must(v4::file::open(moved->bytes()));
  BOOST_TEST(there.module_at(there.entry()).url() == "/somewhere else/main.mjs");
  BOOST_TEST(there.module_at(0).source().change_time == 3U);
  BOOST_TEST(there.module_at(0).source().inode == 5U);

  BOOST_TEST(!renamed(portable.graph, room, [](std::string_view, const source_identity& known) { return std::optional(new_name{"/\xff", known}); }), "no UTF-8");
  const auto later = renamed(support::with_section(portable.graph, 16, 0), room, rename);
  BOOST_REQUIRE(later);
  BOOST_TEST(support::to_text(to_owned(support::must(v4::file::open(later->bytes()))).view()) == support::to_text(to_owned(there).view()), "what a later version adds is left out");

  owned_graph used;
  used.modules.emplace_back().url = "/./a.mjs";
  used.modules.back().add_request("/./a.mjs");
  const auto both = support::write_v4(used);
  BOOST_TEST(!renamed(both, room, rename), "the text of a request is the program's");
}

BOOST_AUTO_TEST_CASE(the_same_commit_gives_the_same_bytes) {
  const program one, two;
  const auto a = support::must(to_portable(one.file(), support::hash_of(1), project_paths(one.root)));
  const auto b = support::must(to_portable(two.file(), support::hash_of(1), project_paths(two.root)));
  BOOST_TEST(a.facts == b.facts);
}

BOOST_AUTO_TEST_CASE(what_was_read_by_two_threads_is_known_afterwards) {
  const folder f;
  owned_graph g;
  for (int i = 0; i < 100; ++i) f.write("a/m" + std::to_string(i) + ".mjs", std::to_string(i));
  // Until then their times do not tell the next change, and are not trusted.
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  for (int i = 0; i < 100; ++i) g.modules.push_back(module_at(f.path + "/a/m" + std::to_string(i) + ".mjs", g));
  const auto bytes = support::write_v4(g);
  const project_paths paths(f.path + "/a");
  const auto portable = support::must(to_portable(support::must(v4::file::open(bytes)), support::hash_of(1), paths));
  const auto facts = support::must(v4::file::open(portable.facts));
  looks known;
  BOOST_TEST(first_other_size(claims_of(facts), paths, known) == "");
  BOOST_TEST(first_difference(claims_of(facts), paths, known) == "");
  auto graph = in_pages(portable.graph, {});
  const auto graph_file = support::must(v4::file::open(graph->bytes()));
  const auto moved = support::must(to_local(std::move(graph), graph_file, paths, [&](const std::string& key) { return known.identity_of(key); }));
  // None has to be read again.
  const auto file = support::must(v4::file::open(moved->bytes()));
  for (const auto m : file.modules()) BOOST_REQUIRE(m.source().modification_time != 0);
  BOOST_TEST(check_freshness(file, filesystem::look).renewed.empty());
}

BOOST_AUTO_TEST_CASE(a_send_that_fails_at_any_call_takes_nothing_from_others_and_can_be_repeated) {
  BOOST_REQUIRE(::sodium_init() >= 0);
  const program p;
  const auto facts = support::must(to_portable(p.file(), support::hash_of(1), project_paths(p.root))).facts;
  const auto secret = signing::generate("ci");
  const signing::trust trust{{secret.public_part()}, {}};
  const auto key = support::hash_of(7);
  const auto packed_a = packing::pack_parcel(as_bytes("graph a")), packed_b = packing::pack_parcel(as_bytes("graph b"));
  const auto a = candidate_of(1, packed_a, facts), b = candidate_of(2, packed_b, facts);
  const auto listed = [&](memory_remote& store) {
    std::uint64_t received = 0;
    const auto manifest = get_proven(store, trust, key, largest_manifest, received);
    std::string out;
    for (const candidate& c : support::must(read_manifest(manifest.bytes->bytes()))) out += c.row.facts_digest == a.row.facts_digest ? 'a' : 'b';
    return out;
  };
  int failures = 0;
  for (int n = 0;; ++n) {
    memory_remote store;
    BOOST_REQUIRE(send_graph(store, trust, secret, key, a, packed_a).error.reason.empty());
    store.calls = 0;
    store.fails_at = n;
    const auto first = send_graph(store, trust, secret, key, b, packed_b);
    BOOST_TEST(!store.claimed);
    const bool is_over = store.calls <= n;
    store.fails_at = -1;
    if (is_over) {
      BOOST_TEST(listed(store) == "ba");
      break;
    }
    ++failures;
    BOOST_TEST(first.error.reason == remote::reason::timeout, n);
    BOOST_TEST(listed(store).find('a') != std::string::npos, n);
    const auto again = send_graph(store, trust, secret, key, b, packed_b).error.reason;
    BOOST_TEST((again.empty() || again == fleet::reason::known_there), again);
    BOOST_TEST(listed(store) == "ba", n);
  }
  BOOST_TEST(failures == 6);
}

BOOST_AUTO_TEST_CASE(whatever_differs_is_named) {
  const program here;
  const auto facts = support::must(to_portable(here.file(), support::hash_of(1), project_paths(here.root))).facts;
  const auto difference = [&](const program& there) {
    looks known;
    return first_difference(claims_of(support::must(v4::file::open(facts))), project_paths(there.root), known);
  };
  program there;
  there.f.write("checkout/lib/a.mjs", "2");
  BOOST_TEST(difference(there) == "/./lib/a.mjs", "of the same size");
  fs::remove(there.root + "/lib/a.mjs");
  BOOST_TEST(difference(there) == "/./lib/a.mjs", "gone");
  program other;
  fs::create_directory(other.root + "/node_modules");
  BOOST_TEST(difference(other) == "/./node_modules", "what was absent");
  program third;
  third.f.write("checkout/package.json", "{ }");
  BOOST_TEST(difference(third) == "/./package.json");
}

BOOST_AUTO_TEST_CASE(what_counts_outside_of_the_root_binds_to_its_depth) {
  const program p(true);
  BOOST_TEST(support::must(to_portable(p.file(), support::hash_of(1), project_paths(p.root))).is_bound_to_depth);
  BOOST_TEST((to_portable(p.file(), support::hash_of(9), project_paths(p.root)).error().code == errc::engine_mismatch));
}

BOOST_AUTO_TEST_CASE(a_manifest_is_read_as_it_was_written_and_every_prefix_is_refused) {
  const program p;
  const auto facts = support::must(to_portable(p.file(), support::hash_of(1), project_paths(p.root))).facts;
  std::vector<candidate> all(3);
  for (candidate& c : all) {
    c.facts = facts;
    c.row.blob_key = support::hash_of(static_cast<unsigned>(&c - all.data()));
    c.row.facts_size = static_cast<std::uint32_t>(facts.size());
  }
  const auto bytes = write_manifest(all);
  const auto read = support::must(read_manifest(bytes));
  BOOST_TEST(read.size() == 3U);
  BOOST_TEST((read[2].row.blob_key == all[2].row.blob_key && std::ranges::equal(read[1].facts, facts)));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    BOOST_REQUIRE(!read_manifest(byte_view(bytes).first(size)));
  all.resize(most_candidates + 1, all[0]);
  BOOST_TEST((read_manifest(write_manifest(all)).error().code == errc::bad_count));
}

BOOST_AUTO_TEST_CASE(no_byte_of_what_is_signed_can_be_changed) {
  BOOST_REQUIRE(::sodium_init() >= 0);
  const auto secret = signing::generate("ci");
  const signing::trust trusted{{secret.public_part()}, {}};
  const auto key = support::hash_of(3);
  const auto contents = as_bytes("what was made");
  auto stored = signing::sign(secret, key, contents);
  const auto good = signing::prove(trusted, key, stored);
  BOOST_TEST(good.error.reason == "");
  BOOST_TEST(as_text(good.contents) == "what was made");
  BOOST_TEST(good.signer == "ci");
  BOOST_TEST(signing::prove(trusted, support::hash_of(4), stored).error.reason == signing::reason::wrong_signature, "another key's entry");
  for (std::size_t i = 0; i < stored.size(); ++i) {
    stored[i] ^= std::byte{1};
    const auto bad = signing::prove(trusted, key, stored);
    BOOST_REQUIRE(!bad.error.reason.empty());
    BOOST_REQUIRE(bad.contents.empty());
    stored[i] ^= std::byte{1};
  }
  for (std::size_t size = 0; size < stored.size(); ++size)
    BOOST_REQUIRE(!signing::prove(trusted, key, byte_view(stored).first(size)).error.reason.empty());
}

BOOST_AUTO_TEST_CASE(keys_are_accepted_rotated_and_revoked) {
  const auto old_key = signing::generate("ci-1"), new_key = signing::generate("ci-2"), foreign = signing::generate("ci-1");
  const auto key = support::hash_of(3);
  const auto by = [&](const signing::secret_key& s, const signing::trust& t) {
    return signing::prove(t, key, signing::sign(s, key, as_bytes("x"))).error.reason;
  };
  const signing::trust both{{old_key.public_part(), new_key.public_part()}, {}};
  BOOST_TEST(by(old_key, both) == "");
  BOOST_TEST(by(new_key, both) == "");
  BOOST_TEST(by(foreign, both) == signing::reason::unknown_key, "a name is only a name");
  const signing::trust revoked{{old_key.public_part(), new_key.public_part()}, {old_key.public_part()}};
  BOOST_TEST(by(old_key, revoked) == signing::reason::revoked_key);
  BOOST_TEST(by(new_key, revoked) == "");
  BOOST_TEST(signing::prove(both, key, as_bytes("x")).error.reason == signing::reason::not_signed);
}

BOOST_AUTO_TEST_CASE(keys_are_texts) {
  const auto secret = signing::generate("build:7");
  const auto plain = signing::generate("ci");
  BOOST_TEST(!signing::parse_secret(signing::to_text(secret)).has_value(), "a name with a colon is no name");
  const auto again = signing::parse_secret(signing::to_text(plain) + "\n");
  BOOST_REQUIRE(again.has_value());
  BOOST_TEST((again->bytes == plain.bytes && again->name == "ci"));
  BOOST_TEST((signing::parse_public(signing::to_text(plain.public_part()))->bytes == plain.public_part().bytes));
  for (const std::string text : {"", "ci", "ci:", ":AAAA", "ci:AAAA", "ci:!"}) BOOST_TEST(!signing::parse_public(text).has_value(), text);
  BOOST_TEST(!signing::parse_public(signing::to_text(plain)).has_value(), "a secret key is no public one");
}

BOOST_AUTO_TEST_CASE(a_parcel_cannot_ask_for_more_than_it_may) {
  const std::string text(100000, 'x');
  const auto frame = packing::pack_parcel(as_bytes(text));
  BOOST_TEST(as_text(packing::unpack_parcel(frame, text.size()).bytes->bytes()) == text);
  BOOST_TEST(packing::unpack_parcel(frame, text.size() - 1).error.reason == "damaged_frame");
  for (std::size_t size = 0; size < frame.size(); ++size)
    BOOST_REQUIRE(packing::unpack_parcel(byte_view(frame).first(size), text.size()).error.reason == "damaged_frame");
  BOOST_TEST(packing::unpack_parcel(as_bytes("no frame"), 100).error.reason == "damaged_frame");
}

BOOST_AUTO_TEST_CASE(a_large_parcel_is_whole_frames_and_a_rest) {
  constexpr std::size_t whole = std::size_t{2} << 20;
  std::string text;
  while (text.size() < 2 * whole + 100) text += std::to_string(text.size() * 2654435761U);
  const auto packed = packing::pack_parcel(as_bytes(text));
  const auto unpacked = packing::unpack_parcel(packed, text.size(), {100, 7});
  BOOST_REQUIRE(unpacked.bytes);
  BOOST_TEST((as_text(unpacked.bytes->bytes()) == text));
  BOOST_TEST(unpacked.bytes->before() == 100U);
  BOOST_TEST(unpacked.bytes->room().size() == 100 + text.size() + 7);
  const auto reason_of = [&](byte_view bytes) { return packing::unpack_parcel(bytes, 4 * whole).error.reason; };
  const auto joined = [](std::vector<std::byte> first, const std::vector<std::byte>& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
  };
  const auto small = packing::pack_parcel(as_bytes("small")), large = packing::pack_parcel(as_bytes(text).first(whole));
  BOOST_TEST(reason_of(joined(large, small)) == "");
  BOOST_TEST(reason_of(joined(small, large)) == "damaged_frame", "the rest comes last");
  BOOST_TEST(reason_of(joined(packed, small)) == "damaged_frame");
  BOOST_TEST(packing::unpack_parcel(packed, text.size() - 1).error.reason == "damaged_frame");
  for (std::size_t size = 0; size < packed.size(); size += 9973)
    BOOST_TEST((size == large.size() || !reason_of(byte_view(packed).first(size)).empty()), size);
  for (std::size_t at = 0; at < packed.size(); at += 99991) {
    auto changed = packed;
    changed[at] ^= std::byte{0x40};
    // What zstd does not notice is the signature's to notice.
    const auto got = packing::unpack_parcel(changed, 4 * whole);
    BOOST_TEST((got.bytes != nullptr) == got.error.reason.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_digest_is_of_every_byte) {
  BOOST_REQUIRE(::sodium_init() >= 0);
  // As docs/fleet.md has it, by Python's hashlib.
  std::vector<std::byte> counted(600'000);
  for (std::size_t i = 0; i < counted.size(); ++i) counted[i] = static_cast<std::byte>(i % 251);
  BOOST_TEST(hex_of(signing::digest_of(counted)) == "319d0be237b2bc049070dd1a8b7883e5d508f0241ffc5149d9c944a1fd3eebb8");
  BOOST_TEST(hex_of(signing::digest_of(as_bytes("abc"))) == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  std::vector<std::byte> bytes(700'000);
  const auto digest = signing::digest_of(bytes);
  BOOST_TEST((signing::digest_of(byte_view(bytes).first(bytes.size() - 1)) != digest));
  for (std::size_t at = 0; at < bytes.size(); at += 49'999) {
    bytes[at] = std::byte{1};
    BOOST_TEST((signing::digest_of(bytes) != digest), at);
    bytes[at] = std::byte{0};
  }
  BOOST_TEST((signing::digest_of(bytes) == digest));
}

BOOST_AUTO_TEST_CASE(work_beside_may_be_on_all_processors_of_its_maker_and_is_done_where_there_is_one) {
  cpu_set_t all{}, one{}, seen{};
  BOOST_REQUIRE(::sched_getaffinity(0, sizeof all, &all) == 0);
  bool was_asked = false;
  const auto look = [&] { was_asked = ::sched_getaffinity(0, sizeof seen, &seen) == 0; };
  beside(look).join();
  BOOST_TEST(was_asked);
  BOOST_TEST(bool(CPU_EQUAL(&seen, &all)));

  CPU_SET(static_cast<unsigned>(::sched_getcpu()), &one);
  BOOST_REQUIRE(::sched_setaffinity(0, sizeof one, &one) == 0);
  was_asked = false;
  {
    const beside other(look);
    BOOST_TEST(other.has_thread());
  }
  BOOST_REQUIRE(::sched_setaffinity(0, sizeof all, &all) == 0);
  BOOST_TEST(was_asked);
  BOOST_TEST(bool(CPU_EQUAL(&seen, &one)));
}
