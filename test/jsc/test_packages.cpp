#include "engine.hpp"
#include "rebuilt_record.hpp"

#include <cstdlib>
#include <cstring>
#include <filesystem>

using namespace bmes;
using support::lines;

// Every module of real packages: compiled, written to a file, and everything found there again.

namespace {

std::vector<std::string> modules_under(const std::string& folder, std::string_view extension) {
  const char* packages = std::getenv("BMES_PACKAGES");
  BOOST_REQUIRE_MESSAGE(packages, "BMES_PACKAGES is not set: the folder node_modules");
  std::vector<std::string> out;
  for (const auto& e : std::filesystem::recursive_directory_iterator(std::filesystem::path(packages) / folder))
    if (e.is_regular_file() && e.path().extension() == extension) out.push_back(e.path().string());
  std::ranges::sort(out);
  return out;
}

void check_version_1(const compiled_module& made) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(support::must(v1::size(made.record.view(), made.bytecode))));
  support::must(v1::write(made.record.view(), made.bytecode, bytes));
  const auto file = support::must(v1::open(bytes));
  BOOST_TEST(std::ranges::equal(file.bytecode, made.bytecode));
  BOOST_TEST((file.requests.size() == made.record.requests.size() && file.imports.size() == made.record.imports.size() &&
              file.exports.size() == made.record.exports.size() && file.stars.size() == made.record.stars.size()));
  // What was read is written to the same bytes again.
  const auto again = to_owned(file);
  std::vector<std::byte> rewritten(bytes.size());
  BOOST_TEST(support::must(v1::write(again.view(), file.bytecode, rewritten)) == bytes.size());
  BOOST_TEST((rewritten == bytes));
}

void check_package(const std::string& folder, std::string_view extension, std::size_t at_least) {
  std::vector<compiled_module> modules;
  for (const auto& path : modules_under(folder, extension)) {
    const auto file = filesystem::read_file(path);
    BOOST_REQUIRE_MESSAGE(file.error == 0, path << ": " << std::strerror(file.error));
    auto made = support::compile(file.text, path);
    BOOST_TEST_CONTEXT(path) {
      BOOST_TEST((made.record.reason == uncacheable::none));
      BOOST_TEST(!made.bytecode.empty());
      BOOST_TEST((made.record.source.hash == file.identity.hash && made.record.url == path));
      check_version_1(made);
    }
    modules.push_back(std::move(made));
  }
  BOOST_TEST(modules.size() >= at_least);
  BOOST_REQUIRE(!modules.empty());

  const auto bytes = support::to_file(modules);
  const auto file = support::must(v4::file::open(bytes));
  BOOST_REQUIRE(file.module_count() == modules.size());
  for (const auto& made : modules) {
    BOOST_TEST_CONTEXT(made.record.url) {
      const auto index = file.find_module(made.record.url);
      BOOST_REQUIRE(index.has_value());
      const auto read = to_owned(file.module_at(*index));
      support::check_equal(lines(read), lines(made.record));
      BOOST_TEST((read.source == made.record.source && read.source_length == made.record.source_length && read.flags == made.record.flags));
      BOOST_REQUIRE(read.payloads.size() == 1);
      BOOST_TEST(std::ranges::equal(read.payloads[0].bytes, made.bytecode));
      support::check_equal(lines(jsc::rebuilt_record(file, *index), support::variables::declared_names),
                           lines(made.record, support::variables::declared_names));
    }
  }

  // The file is canonical: written again, from itself, it has the same bytes.
  BOOST_TEST((support::must(v4::to_bytes(to_owned(file).view())) == bytes));
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_module_of_lodash_es_round_trips) { check_package("lodash-es", ".js", 640); }
BOOST_AUTO_TEST_CASE(every_module_of_three_round_trips) { check_package("three/build", ".js", 5); }
BOOST_AUTO_TEST_CASE(every_module_of_date_fns_round_trips) { check_package("date-fns", ".js", 800); }
BOOST_AUTO_TEST_CASE(every_module_of_rxjs_round_trips) { check_package("rxjs/dist/esm", ".js", 200); }
