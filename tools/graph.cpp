#include "graph.hpp"

#include "cache_settings.hpp"
#include "compression.hpp"
#include "conversion.hpp"
#include "files.hpp"
#include "formats.hpp"
#include "graph_page.hpp"
#include "module_files.hpp"
#include "output.hpp"
#include "run.hpp"
#include "terminal.hpp"
#include "timed_run.hpp"
#include "trace.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <bmes/cache.hpp>
#include <optional>
#include <set>
#include <span>

namespace bmes::tools {
namespace {

constexpr std::size_t listed = 40;
constexpr unsigned most_fillings = 3;  // computed imports are found by runs, some by the second

/// A module as it is shown.
struct node {
  std::string url;
  std::uint64_t source = 0, code = 0, text = 0;  ///< bytes; the text as it is in the file
  std::vector<std::uint32_t> imports, imported_by;
  std::vector<std::string> builtins;  ///< requests that lead to no module of the file
  unsigned depth = 0;                 ///< edges from the entry
  module_times cold, warm;            ///< where the program was run
  [[nodiscard]] std::uint64_t cached() const { return code + text; }
};

/// The program from its sources, and from the cache.
struct both_runs {
  timed_run cold, warm;
};

struct shown_graph {
  std::string entry, file;
  std::vector<std::string> engines;
  std::vector<node> modules;
  std::optional<both_runs> runs;
};

shown_graph shown_of(const owned_graph& graph, std::string file) {
  shown_graph out;
  out.file = std::move(file);
  for (const engine_identity& e : graph.engines) out.engines.emplace_back(e.description);
  if (graph.entry != external) out.entry = graph.modules[graph.entry].url;
  out.modules.resize(graph.modules.size());
  for (std::uint32_t i = 0; i < graph.modules.size(); ++i) {
    const owned_record& m = graph.modules[i];
    node& n = out.modules[i];
    n.url = m.url;
    n.source = m.source.size;
    n.text = m.text.size();
    for (const payload& p : m.payloads) n.code += p.bytes.size();
    std::set<std::uint32_t> seen;
    for (const module_request& r : m.requests) {
      if (r.resolved == external) n.builtins.emplace_back(r.specifier);
      else if (seen.insert(r.resolved).second) n.imports.push_back(r.resolved);
    }
  }
  for (std::uint32_t i = 0; i < out.modules.size(); ++i)
    for (const std::uint32_t to : out.modules[i].imports) out.modules[to].imported_by.push_back(i);
  std::vector<std::uint32_t> order;
  std::vector<bool> reached(out.modules.size());
  if (graph.entry != external) order.push_back(graph.entry), reached[graph.entry] = true;
  for (std::size_t at = 0; at < order.size(); ++at)
    for (const std::uint32_t to : out.modules[order[at]].imports) {
      if (reached[to]) continue;
      reached[to] = true;
      out.modules[to].depth = out.modules[order[at]].depth + 1;
      order.push_back(to);
    }
  return out;
}

std::string to_times_table(const shown_graph& g) {
  std::vector<const node*> by_time;
  for (const node& n : g.modules) by_time.push_back(&n);
  std::ranges::sort(by_time, {}, [](const node* n) { return std::pair(-(n->warm.load + n->warm.evaluation), n); });
  std::string out = fmt::format("{:10}{:>28}{:>28}\n", "", "from sources, ms", "from the cache, ms");
  out += fmt::format("{:>10}{:>10}{:>9}{:>9}{:>10}{:>9}{:>9}  module\n", "cached", "load", "run", "in all", "load", "run", "in all");
  const auto times = [](const module_times& t) { return fmt::format("{:>10.2f}{:>9.2f}{:>9.2f}", t.load, t.evaluation, t.total_evaluation); };
  for (const node* n : std::span(by_time).first(std::min(listed, by_time.size())))
    out += fmt::format("{:>10}{}{}  {}\n", short_size(n->cached()), times(n->cold), times(n->warm), shortened(n->url, 60));
  if (by_time.size() > listed) out += fmt::format("{:66}  and {} more\n", "", by_time.size() - listed);
  std::uint64_t cached = 0;
  double sums[4] = {};
  for (const node& n : g.modules) {
    cached += n.cached();
    sums[0] += n.cold.load, sums[1] += n.cold.evaluation, sums[2] += n.warm.load, sums[3] += n.warm.evaluation;
  }
  out += fmt::format("{:>10}{:>10.2f}{:>9.2f}{:9}{:>10.2f}{:>9.2f}{:9}  {}\n", short_size(cached), sums[0], sums[1], "", sums[2], sums[3], "",
                     count_of(g.modules.size(), "module"));
  return out +=
         fmt::format("the whole run: {:.1f} ms from sources, {:.1f} ms from the cache\n", g.runs->cold.report.total_ms, g.runs->warm.report.total_ms);
}

std::string to_table(const shown_graph& g) {
  if (g.runs) return to_times_table(g);
  std::vector<const node*> by_size;
  for (const node& n : g.modules) by_size.push_back(&n);
  std::ranges::sort(by_size, {}, [](const node* n) { return std::pair(~n->cached(), n); });
  std::string out = fmt::format("{:>10}{:>10}{:>9}{:>11}{:>7}  module\n", "source", "cached", "imports", "importers", "depth");
  std::uint64_t source = 0, cached = 0;
  std::size_t edges = 0;
  for (const node& n : g.modules) source += n.source, cached += n.cached(), edges += n.imports.size();
  for (const node* n : std::span(by_size).first(std::min(listed, by_size.size())))
    out += fmt::format("{:>10}{:>10}{:>9}{:>11}{:>7}  {}\n", short_size(n->source), short_size(n->cached()), n->imports.size(), n->imported_by.size(),
                       n->depth, shortened(n->url, 60));
  if (by_size.size() > listed) out += fmt::format("{:49}and {} more\n", "", by_size.size() - listed);
  return out += fmt::format("{:>10}{:>10}  {}, {}\n", short_size(source), short_size(cached), count_of(g.modules.size(), "module"), count_of(edges, "edge"));
}

std::string json_numbers(const std::vector<std::uint32_t>& numbers) {
  std::string out = "[";
  for (const std::uint32_t n : numbers) out.append(out.size() == 1 ? "" : ",").append(std::to_string(n));
  return out += ']';
}

std::string json_texts(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& t : texts) out.append(out.size() == 1 ? "" : ",").append(json_string(t));
  return out += ']';
}

std::string json_times(const module_times& t) {
  return fmt::format(R"({{"load_ms":{:.3f},"evaluation_ms":{:.3f},"total_evaluation_ms":{:.3f}}})", t.load, t.evaluation, t.total_evaluation);
}

std::string json_run(const shown_graph& g, const run_report& r) {
  std::map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < g.modules.size(); ++i) places.emplace(g.modules[i].url, i);
  const auto index = [](bool is_known, std::size_t i) { return is_known ? std::to_string(i) : std::string("null"); };
  std::string out =
      fmt::format(R"({{"result":{},"load_ms":{:.3f},"total_ms":{:.3f},"code":{},"spans":[)", json_string(r.result), r.load_ms, r.total_ms, r.code);
  for (const module_span& s : r.spans) {
    const auto at = places.find(s.url);
    const bool is_known = at != places.end();
    out += fmt::format(R"({}{{"module":{},"url":{},"phase":"{}","begin_ms":{:.3f},"end_ms":{:.3f},"parent":{}}})", &s == r.spans.data() ? "" : ",",
                       index(is_known, is_known ? at->second : 0), is_known ? "null" : json_string(s.url), s.is_evaluation ? "evaluation" : "load",
                       s.begin_ms, s.end_ms, index(s.parent != external, s.parent));
  }
  return out += "]}";
}

