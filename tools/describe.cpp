#include "describe.hpp"

#include "formats.hpp"
#include "trace.hpp"

#include <algorithm>

namespace bmes::tools {
namespace {

std::string words_for_bits(std::uint32_t bits, std::initializer_list<std::string_view> names) {
  std::string out;
  for (const auto word : names) {
    if ((bits & 1) != 0) out += (out.empty() ? "" : ", ") + std::string(word);
    bits >>= 1;
  }
  return out.empty() ? "none" : out;
}

std::string words_for_flags(std::uint32_t flags) { return words_for_bits(flags, {"top-level await", "import.meta", "strict", "TypeScript"}); }

std::string words_for_variable(std::uint32_t bits) {
  return words_for_bits(bits, {"captured", "const", "var", "let", "exported", "imported", "imported namespace", "function", "parameter",
                               "sloppy-mode hoisted", "private field", "private method", "private getter", "private setter"});
}

std::string_view words_for(v4::section_kind kind) {
  std::string_view found = kind == v4::section_kind::payload_bytes ? "payload_bytes" : "unknown";
  v4::for_each_kind([&]<class Row>() {
    if (Row::kind == kind) found = Row::name;
  });
  return found;
}

std::string words_for_time(std::uint64_t nanoseconds) {
  return nanoseconds == 0 ? "unknown" : fmt::format("{}.{:09}", nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000);
}

void put_source(buffer& out, std::string_view indent, const source_identity& s) {
  put(out, "{}{} bytes, XXH3-128 {}, modified {}, changed {}", indent, s.size, to_hex(s.hash), words_for_time(s.modification_time),
      words_for_time(s.change_time));
  if (s.device != 0 || s.inode != 0) put(out, ", inode {} on device {:#x}", s.inode, s.device);
  put(out, "\n");
}

template <class Range, class F>
void put_list(buffer& out, std::string_view title, const Range& range, F&& put_one) {
  if (range.empty()) return;
  put(out, "  {} ({}):\n", title, range.size());
  for (const auto& one : range) {
    put(out, "    ");
    put_one(one);
    put(out, "\n");
  }
}

}  // namespace

std::string words_for(const name& n) {
  switch (n.kind) {
    case name::kind_type::absent:
      return "nothing";
    case name::kind_type::star_default:
      return "*default*";
    case name::kind_type::star_namespace:
      return "*namespace*";
    case name::kind_type::text:
      break;
  }
  return json_string(n.text);
}

std::string_view words_for(uncacheable reason) {
  switch (reason) {
    case uncacheable::none:
      break;
    case uncacheable::lone_surrogate:
      return "a name is not well-formed Unicode";
    case uncacheable::not_java_script:
      return "not JavaScript";
    case uncacheable::no_bytecode:
      return "the engine gave no bytecode";
    case uncacheable::engine_refused:
      return "the engine reported an error";
    case uncacheable::unsupported_entry:
      return "the record has an entry that the format has no place for";
  }
  return {};
}

void put_module(buffer& out, const owned_graph& graph, std::size_t index) {
  const owned_record& m = graph.modules[index];
  put(out, "module {} {}\n", index, json_string(m.url));
  if (m.source != source_identity{}) put_source(out, "  source: ", m.source);
  if (m.source_length != 0) put(out, "  source length: {} UTF-16 code units\n", m.source_length);
  if (!m.text.empty()) put(out, "  text: {} bytes, compressed\n", m.text.size());
  put(out, "  flags: {}\n", words_for_flags(m.flags));
  if (m.reason != uncacheable::none) put(out, "  not cacheable: {}\n", words_for(m.reason));
  put_list(out, "requests", m.requests, [&](const module_request& r) {
    static constexpr std::string_view phases[] = {"", "defer ", "source "};
    put(out, "{}{}", phases[static_cast<std::size_t>(r.phase)], json_string(r.specifier));
    for (const import_attribute& a : r.attributes) put(out, " with {}: {}", json_string(a.key), json_string(a.value));
    if (r.resolved != external) put(out, " -> module {} {}", r.resolved, json_string(graph.modules[r.resolved].url));
  });
  put_list(out, "imports", m.imports, [&](const import_entry& e) {
    static constexpr std::string_view types[] = {"single", "single TypeScript", "namespace"};
    put(out, "{} {} as {} from {}", types[static_cast<std::size_t>(e.type)], words_for(e.import_name), json_string(e.local_name),
        json_string(e.module_request));
  });
  put_list(out, "exports", m.exports, [&](const export_entry& e) {
    switch (e.type) {
      case export_type::local:
        put(out, "local {} is {}", json_string(e.export_name), words_for(e.local_name));
        break;
      case export_type::indirect:
        put(out, "indirect {} is {} of {}", json_string(e.export_name), words_for(e.import_name), words_for(e.module_name));
        break;
      case export_type::namespace_object:
        put(out, "namespace {} is all of {}", json_string(e.export_name), words_for(e.module_name));
        break;
    }
  });
  put_list(out, "stars", m.stars, [&](const star_export& s) { put(out, "{}", json_string(s.module_name)); });
  put_list(out, "variables", m.variables, [&](const variable& v) {
    put(out, "{} {}: {}", v.scope == variable_scope::lexical ? "lexical" : "declared", words_for(v.variable_name), words_for_variable(v.bits));
  });
  put_list(out, "payloads", m.payloads, [&](const payload& p) {
    put(out, "engine {} {}: {} bytes, XXH3-128 {}", p.engine, json_string(graph.engines[p.engine].description), p.bytes.size(),
        to_hex(checksum128(p.bytes)));
  });
}

void put_graph(buffer& out, const any_graph& any, byte_view bytes) {
  const owned_graph& graph = any.graph;
  put(out, "  magic: {}\n  version: {}\n  size: {} bytes\n", to_hex(slice(bytes, 0, 4)), any.version, bytes.size());
  if (any.code_features) put(out, "  code features: {:#x}\n", *any.code_features);
  if (any.version == v4::version) {
    const auto f = v4::file::open(bytes);
    for (const v4::section s : f->sections())
      put(out, "  section {}: {} bytes at {:#x}, {} records, XXH3-64 {:016x}\n", words_for(s.kind), s.size, s.offset, s.record_count, s.checksum);
    if (graph.entry != external) put(out, "  entry: module {} {}\n", graph.entry, json_string(graph.modules[graph.entry].url));
  }
  for (std::size_t i = 0; i < graph.engines.size(); ++i)
    put(out, "engine {}: {}, fingerprint {}\n", i, json_string(graph.engines[i].description), to_hex(graph.engines[i].fingerprint));
  for (const resolution_fact& f : graph.facts) {
    static constexpr std::string_view kinds[] = {"absent", "file", "directory"};
    put(out, "fact: {} is {}\n", json_string(f.path), kinds[static_cast<std::size_t>(f.kind)]);
    if (f.kind == fact_kind::file) put_source(out, "  ", f.identity);
  }
  for (std::size_t i = 0; i < graph.modules.size(); ++i) put_module(out, graph, i);
}

}  // namespace bmes::tools
