// Entries as LZ4 frames, whose blocks are unpacked by whoever has time.
#include "support.hpp"

#include "beside.hpp"
#include "compression.hpp"

#include <lz4frame.h>
#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <vector>

using namespace bmes;

namespace {

constexpr std::size_t megabyte = std::size_t{1} << 20;

/// Bytes that get smaller, but for every other half megabyte, which does not.
std::vector<std::byte> mixed(std::size_t size) {
  std::mt19937_64 random(size);
  std::vector<std::byte> out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = (i / (megabyte / 2)) % 4 == 1 ? static_cast<std::byte>(random()) : static_cast<std::byte>(i / 100);
  return out;
}

bool is_entry(const store_answer& answer, const std::vector<std::byte>& bytes) { return answer.entry && std::ranges::equal(answer.entry->bytes(), bytes); }

}  // namespace

BOOST_AUTO_TEST_SUITE(compression_tests)

BOOST_AUTO_TEST_CASE(an_entry_of_any_size_comes_back_by_one_thread_and_by_two) {
  for (const std::size_t size : {std::size_t{100'000}, megabyte - 1, megabyte, megabyte + 1, 2 * megabyte, 2 * megabyte + 1, 3 * megabyte + 700'000, 7 * megabyte}) {
    const auto bytes = mixed(size);
    const auto packed = packing::pack_entry(bytes);
    BOOST_REQUIRE(!packed.empty());
    BOOST_TEST(is_entry(packing::unpack_entry(keep_bytes(packed)), bytes), size);
    awaited_work unpacking;
    bool is_right = false;
    const auto work = [&] {
      is_right = is_entry(packing::unpack_entry(keep_bytes(packed), &unpacking), bytes);
      unpacking.end();
    };
    beside other(work);
    if (!other.has_thread()) other.join();
    unpacking.wait();
    other.join();
    BOOST_TEST(is_right, size);
  }
}

BOOST_AUTO_TEST_CASE(a_frame_that_another_program_made_is_read) {
  const auto bytes = mixed(3 * megabyte);
  for (const auto block : {LZ4F_max64KB, LZ4F_max256KB, LZ4F_max1MB, LZ4F_max4MB})
    for (const auto mode : {LZ4F_blockLinked, LZ4F_blockIndependent})
      for (const auto checksum : {LZ4F_noContentChecksum, LZ4F_contentChecksumEnabled}) {
        LZ4F_preferences_t preferences{};
        preferences.frameInfo.blockSizeID = block;
        preferences.frameInfo.blockMode = mode;
        preferences.frameInfo.contentChecksumFlag = checksum;
        preferences.frameInfo.contentSize = bytes.size();
        std::vector<std::byte> packed(LZ4F_compressFrameBound(bytes.size(), &preferences));
        packed.resize(LZ4F_compressFrame(packed.data(), packed.size(), bytes.data(), bytes.size(), &preferences));
        BOOST_TEST(is_entry(packing::unpack_entry(keep_bytes(packed)), bytes));
      }
}

BOOST_AUTO_TEST_CASE(a_frame_with_short_blocks_is_read) {
  const auto bytes = mixed(2 * megabyte);
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockSizeID = LZ4F_max1MB;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  preferences.frameInfo.contentSize = bytes.size();
  LZ4F_cctx* made = nullptr;
  BOOST_REQUIRE(!LZ4F_isError(LZ4F_createCompressionContext(&made, LZ4F_VERSION)));
  const std::unique_ptr<LZ4F_cctx, decltype([](LZ4F_cctx* c) { LZ4F_freeCompressionContext(c); })> context(made);
  std::vector<std::byte> packed(4 * megabyte);
  std::size_t size = LZ4F_compressBegin(made, packed.data(), packed.size(), &preferences);
  for (std::size_t at = 0; at < bytes.size(); at += megabyte / 4) {
    size += LZ4F_compressUpdate(made, packed.data() + size, packed.size() - size, bytes.data() + at, megabyte / 4, nullptr);
    size += LZ4F_flush(made, packed.data() + size, packed.size() - size, nullptr);
  }
  size += LZ4F_compressEnd(made, packed.data() + size, packed.size() - size, nullptr);
  packed.resize(size);
  BOOST_TEST(is_entry(packing::unpack_entry(keep_bytes(packed)), bytes));
}

BOOST_AUTO_TEST_CASE(no_prefix_and_no_other_size_of_a_block_gives_an_entry) {
  const auto packed = packing::pack_entry(mixed(2 * megabyte + 5));
  constexpr std::size_t one = 1, many = 9'973;
  for (std::size_t size = 4; size < packed.size(); size += size < 100 || size + 100 > packed.size() ? one : many)
    BOOST_TEST(packing::unpack_entry(keep_bytes(byte_view(packed).first(size))).error.reason == reason::damaged_frame, size);
  constexpr std::size_t header = 15;
  for (const auto bit : {0, 1, 7, 8, 20, 30, 31}) {
    auto bad = packed;
    bad[header + static_cast<std::size_t>(bit) / 8] ^= static_cast<std::byte>(1 << bit % 8);
    BOOST_TEST(packing::unpack_entry(keep_bytes(bad)).error.reason == reason::damaged_frame, bit);
  }
}

BOOST_AUTO_TEST_CASE(who_waits_for_work_takes_a_share_of_it) {
  for (int round = 0; round < 300; ++round) {
    awaited_work work;
    std::vector<std::atomic<int>> calls(50);
    const pthread_t waiting = ::pthread_self();
    std::atomic<bool> was_shared{false};
    const auto all = [&] {
      for (int piece = 0; piece < 3; ++piece)
        work.for_each_part(calls.size(), [&](std::size_t i) {
          ++calls[i];
          if (::pthread_equal(::pthread_self(), waiting) != 0) was_shared = true;
          // Until the other one has had a part of the first piece.
          while (piece == 0 && i == 0 && !was_shared && ::pthread_equal(::pthread_self(), waiting) == 0) ::sched_yield();
        });
      work.end();
    };
    beside other(all);
    BOOST_REQUIRE(other.has_thread());
    work.wait();
    other.join();
    BOOST_TEST(was_shared.load());
    BOOST_TEST(std::ranges::all_of(calls, [](const auto& n) { return n == 3; }));
  }
}

BOOST_AUTO_TEST_CASE(work_that_nobody_waits_for_is_done_by_who_has_it) {
  awaited_work work;
  int calls = 0;
  work.for_each_part(7, [&](std::size_t) { ++calls; });
  work.for_each_part(0, [&](std::size_t) { ++calls; });
  BOOST_TEST(calls == 7);
  work.end();
  work.wait();
}

BOOST_AUTO_TEST_SUITE_END()