std::string to_json(const shown_graph& g) {
  std::string out =
      fmt::format(R"({{"entry":{},"file":{},"engines":{},"modules":[)", json_string(g.entry), json_string(g.file), json_texts(g.engines));
  for (const node& n : g.modules)
    out += fmt::format(R"({}{{"url":{},"source_bytes":{},"code_bytes":{},"text_bytes":{},"depth":{},"imports":{},"builtins":{}{}}})",
                       &n == g.modules.data() ? "" : ",", json_string(n.url), n.source, n.code, n.text, n.depth, json_numbers(n.imports),
                       json_texts(n.builtins), g.runs ? fmt::format(R"(,"cold":{},"warm":{})", json_times(n.cold), json_times(n.warm)) : "");
  out += ']';
  if (g.runs) out += fmt::format(R"(,"runs":{{"cold":{},"warm":{}}})", json_run(g, g.runs->cold.report), json_run(g, g.runs->warm.report));
  return out += '}';
}

std::string to_dot(const shown_graph& g) {
  std::string out = "digraph modules {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n";
  for (std::size_t i = 0; i < g.modules.size(); ++i) {
    const node& n = g.modules[i];
    auto label = n.url.substr(n.url.rfind('/') + 1) + "\n" + short_size(n.source) + ", cached " + short_size(n.cached());
    if (g.runs) label += fmt::format("\n{:.2f} ms, from the cache {:.2f} ms", n.cold.load + n.cold.evaluation, n.warm.load + n.warm.evaluation);
    out += fmt::format("  m{} [label={}, tooltip={}];\n", i, json_string(label), json_string(n.url));
  }
  for (std::size_t i = 0; i < g.modules.size(); ++i)
    for (const std::uint32_t to : g.modules[i].imports) out += fmt::format("  m{} -> m{};\n", i, to);
  return out += "}\n";
}

