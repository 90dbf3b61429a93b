// make WHICH writes what content.hpp has to standard output: for the golden file of a new version. Those that exist
// are never made anew.
#include "content.hpp"

#include <cstdio>
#include <string_view>
#include <vector>

int main(int argc, char** argv) {
  using namespace bmes;
  const std::string_view asked = argc == 2 ? argv[1] : "";
  std::vector<std::byte> room(4096);
  const auto written = [&]() -> result<std::uint64_t> {
    if (asked == "1") return v1::write(golden::module_v1().view(), golden::bytecode_a, room);
    if (asked == "3") return v3::write(golden::module_v3().view(), golden::bytecode_a, golden::code_features, room);
    const auto graph = asked == "4-identity" ? golden::graph_with_identities() : golden::graph();
    const auto plan = v4::plan::make(graph.view());
    if ((asked != "4" && asked != "4-identity") || !plan) return error{errc::unsupported_version, 4, "version"};
    return plan->write(room);
  }();
  if (!written) return std::fputs("usage: make 1|3|4|4-identity\n", stderr), 2;
  const auto size = static_cast<std::size_t>(*written);
  return std::fwrite(room.data(), 1, size, stdout) == size ? 0 : 1;
}
