#include "commands.hpp"
#include "formats.hpp"
#include "output.hpp"

#include <fmt/format.h>
#include <cstdio>

namespace bmes::tools {
int convert_file(const std::string& input, const std::string& output, unsigned version, bool force) {
  if (const auto why = force ? std::string() : why_keep(output, {}); !why.empty()) return fail(fmt::format("{}: {}", output, why));
  const opened_file file(input);
  if (!file.error().empty()) return fail(fmt::format("{}: {}", input, file.error()));
  auto any = read_graph(file.bytes());
  if (!any) return fail(fmt::format("{}: {}", input, to_text(any.error())));
  if (const auto why = too_much_for(*any, version); !why.empty()) return fail(fmt::format("{}: {}", input, why));
  const auto lost = lost_in(*any, version);
  const auto bytes = write_graph(*any, version);
  if (!bytes)
    return fail(fmt::format("{}: version {} can't hold it: {}: {}", input, version, bytes.error().field, info(bytes.error().code).sentence));
  if (const auto failure = write_output(output, *bytes); !failure.empty()) return fail(fmt::format("{}: {}", output, failure));
  if (!lost.empty()) fmt::print(stderr, "lost: {}\n", fmt::join(lost, ", "));
  return 0;
}

}  // namespace bmes::tools
