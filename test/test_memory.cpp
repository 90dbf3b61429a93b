// Huge pages while they are fast, and what is asked of the system about them.
#include "support.hpp"

#include "host_memory.hpp"
#include "huge_page.hpp"

#include <stdlib.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

namespace {

constexpr std::size_t small_page = 4096;

class two_megabytes {
 public:
  two_megabytes() : mapped_(::mmap(nullptr, 2 * bmes::huge_page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    BOOST_REQUIRE(mapped_ != MAP_FAILED);
    std::size_t room = 2 * bmes::huge_page_size;
    start_ = mapped_;
    std::align(bmes::huge_page_size, bmes::huge_page_size, start_, room);
  }
  ~two_megabytes() { ::munmap(mapped_, 2 * bmes::huge_page_size); }
  two_megabytes(const two_megabytes&) = delete;
  two_megabytes& operator=(const two_megabytes&) = delete;
  unsigned char* at(std::size_t offset) { return static_cast<unsigned char*>(start_) + offset; }
  std::size_t pages_present() {
    std::vector<unsigned char> present(bmes::huge_page_size / small_page);
    BOOST_REQUIRE_EQUAL(::mincore(start_, bmes::huge_page_size, present.data()), 0);
    return static_cast<std::size_t>(std::ranges::count_if(present, [](unsigned char p) { return (p & 1) != 0; }));
  }

 private:
  void* mapped_;
  void* start_ = nullptr;
};

void forget_slow_pages() {
  bmes::detail::slow_huge_page = 0;
  bmes::detail::slow_huge_page_before = 0;
}

class devices {
 public:
  devices() {
    std::string name = "/tmp/bmes-devices-XXXXXX";
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
  }
  ~devices() { std::filesystem::remove_all(folder_); }
  devices(const devices&) = delete;
  devices& operator=(const devices&) = delete;
  void add(const std::string& name, const std::string& features) {
    std::filesystem::create_directory(folder_ / name);
    std::ofstream(folder_ / name / "features") << features;
  }
  [[nodiscard]] std::string folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_huge_page_is_present_and_holds_what_it_held) {
  forget_slow_pages();
  two_megabytes memory;
  const bool is_made = bmes::make_huge_page(memory.at(5 * small_page + 7));
  // Where the system has no huge pages, one small one is there at most.
  BOOST_TEST((memory.pages_present() == bmes::huge_page_size / small_page || memory.pages_present() <= 1));
  if (!is_made) BOOST_TEST(memory.pages_present() == 0u);
  *memory.at(5 * small_page + 7) = 42;
  BOOST_TEST(int(*memory.at(5 * small_page + 7)) == 42);
  bmes::make_huge_page(memory.at(5 * small_page + 7));
  BOOST_TEST(int(*memory.at(5 * small_page + 7)) == 42);
  BOOST_TEST(int(*memory.at(0)) == 0);
}

BOOST_AUTO_TEST_CASE(one_slow_page_is_no_reason_and_two_within_a_second_are) {
  forget_slow_pages();
  BOOST_TEST(!bmes::huge_pages_are_slow());
  bmes::detail::note_slow_huge_page();
  BOOST_TEST(!bmes::huge_pages_are_slow());
  bmes::detail::note_slow_huge_page();
  BOOST_TEST(bmes::huge_pages_are_slow());
  two_megabytes memory;
  BOOST_TEST(!bmes::make_huge_page(memory.at(0)));
  BOOST_TEST(memory.pages_present() == 0u);
}

BOOST_AUTO_TEST_CASE(what_was_slow_long_ago_does_not_count) {
  using namespace std::chrono;
  bmes::expect_slow_huge_pages();
  BOOST_TEST(bmes::huge_pages_are_slow());
  bmes::detail::slow_huge_page_before = nanoseconds(steady_clock::now().time_since_epoch() - seconds(1)).count();
  BOOST_TEST(!bmes::huge_pages_are_slow());
}

BOOST_AUTO_TEST_CASE(a_host_takes_memory_back_where_a_balloon_reports_free_pages) {
  devices some;
  BOOST_TEST(!bmes::host_takes_memory_back(some.folder()));
  some.add("bind", "111111");
  some.add("virtio0", "1111");
  some.add("virtio1", "11111011");
  BOOST_TEST(!bmes::host_takes_memory_back(some.folder()));
  some.add("virtio2", "000001000000\n");
  BOOST_TEST(bmes::host_takes_memory_back(some.folder()));
  BOOST_TEST(!bmes::host_takes_memory_back(some.folder() + "/none"));
}
