#include "support.hpp"

#include <bmes/cache.hpp>
#include <map>

using namespace bmes;
using support::buffer;
using support::hash_of;

BOOST_AUTO_TEST_SUITE(cache_tests)

namespace {

constexpr engine_identity engine_a{hash_of(1), "engine a"};
constexpr engine_identity engine_b{hash_of(2), "engine b"};

/// A store of one entry.
class memory_store final : public cache_store {
 public:
  store_answer get(const hash128&) override {
    store_answer out;
    out.place = "memory";
    if (content.empty()) {
      out.error = {is_being_written ? reason::being_written : reason::no_entry, {}};
      return out;
    }
    out.entry = keep_bytes(content);
    out.version = std::to_string(puts);
    return out;
  }
  store_error put(const hash128&, byte_view bytes) override {
    if (is_full) return {reason::write_failed, "no space left"};
    content.assign(bytes.begin(), bytes.end());
    ++puts;
    return {};
  }
  [[nodiscard]] v4::file file() const { return support::must(v4::file::open(content)); }

  buffer content;
  unsigned puts = 0;
  bool is_being_written = false;
  bool is_full = false;
};

/// Makes nothing smaller, and texts recognisable.
class no_compression final : public compression {
 public:
  std::vector<std::byte> pack(byte_view) override { return {}; }
  store_answer unpack(std::unique_ptr<stored_bytes> packed) override {
    store_answer out;
    out.entry = std::move(packed);
    return out;
  }
  std::vector<std::byte> pack_text(std::string_view text) override { return {as_bytes(text).begin(), as_bytes(text).end()}; }
};

/// A disk that counts how often it is looked at.
struct disk {
  std::map<std::string, disk_state, std::less<>> states;
  unsigned looks = 0;
  unsigned hashes = 0;

  disk_state operator()(std::string_view path, bool with_hash) {
    ++(with_hash ? hashes : looks);
    const auto at = states.find(path);
    return at == states.end() ? disk_state{} : at->second;
  }
};

source_identity source_of(unsigned seed, std::uint64_t time = 1000) { return {100 + seed, hash_of(seed), time, time}; }

/// What an engine learned of modules "/a.mjs", which requests "/b.mjs", and "/b.mjs".
struct learning {
  harvest out;

  explicit learning(const engine_identity& engine) {
    out.graph.engines.push_back(engine);
    out.complete = true;
  }
  owned_record& add(std::string url, source_identity source, std::string_view code) {
    owned_record& m = out.graph.modules.emplace_back();
    m.url = std::move(url);
    m.source = source;
    const auto& bytes = out.storage.emplace_back(as_bytes(code).begin(), as_bytes(code).end());
    m.payloads.push_back({0, bytes});
    out.changed = true;
    return m;
  }
  harvest both(std::string_view code) {
    owned_record& a = add("/a.mjs", source_of(1), code);
    a.add_request("./b.mjs", {}, import_phase::evaluation, 1);
    a.exports.push_back({export_type::local, "x", {}, {}, "x"});
    add("/b.mjs", source_of(2), code);
    out.graph.entry = 0;
    out.facts.push_back({"/b.mjs/package.json", fact_kind::absent, {}});
    return std::move(out);
  }
};

struct fixture {
  memory_store store;
  no_compression packing;
  disk sources;
  const hash128 key = key_of({"/a.mjs"});

  fixture() {
    sources.states["/a.mjs"] = {fact_kind::file, source_of(1)};
    sources.states["/b.mjs"] = {fact_kind::file, source_of(2)};
  }
  [[nodiscard]] cached_program found(const engine_identity& engine = engine_a) {
    cached_program p(store, packing, key, engine.fingerprint);
    p.find();
    p.prove();
    p.look_for_changes(sources);
    return p;
  }
  void fill() { found().keep(learning(engine_a).both("code of a")); }

