#include "support.hpp"

using namespace bmes;

static_assert(info(errc::truncated).name == "truncated");
static_assert(is_malformed({errc::bad_magic, 0, "magic"}) && !is_stale({errc::bad_magic, 0, "magic"}));
static_assert(is_stale({errc::engine_mismatch, 0, ""}) && is_stale({errc::source_mismatch, 0, ""}) && is_stale({errc::unsupported_version, 4, ""}));
static_assert(!is_stale({errc::output_too_small, 0, ""}) && !is_malformed({errc::output_too_small, 0, ""}));
static_assert(!is_malformed(error{}) && !is_stale(error{}), "success is of no class");
static_assert(result<int>(7).has_value() && *result<int>(7) == 7);
static_assert(!result<int>(error{errc::bad_value, 3, "f"}) && result<int>(error{errc::bad_value, 3, "f"}).error().offset == 3);

// Codes are written into reports and compared by hosts: their numbers stay.
static_assert(static_cast<int>(errc::truncated) == 1 && static_cast<int>(errc::bad_checksum) == 11);
static_assert(static_cast<int>(errc::unsupported_version) == 12 && static_cast<int>(errc::not_representable) == 18 && errc_table.size() == 18);

BOOST_AUTO_TEST_SUITE(error_tests)

BOOST_AUTO_TEST_CASE(every_code_has_a_name_of_its_own_and_a_sentence) {
  std::set<std::string_view> names;
  for (const errc_info& row : errc_table) {
    BOOST_TEST(names.insert(row.name).second, row.name);
    BOOST_TEST(!row.sentence.empty());
    BOOST_TEST(row.sentence.back() != '.', "tools end sentences as they need");
  }
}

BOOST_AUTO_TEST_CASE(a_result_moves_its_value_out) {
  result<std::vector<int>> r(std::vector<int>{1, 2});
  BOOST_TEST(r->size() == 2u);
  const std::vector<int> taken = *std::move(r);
  BOOST_TEST(taken.size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
