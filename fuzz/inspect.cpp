// The fields of a valid file cover each of its bytes once, in order; those of a broken one lie in it.
#include "target.hpp"

using namespace bmes;
using namespace bmes::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const bounded_work limit(size, 0);
  std::uint64_t end = 0;
  bool in_order = true;
  const auto told = inspect(bytes, [&](const inspected& i) {
    expect(fits(i.offset, i.size, size), "a field lies in the file");
    expect(!i.field.empty(), "a field has a name");
    in_order = in_order && i.offset == end;
    end = i.offset + i.size;
  });
  if (told) {
    expect(in_order && end == size, "the fields of a valid file cover it");
  } else {
    expect_placed(told.error(), size);
  }
  return 0;
}