  /// "engine: bytes" of a module's payloads.
  [[nodiscard]] std::string payloads(std::string_view url) const {
    std::string out;
    const auto file = store.file();
    const auto index = file.find_module(url);
    if (!index) return "no module";
    for (const v4::payload_view p : file.module_at(*index).payloads()) {
      out.append(file.engine(p.engine).description).append(": ");
      for (const std::byte b : support::must(file.payload_bytes(p.blob))) out += static_cast<char>(b);
      out += "; ";
    }
    return out;
  }
};

std::string said(const cached_program& p) { return std::string(name_of(p.outcome())) + " " + std::string(p.why()) + " " + p.detail(); }

harvest nothing_new() {
  harvest out;
  out.complete = true;
  return out;
}

run_counts counts(std::uint32_t modules, std::uint32_t from_source, std::uint32_t hits, std::uint32_t refused = 0) {
  run_counts out;
  out.complete = true;
  out.modules = modules;
  out.from_source = from_source;
  out.hits = hits;
  out.refused = refused;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_key_is_that_of_all_that_changes_what_specifiers_mean) {
  const std::array<std::string_view, 2> ab{"a", "b"}, ba{"b", "a"};
  const std::array<std::string_view, 3> aba{"a", "b", "a"};
  const std::array<std::string_view, 1> a{"a"}, b{"b"}, joined{"ab"};
  std::set<hash128> keys{key_of({"/m"}),         key_of({"/n"}),       key_of({"/m", a}), key_of({"/m", {}, a}), key_of({"/m", ab}),
                         key_of({"/m", joined}), key_of({"/m", a, b}), key_of({"/ma"}),   key_of({""})};
  BOOST_TEST(keys.size() == 9u);
  BOOST_TEST((key_of({"/m", ab}) == key_of({"/m", ba})));
  BOOST_TEST((key_of({"/m", ab}) == key_of({"/m", aba})));
  BOOST_TEST((key_of({"/m", {}, ab}) == key_of({"/m", {}, ba})));
}

BOOST_FIXTURE_TEST_CASE(a_program_is_kept_and_found, fixture) {
  auto first = found();
  BOOST_TEST(!first.is_usable());
  first.conclude(counts(2, 2, 0));
  BOOST_TEST(said(first) == "miss no_entry ");
  first.keep(learning(engine_a).both("code"));
  BOOST_TEST(first.written_bytes() == store.content.size());

  auto second = found();
  BOOST_TEST(second.is_usable());
  BOOST_TEST(second.has_engine());
  BOOST_TEST(second.graph().stale.empty());
  BOOST_TEST(second.graph().edges_hold);
  BOOST_TEST(!second.is_out_of_date());
  BOOST_TEST(sources.looks == 3u);
  BOOST_TEST(sources.hashes == 0u);
  second.conclude(counts(2, 0, 2));
  BOOST_TEST(said(second) == "hit  ");
  BOOST_TEST(second.place() == "memory");
  second.keep(nothing_new());
  BOOST_TEST(store.puts == 1u);
}

BOOST_FIXTURE_TEST_CASE(an_entry_that_is_being_written_is_a_miss_that_says_so, fixture) {
  store.is_being_written = true;
  BOOST_TEST(said(found()) == "miss being_written ");
}

BOOST_FIXTURE_TEST_CASE(code_of_two_engines_lives_in_one_entry, fixture) {
  fill();
  auto other = found(engine_b);
  BOOST_TEST(other.is_usable());
  BOOST_TEST(!other.has_engine());
  other.conclude(counts(2, 2, 0));
  BOOST_TEST(said(other) == "stale engine_mismatch ");
  other.keep(learning(engine_b).both("code of b"));
  BOOST_TEST(payloads("/a.mjs") == "engine a: code of a; engine b: code of b; ");
  BOOST_TEST(payloads("/b.mjs") == "engine a: code of a; engine b: code of b; ");
  for (const auto& engine : {engine_a, engine_b}) {
    auto again = found(engine);
    again.conclude(counts(2, 0, 2));
    BOOST_TEST(said(again) == "hit  ");
  }
}

BOOST_FIXTURE_TEST_CASE(an_engine_that_tells_requests_only_leaves_fuller_records_alone, fixture) {
  fill();
  learning less(engine_b);
  owned_record& a = less.add("/a.mjs", source_of(1), "code of b");
  a.add_request("./b.mjs", {}, import_phase::evaluation, 1 + 1);
  less.out.requests_only = true;
  found(engine_b).keep(std::move(less.out));
  BOOST_TEST(payloads("/a.mjs") == "engine a: code of a; engine b: code of b; ");
  const auto file = store.file();
  const auto kept = file.module_at(file.find_module("/a.mjs").value());
  BOOST_TEST(kept.exports().size() == 1u);
  BOOST_TEST(file.module_at(kept.requests()[0].resolved).url() == "/b.mjs");
}

BOOST_FIXTURE_TEST_CASE(a_module_with_neither_code_nor_a_whole_record_is_not_taken_for_one, fixture) {
  learning less(engine_b);
  less.add("/a.mjs", source_of(1), "code").payloads.clear();
  less.out.requests_only = true;
  found(engine_b).keep(std::move(less.out));
  const auto file = store.file();
  BOOST_TEST((file.module_at(0).reason() == uncacheable::no_bytecode));
}

BOOST_FIXTURE_TEST_CASE(only_the_engine_that_writes_stays_where_there_are_too_many, fixture) {
  for (unsigned i = 1; i <= cached_program::most_engines + 1; ++i) {
    const engine_identity engine{hash_of(i), "engine"};
    found(engine).keep(learning(engine).both("code"));
    BOOST_TEST(store.file().engine_count() == (i > cached_program::most_engines ? 1 : i));
  }
  BOOST_TEST(payloads("/b.mjs") == "engine: code; ");
}

BOOST_FIXTURE_TEST_CASE(one_changed_module_costs_one_module, fixture) {
  fill();
  sources.states["/b.mjs"] = {fact_kind::file, source_of(3)};
  auto program = found();
  BOOST_TEST(program.is_usable());
  const auto graph = program.graph();
  BOOST_REQUIRE(graph.stale.size() == 1u);
  BOOST_TEST(graph.file.module_at(graph.stale[0]).url() == "/b.mjs");
  BOOST_TEST(graph.edges_hold);
  program.conclude(counts(2, 1, 1));
  BOOST_TEST(said(program).starts_with("partial source_changed /b.mjs: was a file of 102 bytes, is a file of 103 bytes"));

  learning anew(engine_a);
  anew.add("/b.mjs", source_of(3), "new");
  anew.out.graph.entry = 1 + store.file().entry();
  program.keep(std::move(anew.out));
  BOOST_TEST(payloads("/a.mjs") == "engine a: code of a; ");
  BOOST_TEST(payloads("/b.mjs") == "engine a: new; ");
  BOOST_TEST(!found().is_out_of_date());
}

BOOST_FIXTURE_TEST_CASE(an_entry_of_which_nothing_is_used_is_stale, fixture) {
  fill();
  sources.states.clear();
  auto program = found();
  program.conclude(counts(2, 2, 0));
  BOOST_TEST(said(program).starts_with("stale source_missing /a.mjs"));
}

BOOST_FIXTURE_TEST_CASE(a_module_that_the_entry_lacks_comes_from_its_source, fixture) {
  fill();
  auto program = found();
  program.conclude(counts(3, 1, 2));
  BOOST_TEST(said(program) == "partial incomplete_graph ");
}

BOOST_FIXTURE_TEST_CASE(code_that_the_engine_does_not_take_is_told, fixture) {
  fill();
  auto program = found();
  program.conclude(counts(2, 0, 0, 2));
  BOOST_TEST(said(program) == "refused engine_refused ");
}

BOOST_FIXTURE_TEST_CASE(a_changed_module_that_nobody_loaded_is_dropped, fixture) {
  fill();
  sources.states.erase("/b.mjs");
  auto program = found();
  program.conclude(counts(1, 0, 1));
  BOOST_TEST(said(program) == "hit  ");
  BOOST_TEST(program.is_out_of_date());
  program.keep(nothing_new());
  const auto file = store.file();
  BOOST_TEST(payloads("/b.mjs") == "no module");
  BOOST_TEST(file.module_at(0).url() == "/a.mjs");
  BOOST_TEST(file.entry() == 0u);
  BOOST_TEST(file.module_at(0).requests()[0].resolved == external);
  BOOST_TEST(!found().is_out_of_date());
}

BOOST_FIXTURE_TEST_CASE(a_program_that_could_not_be_loaded_is_no_hit_and_changes_nothing, fixture) {
  fill();
  sources.states.erase("/b.mjs");
  auto program = found();
  auto loaded = counts(1, 0, 1);
  loaded.complete = false;
  program.conclude(loaded);
  BOOST_TEST(said(program) == "partial source_missing /b.mjs: was a file of 102 bytes, is absent");
  program.keep({});
  BOOST_TEST(store.puts == 1u);
}

BOOST_FIXTURE_TEST_CASE(edges_that_need_not_hold_are_not_kept, fixture) {
  fill();
  sources.states["/b.mjs/package.json"] = {fact_kind::file, source_of(9)};
  auto program = found();
  BOOST_TEST(program.graph().stale.empty());
  BOOST_TEST(!program.graph().edges_hold);
  program.conclude(counts(2, 1, 1));
  BOOST_TEST(said(program).starts_with("partial resolution_changed /b.mjs/package.json"));
  program.keep(nothing_new());
  const auto file = store.file();
  BOOST_TEST(file.facts().size() == 0u);
  BOOST_TEST(file.module_at(file.entry()).requests()[0].resolved == external);
  BOOST_TEST(payloads("/a.mjs") == "engine a: code of a; ");
}

BOOST_FIXTURE_TEST_CASE(a_touched_source_is_hashed_once_and_its_times_are_kept, fixture) {
  fill();
  sources.states["/a.mjs"].identity = source_of(1, 2000);
  auto program = found();
  BOOST_TEST(sources.hashes == 1u);
  BOOST_TEST(program.graph().stale.empty());
  program.conclude(counts(2, 0, 2));
  BOOST_TEST(said(program) == "hit  ");
  BOOST_TEST(program.is_out_of_date());
  program.keep(nothing_new());
  BOOST_TEST(store.puts == 2u);
  BOOST_TEST(!found().is_out_of_date());
  BOOST_TEST(sources.hashes == 1u);
  BOOST_TEST(payloads("/a.mjs") == "engine a: code of a; ");
}

BOOST_FIXTURE_TEST_CASE(what_others_wrote_meanwhile_is_kept_too, fixture) {
  auto slow = found();
  learning other(engine_b);
  other.add("/lazy.mjs", source_of(7), "lazy");
  found(engine_b).keep(std::move(other.out));
  slow.keep(learning(engine_a).both("code of a"));
  BOOST_TEST(payloads("/lazy.mjs") == "engine b: lazy; ");
  BOOST_TEST(payloads("/a.mjs") == "engine a: code of a; ");
}

BOOST_FIXTURE_TEST_CASE(an_entry_that_is_ignored_is_replaced, fixture) {
  fill();
  cached_program program(store, packing, key, engine_b.fingerprint);
  program.ignore_entry();
  program.conclude(counts(2, 2, 0));
  BOOST_TEST(said(program) == "miss refresh ");
  program.keep(learning(engine_b).both("anew"));
  BOOST_TEST(payloads("/a.mjs") == "engine b: anew; ");
}

BOOST_FIXTURE_TEST_CASE(damage_is_refused_and_replaced, fixture) {
  fill();
  const auto good = store.content;
  for (std::size_t i = 0; i < good.size(); ++i) {
    store.content = good;
    store.content[i] ^= std::byte{0x10};
    auto program = found();
    if (program.is_usable()) continue;  // a bit that nothing depends on
    program.conclude(counts(2, 2, 0));
    BOOST_TEST((program.outcome() == cache_result::refused || program.outcome() == cache_result::stale));
    BOOST_TEST(!program.why().empty());
    program.keep(learning(engine_a).both("code of a"));
    BOOST_REQUIRE(store.content == good);
  }
}

BOOST_FIXTURE_TEST_CASE(a_graph_that_was_not_loaded_whole_is_not_kept, fixture) {
  auto program = found();
  auto learned = learning(engine_a).both("code");
  learned.complete = false;
  program.keep(std::move(learned));
  BOOST_TEST(store.puts == 0u);
  BOOST_TEST(said(program) == "miss no_entry ");
}

BOOST_FIXTURE_TEST_CASE(a_store_that_fails_changes_nothing_and_is_told, fixture) {
  fill();
  store.is_full = true;
  sources.states["/a.mjs"].identity = source_of(1, 2000);
  auto program = found();
  program.conclude(counts(2, 0, 2));
  program.keep(nothing_new());
  BOOST_TEST(said(program) == "hit write_failed no space left");
  BOOST_TEST(program.written_bytes() == 0u);
}

BOOST_FIXTURE_TEST_CASE(texts_and_facts_are_kept_with_the_modules, fixture) {
  auto learned = learning(engine_a).both("code");
  learned.texts.emplace_back(1, "text of b");
  learned.facts.push_back({"/b.mjs/package.json", fact_kind::directory, {}});
  found().keep(std::move(learned));
  const auto file = store.file();
  const auto b = file.module_at(file.find_module("/b.mjs").value());
  const auto text = support::must(file.payload_bytes(b.row().text.value));
  BOOST_TEST(support::hex(text) == support::hex(as_bytes("text of b")));
  // Of two that contradict each other the first is kept, so that the edges are looked at again.
  BOOST_REQUIRE(file.facts().size() == 1u);
  BOOST_TEST((file.facts()[0].kind == fact_kind::absent));
}

BOOST_AUTO_TEST_SUITE_END()
