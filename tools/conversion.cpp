#include "conversion.hpp"

#include <algorithm>

namespace bmes::tools {

result<any_graph> read_graph(byte_view bytes) {
  any_graph out;
  const auto use = [&]<class File>(const File& f) {
    if constexpr (requires { f.bytecode; }) {
      out.graph.modules.push_back(to_owned(f));
      out.graph.entry = 0;
      if (!f.bytecode.empty()) {
        out.graph.engines.push_back(unknown_engine);
        out.graph.modules[0].payloads.push_back({0, f.bytecode});
      }
    } else {
      out.graph = to_owned(f);
    }
    if constexpr (requires { f.code_features; }) out.code_features = f.code_features;
  };
  if (const auto read = read_any(bytes, use); !read) return read.error();
  out.version = *version_of(bytes);
  return out;
}

// Versions 1 and 3 hold one module and one engine's bytecode; this is what makes a graph more than that.
std::string too_much_for(const any_graph& from, unsigned version) {
  const owned_graph& g = from.graph;
  if (version == v4::version) return {};
  const auto holds = "version " + std::to_string(version) + " holds ";
  if (g.modules.size() != 1) return holds + "one module, the file has " + std::to_string(g.modules.size());
  if (const auto engines = g.modules[0].payloads.size(); engines > 1)
    return holds + "the bytecode of one engine, the file has that of " + std::to_string(engines);
  return {};
}

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
    say(g.engines.size() != m.payloads.size() || std::ranges::any_of(g.engines, [](const engine_identity& e) { return e != unknown_engine; }),
        "engine identity");
    say(!g.facts.empty(), "resolution facts");
    say(g.entry == external, "that there is no entry");
    say(version == v1::version && !m.variables.empty(), "variables");
  }
  say(version != v3::version && from.code_features.value_or(0) != 0, "code features");
  return lost;
}

result<std::vector<std::byte>> write_graph(any_graph& from, unsigned version) {
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

}  // namespace bmes::tools
