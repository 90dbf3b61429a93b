#include "commands.hpp"
#include "formats.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace bmes::tools {
namespace {

// Versions 1 and 3 hold one module and one engine's bytecode; this is what makes a graph more than that.
std::string too_much_for_one(const owned_graph& g, unsigned version) {
  if (g.modules.size() != 1) return fmt::format("version {} holds one module, the file has {}", version, g.modules.size());
  if (g.modules[0].payloads.size() > 1)
    return fmt::format("version {} holds the bytecode of one engine, the file has that of {}", version, g.modules[0].payloads.size());
  return {};
}

// What of the file has no place in `version`.
std::vector<std::string_view> lost_in(const any_graph& from, unsigned version) {
  std::vector<std::string_view> lost;
  const auto say = [&](bool is_lost, std::string_view what) {
    if (is_lost) lost.push_back(what);
  };
  const owned_graph& g = from.graph;
  if (version != v4::version) {
    const owned_record& m = g.modules[0];
    say(!m.url.empty(), "url");
    say(m.source != source_identity{} || m.source_length != 0, "source identity");
    say(!m.text.empty(), "source text");
    say(m.flags != owned_record().flags, "flags");
    say(m.reason != uncacheable::none, "the reason why it is not cacheable");
    say(std::ranges::any_of(m.requests, [](const module_request& r) { return r.resolved != external; }), "resolved edges");
    say(std::ranges::any_of(g.engines, [](const engine_identity& e) { return e.fingerprint != unknown_engine; }), "engine identity");
    say(!g.facts.empty(), "resolution facts");
    say(version == v1::version && !m.variables.empty(), "variables");
  }
  say(version != v3::version && from.code_features.value_or(0) != 0, "code features");
  return lost;
}

result<std::vector<std::byte>> write(any_graph& from, unsigned version) {
  if (version == v4::version) {
    // Earlier versions wrote the name of a namespace import as a text, and not all of them as the same one.
    for (owned_record& m : from.graph.modules)
      for (import_entry& e : m.imports)
        if (e.type == import_type::namespace_object) e.import_name = name::star_namespace();
    return v4::to_bytes(from.graph.view());
  }
  const owned_record& m = from.graph.modules[0];
  const byte_view bytecode = m.payloads.empty() ? byte_view() : m.payloads[0].bytes;
  const std::uint32_t code_features = from.code_features.value_or(0);
  const auto size = version == v1::version ? v1::size(m.view(), bytecode) : v3::size(m.view(), bytecode, code_features);
  if (!size) return size.error();
  std::vector<std::byte> out(static_cast<std::size_t>(*size));
  const auto written = version == v1::version ? v1::write(m.view(), bytecode, out) : v3::write(m.view(), bytecode, code_features, out);
  if (!written) return written.error();
  return out;
}

bool write_all(const std::string& path, byte_view bytes) {
  std::FILE* out = std::fopen(path.c_str(), "wb");
  if (!out) return false;
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), out) == bytes.size();
  return (std::fclose(out) == 0) && written;
}

// All of the file or none of it, and never over the input while it is mapped: by another name first. What is no
// regular file, a pipe or a device, is written to.
bool replace_file(const std::string& path, byte_view bytes) {
  struct stat s{};
  if (::stat(path.c_str(), &s) == 0 && !S_ISREG(s.st_mode)) return write_all(path, bytes);
  const std::string part = path + ".part";
  if (write_all(part, bytes) && std::rename(part.c_str(), path.c_str()) == 0) return true;
  const int code = errno;
  std::remove(part.c_str());
  errno = code;
  return false;
}

}  // namespace

int convert_file(const std::string& input, const std::string& output, unsigned version) {
  const opened_file file(input);
  if (!file.error().empty()) return fail(fmt::format("{}: {}", input, file.error()));
  auto any = read_graph(file.bytes());
  if (!any) return fail(fmt::format("{}: {}", input, to_text(any.error())));
  if (version != v4::version)
    if (const auto why = too_much_for_one(any->graph, version); !why.empty()) return fail(fmt::format("{}: {}", input, why));
  const auto lost = lost_in(*any, version);
  const auto bytes = write(*any, version);
  if (!bytes)
    return fail(fmt::format("{}: version {} can't hold it: {}: {}", input, version, bytes.error().field, info(bytes.error().code).sentence));
  if (!replace_file(output, *bytes)) return fail(fmt::format("{}: {}", output, std::strerror(errno)));
  if (!lost.empty()) fmt::print(stderr, "lost: {}\n", fmt::join(lost, ", "));
  return 0;
}

}  // namespace bmes::tools
