#include "commands.hpp"
#include "formats.hpp"
#include "trace.hpp"

#include <fmt/format.h>

namespace bmes::tools {
namespace {

struct verdict {
  bool valid = false;
  std::string text;  ///< for people, and for JSON the members after the file's name
};

verdict judge(const std::string& path, bool json) {
  const opened_file file(path);
  if (!file.error().empty()) return {false, json ? fmt::format(R"("valid":false,"error":{})", json_string(file.error())) : file.error()};
  std::size_t modules = 1;
  const auto read = read_any(file.bytes(), [&](const auto& f) {
    if constexpr (requires { f.module_count(); }) modules = f.module_count();
  });
  if (!read) {
    const error& e = read.error();
    return {false, json ? fmt::format(R"("valid":false,"error":"{}","offset":{},"field":"{}","message":{})", info(e.code).name, e.offset, e.field,
                                      json_string(info(e.code).sentence))
                        : to_text(e)};
  }
  const auto version = *version_of(file.bytes());
  const auto size = file.bytes().size();
  if (json) return {true, fmt::format(R"("valid":true,"version":{},"modules":{},"bytes":{})", version, modules, size)};
  return {true, fmt::format("ok (version {}, {} module{}, {} bytes)", version, modules, modules == 1 ? "" : "s", size)};
}

}  // namespace

int validate_files(const std::vector<std::string>& paths, bool json) {
  bool all = true;
  for (const std::string& path : paths) {
    const verdict v = judge(path, json);
    all = all && v.valid;
    if (!print_out(json ? fmt::format("{{\"file\":{},{}}}\n", json_string(path), v.text) : fmt::format("{}: {}\n", path, v.text))) return 1;
  }
  return all ? 0 : 1;
}

}  // namespace bmes::tools
