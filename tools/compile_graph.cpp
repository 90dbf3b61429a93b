#include "compile_graph.hpp"

#include "cache_settings.hpp"
#include "compression.hpp"
#include "engines.hpp"
#include "files.hpp"
#include "fleet_commands.hpp"
#include "formats.hpp"
#include "module_files.hpp"
#include "run.hpp"
#include "terminal.hpp"

#include <fmt/format.h>
#include <bmes/cache.hpp>
#include <cstring>
#include <map>
#include <set>

namespace bmes::tools {
namespace {

constexpr auto longest_wait_for_others = std::chrono::seconds(10);

void forget_times(source_identity& s) { s = {s.size, s.hash, 0, 0, 0, 0}; }

// As the engine counts them.
std::uint32_t utf16_length(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::uint32_t out = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += (byte & 0xC0) == 0x80 ? 0 : byte >= 0xF0 ? 2 : 1;
  }
  return out;
}

struct made_graph {
  harvest learned;
  std::uint64_t source_bytes = 0;
  std::string error;
};

class graph_maker {
 public:
  graph_maker(engine& e, filesystem::module_files& files, bool for_others) : engine_(e), files_(files), for_others_(for_others) {}

  made_graph make(const std::string& entry) {
    out_.learned.graph.engines.push_back(engine_.identity());
    out_.learned.graph.entry = place_of(entry);
    if (!is_followed(entry)) {
      out_.error = fmt::format("{} is CommonJS, whose requests only a run can tell", entry);
      return std::move(out_);
    }
    // Modules are found while others are read.
    for (std::size_t i = 0; i < urls_.size(); ++i)
      if (out_.error = add(i); !out_.error.empty()) return std::move(out_);
    for (auto& [path, fact] : facts_) out_.learned.facts.push_back(std::move(fact));
    out_.learned.complete = out_.learned.changed = true;
    return std::move(out_);
  }

 private:
  std::uint32_t place_of(const std::string& url) {
    const auto [at, is_new] = places_.try_emplace(url, static_cast<std::uint32_t>(urls_.size()));
    if (is_new) urls_.push_back(url);
    return at->second;
  }

  void keep_facts(std::vector<observed_fact> facts) {
    for (observed_fact& f : facts) {
      if (for_others_) forget_times(f.identity);
      auto path = f.path;
      facts_.try_emplace(std::move(path), std::move(f));
    }
  }

  // CommonJS modules are left to the runs. Without a declared type, Node takes an ES module for one by what CommonJS has no syntax for.
  bool is_followed(const std::string& url) {
    auto answer = files_.format_of(url, false);
    keep_facts(std::move(answer.facts));
    if (answer.format == module_format::json) json_.insert(url);
    if (answer.error || answer.format != module_format::by_text) return !answer.error && answer.format != module_format::common_js;
    const auto [at, is_new] = is_es_module_.try_emplace(url, true);
    if (!is_new) return at->second;
    const auto source = filesystem::read_file(url);
    if (source.error != 0) return true;
    const auto made = engine_.compile(url, source.text, answer.language);
    const owned_record& m = made.record;
    return at->second = !made.error && (!m.requests.empty() || !m.exports.empty() || !m.stars.empty() || has(m.flags, module_flags::import_meta) ||
                                        has(m.flags, module_flags::top_level_await));
  }

  std::string add(std::size_t index) {
    const std::string url = urls_[index];
    auto source = filesystem::read_file(url);
    if (source.error != 0) return fmt::format("{}: {}", url, std::strerror(source.error));
    out_.source_bytes += source.text.size();
    if (for_others_) forget_times(source.identity);
    owned_record record;
    if (json_.contains(url)) {
      record.reason = uncacheable::not_java_script;
      record.source_length = utf16_length(source.text);
    } else {
      auto made = engine_.compile(url, source.text, filesystem::language_of(filesystem::path_of(url)));
      if (made.error) return fmt::format("{}:{}:{}: SyntaxError: {}", url, made.error->line, made.error->column, made.error->message);
      record = std::move(made.record);
      if (!made.bytecode.empty()) record.payloads.push_back({0, out_.learned.storage.emplace_back(std::move(made.bytecode))});
    }
    record.url = url;
    record.source = source.identity;
    for (module_request& r : record.requests) {
      if (engine_.has_module(r.specifier)) continue;
      auto found = files_.resolve({r.specifier, url});
      if (found.error) return found.error.message;
      keep_facts(std::move(found.facts));
      if (is_followed(found.url)) r.resolved = place_of(found.url);
    }
    out_.learned.texts.emplace_back(static_cast<std::uint32_t>(index), std::move(source.text));
    out_.learned.graph.modules.push_back(std::move(record));
    return {};
  }

  engine& engine_;
  filesystem::module_files& files_;
  bool for_others_;
  made_graph out_;
  std::vector<std::string> urls_;
  std::map<std::string, std::uint32_t, std::less<>> places_;
  std::map<std::string, observed_fact, std::less<>> facts_;
  std::set<std::string, std::less<>> json_;
  std::map<std::string, bool, std::less<>> is_es_module_;  // of those that only their text tells
};

}  // namespace

int compile_graphs(const std::vector<std::string>& entries, const resolution_rules& rules, const std::string& folder, bool push) {
  const bool for_others = !folder.empty();
  filesystem::module_files files({{}, rules.conditions, rules.preserve_symlinks});
  const auto engine = make_engine(files);
  if (!engine) return 1;
  files.set_builtins([&](std::string_view name) { return engine->has_module(name); });
  const filesystem::folder_places places{cache_folder(folder), {}, for_others};
  if (places.own.empty()) return fail("no folder for a cache is known: HOME is not set");
  const auto store = filesystem::make_folder_store(places, for_others ? filesystem::folder_limits{0, 0} : filesystem::limits_asked_for());
  const auto packing = packing::make_compression();
  for (const std::string& name : entries) {
    const auto begun = std::chrono::steady_clock::now();
    const auto entry = files.entry_key(name);
    auto made = graph_maker(*engine, files, for_others).make(entry);
    if (!made.error.empty()) return fail(made.error);
    const auto modules = made.learned.graph.modules.size();
    const auto key = program_key(entry, rules);
    const auto turn = store->take_turn(key, longest_wait_for_others);
    cached_program program(*store, *packing, key, engine->identity().fingerprint);
    program.find();
    program.prove();
    program.look_for_changes(
        [&](std::string_view path, bool) {
          auto now = filesystem::look(path, true);
          if (for_others) forget_times(now.identity);
          return now;
        },
        check_mode::hash);
    program.keep(std::move(made.learned));
    if (program.written_bytes() == 0) return fail(fmt::format("{}: {} ({})", name, program.detail(), program.why()));
    if (!for_others) filesystem::note_engine(places.own, engine->identity().fingerprint);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
    const auto line = fmt::format("{}: {}, {} of sources, in {} of {}, {:.1f} s\n", name, count_of(modules, "module"), short_size(made.source_bytes),
                                  program.place(), short_size(program.written_bytes()), taken.count());
    if (!print_out(line)) return 1;
  }
  if (push) return cache_push({rules, folder, entries, false});
  return 0;
}

}  // namespace bmes::tools
