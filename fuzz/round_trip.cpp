// What is accepted can be written, and what was written is accepted and written the same.
#include "target.hpp"

#include <bmes/owned.hpp>
#include <bmes/v4_write.hpp>

using namespace bmes;
using namespace bmes::fuzz;

namespace {

std::vector<std::byte> write_v1(const v1::file& f) {
  const auto record = to_owned(f);
  const auto size = v1::size(record.view(), f.bytecode);
  expect(size.has_value(), "a record of version 1 can be measured");
  std::vector<std::byte> out(static_cast<std::size_t>(*size));
  expect(v1::write(record.view(), f.bytecode, out).has_value(), "a record of version 1 can be written");
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const bounded_work limit(size);
  if (const auto f = v1::open(bytes)) {
    const auto written = write_v1(*f);
    const auto again = v1::open(written);
    expect(again.has_value(), "what was written as version 1 is accepted");
    expect(write_v1(*again) == written, "and written the same again");
  }
  if (const auto f = v4::file::open(bytes); f) {
    const auto written = v4::to_bytes(to_owned(*f).view());
    expect(written.has_value(), "a valid graph can be written");
    const auto again = v4::file::open(*written);
    expect(again.has_value(), "what was written as version 4 is valid");
    const auto twice = v4::to_bytes(to_owned(*again).view());
    expect(twice && *twice == *written, "and written the same again");
  }
  return 0;
}
