// Frames that a cache may hold. What was packed is unpacked to what it was; a hostile frame takes no more memory than its
// size accounts for, and gives what it states or nothing.
#include "compression.hpp"

#include "target.hpp"

#include <zstd.h>
#include <algorithm>

using namespace bmes;
using namespace bmes::fuzz;

namespace {

constexpr std::uint64_t most_parcel = 1 << 20;

// As large as entries that are packed: the input again and again, each time a little different.
std::vector<std::byte> lengthened(byte_view bytes) {
  constexpr std::size_t size = 80 * 1024;
  std::vector<std::byte> out;
  for (std::size_t round = 0; out.size() < size; ++round) {
    out.insert(out.end(), bytes.begin(), bytes.end());
    out.push_back(static_cast<std::byte>(round));
  }
  return out;
}

void check_round_trip(byte_view bytes) {
  const auto packed = packing::pack_entry(bytes);
  if (!packed.empty()) {
    expect(packed.size() < bytes.size(), "an entry is packed only where that saves something");
    const auto again = packing::unpack_entry(keep_bytes(byte_view(packed)));
    expect(again.entry && std::ranges::equal(again.entry->bytes(), bytes), "an entry comes back as it was");
  }
  const auto frame = packing::pack_text(as_text(bytes));
  const auto back = packing::unpack_text(frame, bytes.size());
  expect(back && std::ranges::equal(as_bytes(*back), bytes), "a text comes back as it was");
  expect(!packing::unpack_text(frame, bytes.size() + 1), "a text of another size than expected is none");
  if (bytes.empty()) return;
  const auto parcel = packing::unpack_parcel(packing::pack_parcel(bytes), bytes.size());
  expect(parcel.bytes && std::ranges::equal(parcel.bytes->bytes(), bytes), "a parcel comes back as it was");
}

void check_hostile(byte_view bytes) {
  const auto entry = packing::unpack_entry(keep_bytes(bytes));
  expect((entry.entry != nullptr) == entry.error.reason.empty(), "there is an entry, or a reason");
  if (entry.entry) {
    const byte_view out = entry.entry->bytes();
    expect(out.size() <= bytes.size() * packing::most_per_lz4_byte, "an entry is no larger than its frame can account for");
    touch(out);
  }
  const std::uint64_t stated = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  const auto text = packing::unpack_text(bytes, stated);
  expect(!text || (text->size() == stated && stated <= (bytes.size() + 1) * packing::most_per_zstd_byte),
         "a text is as long as stated, and no longer than its frame can account for");
  if (text) touch(*text);
  const auto parcel = packing::unpack_parcel(bytes, most_parcel);
  expect((parcel.bytes != nullptr) == parcel.error.reason.empty(), "there is what a parcel holds, or a reason");
  // Only a frame that is too large here may have another behind it.
  expect(!parcel.bytes || (parcel.bytes->bytes().size() == stated && stated <= most_parcel), "a parcel holds what it states, and no more than it may");
  if (parcel.bytes) touch(parcel.bytes->bytes());
  expect(!packing::unpack_text(bytes, stated + 1), "a text of another size than stated is none");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  check_round_trip(bytes);
  if (size % 4 == 0) check_round_trip(lengthened(bytes));
  check_hostile(bytes);
  // The same behind a header that is right, as few inputs have one.
  static const auto good = packing::pack_entry(lengthened({}));
  auto frame = good;
  const std::size_t changed = std::min(size, frame.size() - 15);
  std::ranges::copy(bytes.first(changed), frame.begin() + 15);
  check_hostile(frame);
  frame = packing::pack_text(as_text(bytes));
  for (std::size_t i = 0; i < size && i < 16; ++i) frame[std::to_integer<std::size_t>(bytes[i]) % frame.size()] ^= bytes[size - 1 - i];
  check_hostile(frame);
  return 0;
}
