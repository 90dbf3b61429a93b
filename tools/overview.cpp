#include "describe.hpp"
#include "terminal.hpp"
#include "trace.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace bmes::tools {
namespace {

constexpr std::size_t width = 80;
constexpr std::size_t listed_modules = 6;
constexpr std::size_t listed_engines = 3;

// The folder that all modules are in, with its last slash.
std::string_view common_folder(const std::vector<owned_record>& modules) {
  std::string_view common = modules.empty() ? std::string_view() : modules[0].url;
  for (const owned_record& m : modules) {
    const std::string_view url = m.url;
    common = common.substr(0, static_cast<std::size_t>(std::ranges::mismatch(common, url).in1 - common.begin()));
  }
  return common.substr(0, common.rfind('/') + 1);
}

/// Bytes of one kind. What several modules share is in the file once.
struct kind_bytes {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  std::set<const std::byte*> seen;

  void add(byte_view more) {
    if (more.empty() || !seen.insert(more.data()).second) return;
    ++count;
    bytes += more.size();
  }
};

std::uint64_t bytecode_size(const owned_record& m) {
  std::uint64_t sum = 0;
  for (const payload& p : m.payloads) sum += p.bytes.size();
  return sum;
}

void put_bytes(buffer& out, const any_graph& any, byte_view bytes) {
  kind_bytes bytecode, texts;
  std::uint64_t entries = 0;
  for (const owned_record& m : any.graph.modules) {
    for (const payload& p : m.payloads) bytecode.add(p.bytes);
    texts.add(m.text);
    entries += m.requests.size() + m.imports.size() + m.exports.size() + m.stars.size() + m.variables.size();
  }
  std::uint64_t names = 0, records = 0;
  std::uint64_t name_count = 0;
  if (any.version == v4::version) {
    const auto f = v4::file::open(bytes);
    for (const v4::section s : f->sections()) {
      using enum v4::section_kind;
      if (s.kind == string || s.kind == string_bytes) {
        names += s.size;
        if (s.kind == string) name_count = s.record_count;
      } else if (s.kind != payload_bytes) {
        records += s.size;
      }
    }
  } else {
    records = bytes.size() - bytecode.bytes;
  }
  put(out, "\n  {:<26}{:>10}{:>16}{:>8}\n", "what", "number", "bytes", "share");
  const auto row = [&](std::string_view what, std::uint64_t number, std::uint64_t size) {
    if (size == 0) return;
    put(out, "  {:<26}{:>10}{:>16}{:>6.1f} %\n", what, number == 0 ? "" : with_commas(number), with_commas(size),
        100.0 * static_cast<double>(size) / static_cast<double>(bytes.size()));
  };
  row("bytecode", bytecode.count, bytecode.bytes);
  row("source texts, compressed", texts.count, texts.bytes);
  row("requests, imports, exports", entries, records);
  row("names", name_count, names);
  row("header, padding", 0, bytes.size() - bytecode.bytes - texts.bytes - records - names);
}

void put_largest(buffer& out, const std::vector<owned_record>& modules) {
  std::vector<std::pair<std::uint64_t, const owned_record*>> by_size;
  for (const owned_record& m : modules) by_size.emplace_back(bytecode_size(m) + m.text.size(), &m);
  const auto shown = std::min(listed_modules, by_size.size());
  std::ranges::partial_sort(by_size, by_size.begin() + static_cast<std::ptrdiff_t>(shown),
                            [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  by_size.resize(shown);
  const auto folder = common_folder(modules);
  put(out, "\n  {:>12}{:>12}{:>8}{:>8}  largest modules\n", "bytecode", "text", "imports", "exports");
  for (const auto& [size, m] : by_size) {
    constexpr std::size_t numbers = 2 + 12 + 12 + 8 + 8 + 2;
    const auto url = m->url.empty() ? "(a module without a URL)" : json_string(std::string_view(m->url).substr(folder.size()));
    put(out, "  {:>12}{:>12}{:>8}{:>8}  {}\n", with_commas(bytecode_size(*m)), with_commas(m->text.size()), with_commas(m->imports.size()),
        with_commas(m->exports.size()), shortened(url, width - numbers));
  }
  if (modules.size() > shown) put(out, "  {:42}  and {} more\n", "", with_commas(modules.size() - shown));
}

}  // namespace

void put_overview(buffer& out, const any_graph& any, byte_view bytes, std::uint64_t stored) {
  const owned_graph& graph = any.graph;
  put(out, "  version {}, {}, {} bytes", any.version, count_of(graph.modules.size(), "module"), with_commas(bytes.size()));
  if (stored != bytes.size()) put(out, ", in an LZ4 frame of {}", with_commas(stored));
  put(out, "\n");
  const auto line = [&](std::string_view what, const std::string& text) { put(out, "  {}: {}\n", what, shortened(text, width - what.size() - 4)); };
  if (graph.entry != external && !graph.modules[graph.entry].url.empty()) line("entry", json_string(graph.modules[graph.entry].url));
  if (const auto folder = common_folder(graph.modules); graph.modules.size() > 1 && folder.size() > 1)
    line("all modules are below", json_string(folder));
  for (std::size_t i = 0; i < std::min(graph.engines.size(), listed_engines); ++i) {
    const auto of_engine = [&](const owned_record& m) { return std::ranges::any_of(m.payloads, [&](const payload& p) { return p.engine == i; }); };
    const auto with_bytecode = static_cast<std::size_t>(std::ranges::count_if(graph.modules, of_engine));
    put(out, "  engine: {}, for {}\n", shortened(json_string(graph.engines[i].description), 44), count_of(with_bytecode, "module"));
  }
  if (graph.engines.size() > listed_engines) put(out, "  and {} more\n", count_of(graph.engines.size() - listed_engines, "engine"));
  if (!graph.facts.empty()) put(out, "  {} about other files\n", count_of(graph.facts.size(), "fact"));
  std::map<uncacheable, std::size_t> reasons;
  for (const owned_record& m : graph.modules)
    if (m.reason != uncacheable::none) ++reasons[m.reason];
  for (const auto& [reason, number] : reasons) put(out, "  {} without bytecode: {}\n", count_of(number, "module"), words_for(reason));
  put_bytes(out, any, bytes);
  if (!graph.modules.empty()) put_largest(out, graph.modules);
  put(out, "\n  --modules PATTERN shows the records of modules, --all all, --json every byte.\n");
}

}  // namespace bmes::tools
