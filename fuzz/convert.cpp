// A file of any version converted to any: what is not named as lost survives, and once more changes nothing.
#include "lost.hpp"

using namespace bmes;
using namespace bmes::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const bounded_work limit(size, 1000);
  for (const std::uint32_t version : {v1::version, v3::version, v4::version}) {
    auto from = tools::read_graph(bytes);
    if (!from) {
      expect_placed(from.error(), size);
      return 0;
    }
    if (!tools::too_much_for(*from, version).empty()) {
      expect(from->version == v4::version, "only version 4 holds more than another");
      continue;
    }
    const auto converted = convert(*from, version);
    if (converted.empty()) continue;
    auto again = tools::read_graph(converted);
    expect(tools::lost_in(*again, version).empty(), "a version loses nothing of its own");
    expect(convert(*again, version) == converted, "converting to the same version again changes nothing");
  }
  return 0;
}
