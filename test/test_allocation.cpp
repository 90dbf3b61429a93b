// Reading allocates nothing: counted, for every version and for files that are refused as well.
#include "support.hpp"

#include <cstdlib>
#include <new>

namespace {
std::size_t allocations = 0;
}

// Not inlined: g++ would take the pair apart and warn of malloc and delete.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace {

using namespace bmes;

// Touches all that views give, back to front where they can.
std::size_t walk(const auto& f) {
  std::size_t sum = 0;
  for (const auto r : f.requests) {
    sum += r.specifier.size();
    for (const auto a : r.attributes) sum += a.key.size() + a.value.size();
  }
  for (const auto e : f.imports) sum += e.local_name.size();
  for (const auto e : f.exports) sum += e.export_name.size();
  for (const auto s : f.stars) sum += s.module_name.size();
  return sum + f.bytecode.size();
}

std::size_t walk(const v4::file& f) {
  std::size_t sum = 0;
  for (const auto m : f.modules()) {
    sum += m.url().size() + f.find_module(m.url()).value_or(0) + m.find_export("default").has_value();
    for (std::size_t r = m.requests().size(); r-- != 0;) {
      sum += m.requests()[r].specifier.size();
      for (const auto a : m.requests()[r].attributes) sum += a.value.size();
    }
    for (const auto e : m.imports()) sum += e.local_name.size();
    for (const auto e : m.exports()) sum += e.export_name.size();
    for (const auto v : m.variables()) sum += v.bits;
    for (const auto p : m.payloads())
      if (const auto found = f.payload_bytes(p.blob)) sum += found->size();
  }
  for (const auto fact : f.facts()) sum += fact.path.size();
  return sum;
}

std::size_t allocations_of(byte_view in) {
  const std::size_t before = allocations;
  std::size_t sum = 0;
  (void)read_any(in, [&](const auto& f) { sum += walk(f); });
  (void)inspect(in, [&](const inspected& i) { sum += i.number + i.meaning.text.size(); });
  volatile std::size_t kept = sum;
  (void)kept;
  return allocations - before;
}

}  // namespace

BOOST_AUTO_TEST_CASE(reading_allocates_nothing) {
  const auto v1_file = support::write_v1(support::sample_v1().view(), support::payload_a);
  const auto v3_file = support::write_v3(support::sample_v3().view(), support::payload_a);
  const auto v4_file = support::write_v4(support::sample_graph());
  for (const auto& file : {v1_file, v3_file, v4_file}) {
    BOOST_TEST(allocations_of(file) == 0u);
    for (std::size_t size = 0; size < file.size(); size += 3) BOOST_REQUIRE(allocations_of(byte_view(file).first(size)) == 0u);
    auto damaged = file;
    for (std::byte& b : damaged) {
      b ^= std::byte{0xFF};
      BOOST_REQUIRE(allocations_of(damaged) == 0u);
      b ^= std::byte{0xFF};
    }
  }
}

BOOST_AUTO_TEST_CASE(writing_the_old_versions_allocates_nothing) {
  const auto m = support::sample_v3();
  const auto record = m.view();
  support::buffer out(4096);
  const std::size_t before = allocations;
  const bool written = v1::write(record, support::payload_a, out).has_value() && v3::write(record, support::payload_a, 1, out).has_value();
  BOOST_TEST(allocations - before == 0u);
  BOOST_TEST(written);
}

BOOST_AUTO_TEST_CASE(the_counter_counts) {
  const std::size_t before = allocations;
  (void)to_owned(support::must(v1::open(support::write_v1(support::sample_v1().view()))));
  BOOST_TEST(allocations > before);
}
