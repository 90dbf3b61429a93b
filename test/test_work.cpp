// What shares something, or has much of one kind, takes no more work than its size: steps are counted, and nothing is timed.
#include "work.hpp"

#include <bmes/format.hpp>
#include <bmes/merge.hpp>
#include <bmes/resolve_export.hpp>
#include <boost/test/unit_test.hpp>

using namespace bmes;
using support::work_of;

namespace {

using buffer = std::vector<std::byte>;

buffer written(const owned_graph& g) {
  auto out = v4::to_bytes(g.view());
  BOOST_REQUIRE(out.has_value());
  return *std::move(out);
}
v4::file opened(const buffer& bytes, v4::payload_proof proof = v4::payload_proof::at_use) {
  const auto out = v4::file::open(bytes, proof);
  BOOST_REQUIRE(out.has_value());
  return *out;
}

std::string numbered(std::string_view text, std::size_t number) { return std::string(text).append(std::to_string(1000000 + number)); }
hash128 hash_of(std::size_t number) { return checksum128(std::as_bytes(std::span(&number, 1))); }

/// A graph, and what it points to.
struct sample {
  owned_graph graph;
  std::deque<std::string> texts;
  std::deque<buffer> blobs;
  owned_record& add_module() {
    owned_record& m = graph.modules.emplace_back();
    m.url = numbered("/", graph.modules.size());
    m.source = {1, hash_of(graph.modules.size()), 0, 0};
    return m;
  }
};

sample with_engines(std::size_t count) {
  sample s;
  s.blobs.emplace_back(1);
  auto& payloads = s.add_module().payloads;
  for (std::uint32_t i = 0; i < count; ++i) {
    s.graph.engines.push_back({hash_of(i), "engine"});
    payloads.push_back({i, s.blobs[0]});
  }
  return s;
}

sample with_modules_of_one_payload(std::size_t count, std::size_t size) {
  sample s;
  s.blobs.emplace_back(size);
  s.graph.engines.push_back({hash_of(0), "engine"});
  for (std::size_t i = 0; i < count; ++i) {
    owned_record& m = s.add_module();
    m.payloads = {{0, s.blobs[0]}};
    m.text = s.blobs[0];
  }
  return s;
}

sample with_facts(std::size_t count) {
  sample s;
  for (std::size_t i = 0; i < count; ++i) s.graph.facts.push_back({s.texts.emplace_back(numbered("/fact", i)), fact_kind::absent, {}});
  return s;
}

sample with_modules_of_one_specifier(std::size_t count, std::size_t size) {
  sample s;
  s.texts.emplace_back(size, 'x');
  for (std::size_t i = 0; i < count; ++i) s.add_module().add_request(s.texts[0]);
  return s;
}

/// All that is done with a file, of which `more` is what was learned: nothing, or the same once more.
void do_all(const buffer& bytes, const owned_graph& more) {
  const v4::file f = opened(bytes);
  BOOST_REQUIRE(v4::to_bytes(to_owned(f).view()).has_value());
  const auto merged = merge(more.view(), f);
  BOOST_REQUIRE(merged.has_value());
  BOOST_REQUIRE(v4::to_bytes(merged->view()).has_value());
  export_resolver resolver(f);
  for (std::uint32_t i = 0; i < f.module_count(); ++i) (void)resolver.exports_of(i);
}

/// Twice as much takes at most 2.5 times the steps and the memory.
template <class Make>
void check_linear(const Make& make, std::size_t count) {
  for (const bool again : {false, true}) {
    const auto work_with = [&](std::size_t n) {
      const sample s = make(n);
      const buffer bytes = written(s.graph);
      const owned_graph nothing;
      return work_of([&] { do_all(bytes, again ? s.graph : nothing); });
    };
    const auto once = work_with(count), twice = work_with(2 * count);
    BOOST_TEST(once.steps > count, "steps are counted");
    BOOST_TEST(twice.steps < once.steps * 5 / 2, once.steps << " steps, " << twice.steps << " for twice as much");
    BOOST_TEST(twice.allocated < once.allocated * 5 / 2, once.allocated << " bytes, " << twice.allocated << " for twice as much");
  }
}

/// What all share is looked at a few times, whatever the number of those that share it.
template <class Make>
void check_shared(const Make& make, std::size_t count, std::size_t size) {
  const auto work_with = [&](std::size_t n, std::size_t bytes_shared) {
    const sample s = make(n, bytes_shared);
    const buffer bytes = written(s.graph);
    const owned_graph nothing;
    return work_of([&] { do_all(bytes, s.graph), do_all(bytes, nothing); });
  };
  const auto shared_by_one = work_with(1, size), small = work_with(count, 1), large = work_with(count, size);
  BOOST_TEST(large.steps < small.steps * 2 + shared_by_one.steps * 2,
             large.steps << " steps, " << small.steps << " for a small one, " << shared_by_one.steps << " for one user");
  BOOST_TEST(large.allocated < small.allocated * 2 + shared_by_one.allocated * 2);
}

}  // namespace

BOOST_AUTO_TEST_CASE(engines_are_found_without_looking_at_all) { check_linear(with_engines, 20000); }

BOOST_AUTO_TEST_CASE(facts_are_found_without_looking_at_all) { check_linear(with_facts, 50000); }

BOOST_AUTO_TEST_CASE(modules_are_found_without_looking_at_all) {
  check_linear([](std::size_t n) { return with_modules_of_one_payload(n, 10); }, 2000);
}

BOOST_AUTO_TEST_CASE(a_payload_that_modules_share_is_looked_at_once) { check_shared(with_modules_of_one_payload, 4000, 2 << 20); }

BOOST_AUTO_TEST_CASE(a_text_that_modules_share_is_looked_at_once) { check_shared(with_modules_of_one_specifier, 4000, 2 << 20); }

BOOST_AUTO_TEST_CASE(a_payload_that_was_proven_is_not_looked_at_again) {
  const buffer bytes = written(with_modules_of_one_payload(1, 2 << 20).graph);
  const v4::file proven = opened(bytes, v4::payload_proof::now), unproven = opened(bytes);
  BOOST_TEST(work_of([&] { (void)proven.payload_bytes(0); }).steps < 100u);
  BOOST_TEST(work_of([&] { (void)unproven.payload_bytes(0); }).steps > 10000u);
}
