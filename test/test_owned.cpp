#include "support.hpp"

using namespace bmes;

BOOST_AUTO_TEST_SUITE(owned_tests)

namespace {

// Not "text" + number: g++ 12 warns of an overlap that is none.
std::string numbered(std::string text, int number) { return text.append(std::to_string(number)); }

}  // namespace

BOOST_AUTO_TEST_CASE(a_record_can_be_moved_and_its_entries_stay) {
  owned_graph g;
  for (int i = 0; i < 20; ++i) {
    owned_record m = support::sample_v3();
    m.url = numbered("/", 100 + i);
    m.add_request(m.keep(numbered("./kept", i)), {{m.keep("k"), m.keep(numbered("v", i))}});
    g.modules.push_back(std::move(m));
  }
  for (int i = 0; i < 20; ++i) {
    const auto m = g.view().modules[static_cast<std::size_t>(i)];
    BOOST_TEST(m.requests[2].specifier == numbered("./kept", i));
    BOOST_TEST(m.requests[2].attributes[0].value == numbered("v", i));
    BOOST_TEST(m.requests[1].attributes[0].value == "json");
  }
}

BOOST_AUTO_TEST_CASE(a_view_follows_changes_that_were_made_before_it) {
  owned_record m;
  BOOST_TEST(m.view().imports.empty());
  m.imports.push_back({import_type::single, "x", "a", "b"});
  BOOST_TEST(m.view().imports.size() == 1u);
}

BOOST_AUTO_TEST_CASE(every_version_gives_the_record_that_it_was_written_from) {
  const auto m = support::sample_v3();
  const auto in_v3 = support::write_v3(m.view());
  BOOST_TEST(support::to_text(to_owned(support::must(v3::open(in_v3))).view()) == support::to_text(m.view()));
  const auto in_v1 = support::write_v1(m.view());
  BOOST_TEST(support::to_text(to_owned(support::must(v1::open(in_v1))).view()) == support::to_text(support::sample_v1().view()));
}

BOOST_AUTO_TEST_CASE(a_payload_without_its_checksum_is_left_out) {
  auto file = support::write_v4(support::sample_graph());
  support::damage_last_payload(file);
  const auto f = support::must(v4::file::open(file, v4::payload_proof::at_use));
  const auto damaged = to_owned(f);
  std::size_t payloads = 0;
  for (const owned_record& m : damaged.modules) payloads += m.payloads.size();
  BOOST_TEST(payloads == 1u, "the last blob belongs to two modules, the other one to main.mjs");
}

BOOST_AUTO_TEST_SUITE_END()