// Within a script of a page, where "</script>" and "<!--" have a meaning whatever is around them.
std::string to_page(const shown_graph& g) {
  std::string data;
  for (const char c : to_json(g)) data += c == '<' ? std::string("\\u003c") : std::string(1, c);
  std::string out(graph_page);
  const auto at = out.find(graph_page_data);
  return out.replace(at, graph_page_data.size(), data);
}

std::optional<shown_graph> find_graph(const graph_request& r) {
  const auto path = filesystem::module_files({{}, r.conditions, r.preserve_symlinks}).entry_key(r.entry);
  const auto folder = cache_folder(r.folder);
  const auto store = filesystem::make_folder_store(filesystem::places_for(folder));
  // What the program is for the command; what it is for Node alone; and then a file of the format.
  store_answer found;
  for (const bool is_for_node : {false, true}) {
    found = store->get(program_key(path, r, is_for_node));
    if (found.entry) found.entry = packing::unpack_entry(std::move(found.entry)).entry;
    if (!found.entry) continue;
    if (const auto any = read_graph(found.entry->bytes())) return shown_of(any->graph, found.place);
  }
  const opened_file file(r.entry);
  const auto any = read_graph(file.bytes());
  if (file.error().empty() && any) return shown_of(any->graph, r.entry);
  if (!file.error().empty()) return fail(fmt::format("{}: {}", r.entry, file.error())), std::nullopt;
  fail(fmt::format("{}: it is no BMES file and has no entry in {}: `bmes compile --graph` or a run makes one", r.entry, folder));
  return std::nullopt;
}

// The program is run until its entry has all that a run needs, and then in turn from its sources and from the cache.
std::optional<both_runs> run_both_ways(const graph_request& r) {
  run_settings settings;
  static_cast<resolution_rules&>(settings) = r;
  settings.executable = filesystem::read_link("/proc/self/exe").value_or("bmes");
  settings.entry = r.entry;
  settings.arguments = r.arguments;
  settings.folder = r.folder;
  settings.check = filesystem::check_asked_for();
  progress shown("running", 2 * r.runs + 1);
  for (unsigned i = 0; i < most_fillings; ++i) {
    const auto filled = run_and_measure(settings);
    if (!filled) return std::nullopt;
    if (filled->report.result == name_of(cache_result::hit)) break;
  }
  shown.step();
  std::optional<timed_run> fastest[2];
  for (unsigned i = 0; i < 2 * r.runs; ++i) {
    settings.mode = i % 2 == 0 ? cache_mode::off : cache_mode::readonly;
    auto now = run_and_measure(settings);
    if (!now) return std::nullopt;
    auto& best = fastest[i % 2];
    if (!best || now->report.total_ms < best->report.total_ms) best = std::move(now);
    shown.step();
  }
  const auto& [cold, warm] = fastest;
  if (warm->report.result != name_of(cache_result::hit))
    fmt::print(stderr, "bmes: the run from the cache was no hit but {}: `bmes why` may say more\n", warm->report.result);
  if (cold->report.code != 0) fmt::print(stderr, "bmes: the program ended with exit code {}\n", cold->report.code);
  return both_runs{*cold, *warm};
}

void add_times(shown_graph& g, both_runs runs) {
  const auto time_in = [](const timed_run& run, const std::string& url) {
    const auto at = run.modules.find(url);
    return at == run.modules.end() ? module_times() : at->second;
  };
  for (node& n : g.modules) n.cold = time_in(runs.cold, n.url), n.warm = time_in(runs.warm, n.url);
  g.runs = std::move(runs);
}

}  // namespace

int show_graph(const graph_request& r) {
  using enum graph_request::form_type;
  std::optional<both_runs> runs;
  if (r.times) {
    if (opened_file file(r.entry); read_graph(file.bytes())) return fail(fmt::format("{} is a BMES file: only a program can be run", r.entry));
    runs = run_both_ways(r);
    if (!runs) return 1;
  }
  auto graph = find_graph(r);
  if (!graph) return 1;
  if (runs) add_times(*graph, *std::move(runs));
  const auto text = r.form == table ? to_table(*graph) : r.form == json ? to_json(*graph) + "\n" : r.form == dot ? to_dot(*graph) : to_page(*graph);
  if (r.output == standard_stream) return print_out(text) ? 0 : 1;
  const auto failure = write_output(r.output, as_bytes(text));
  return failure.empty() ? 0 : fail(fmt::format("{}: {}", r.output, failure));
}

}  // namespace bmes::tools
