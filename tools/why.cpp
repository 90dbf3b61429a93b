#include "why.hpp"

#include "cache_folder.hpp"
#include "cache_settings.hpp"
#include "compression.hpp"
#include "engines.hpp"
#include "files.hpp"
#include "formats.hpp"
#include "module_files.hpp"
#include "run.hpp"
#include "terminal.hpp"
#include "trace.hpp"

#include <fmt/format.h>
#include <bmes/cache.hpp>
#include <cerrno>
#include <cstring>

namespace bmes::tools {
namespace {

constexpr std::size_t most_shown = 20;

struct advice {
  std::string_view reason;
  std::string_view words, what_to_do;
};

constexpr std::string_view run_it = "run it: the next start after that is a hit", replaced = "nothing: the next run replaces it";

constexpr std::array advices{
    advice{reason::no_entry, "there is no entry for this program", "run it once, or `bmes compile --graph ENTRY`"},
    advice{reason::being_written, "another process is about to write the entry", "wait a moment"},
    advice{reason::crashed, "a run that used the entry crashed, and it was set aside",
           "run it: it goes from its sources, once, and makes a new entry"},
    advice{reason::no_folder, "no folder for a cache is known", "set HOME, or BMES_CACHE_DIR"},
    advice{reason::not_private, "others could have written the entry, so it is not used",
           "make it yours alone (chmod go-w), or name a folder of somebody you trust as BMES_CACHE_READONLY"},
    advice{reason::not_a_file, "what is in the place of the entry is no file", "remove it"},
    advice{reason::unreadable, "the entry can't be read", "see what is in its place: no link is followed"},
    advice{reason::empty_entry, "the entry is empty", replaced},
    advice{reason::damaged_frame, "the entry is damaged", replaced},
    advice{reason::engine_mismatch, "the entry has no code of this engine", "run it: its code is kept beside that of the others"},
    advice{name_of(stale_reason::source_changed), "a source changed", run_it},
    advice{name_of(stale_reason::source_missing), "a source is gone", run_it},
    advice{name_of(stale_reason::resolution_changed), "a specifier may lead elsewhere now", run_it},
    advice{reason::incomplete_graph, "the entry is of another program", replaced},
};

advice advice_for(std::string_view reason) {
  for (const advice& a : advices)
    if (a.reason == reason) return a;
  return {reason, "the entry is damaged, or of another version", replaced};
}

std::string identity_text(std::string_view path, const disk_state& s) {
  if (s.kind == fact_kind::absent) return "absent";
  if (s.kind == fact_kind::directory) return "a folder";
  return fmt::format("{}{} bytes{}", path.ends_with('/') ? "a link to a path of " : "", s.identity.size, s.identity.hash == hash128{} ? std::string() : fmt::format(", hash {}", to_hex(s.identity.hash)));
}

std::string to_json(const source_change& c) {
  const auto state = [](const disk_state& s) {
    const auto kind = s.kind == fact_kind::absent ? "absent" : s.kind == fact_kind::directory ? "directory" : "file";
    if (s.kind != fact_kind::file) return fmt::format(R"({{"kind":"{}"}})", kind);
    const auto hash = s.identity.hash == hash128{} ? std::string("null") : fmt::format("\"{}\"", to_hex(s.identity.hash));
    return fmt::format(R"({{"kind":"{}","size":{},"hash":{}}})", kind, s.identity.size, hash);
  };
  return fmt::format(R"({{"reason":"{}","path":{},"before":{},"now":{}}})", name_of(c.reason), json_string(c.path), state(c.before), state(c.now));
}

void put_changes(std::string& out, const std::vector<source_change>& changes, std::string_view what) {
  std::size_t shown = 0;
  for (const source_change& c : changes) {
    if (++shown > most_shown) {
      out += fmt::format("  and {} more\n", changes.size() - most_shown);
      return;
    }
    out += fmt::format("  {} {}\n    was {}\n    is  {}\n", what, c.path, identity_text(c.path, c.before), identity_text(c.path, c.now));
  }
}

}  // namespace

int why(const why_request& r) {
  filesystem::module_files files({{}, r.conditions, r.preserve_symlinks});
  const auto entry = files.entry_key(r.entry);
  const auto engine = make_engine(files);
  if (!engine) return 1;
  const auto places = filesystem::places_for(cache_folder(r.folder));
  const auto store = filesystem::make_folder_store(places, {});
  const auto packing = packing::make_compression();
  cached_program program(*store, *packing, program_key(entry, r), engine->identity().fingerprint);
  program.find();
  program.prove();
  program.look_for_changes(filesystem::look, r.check);
  if (program.why() == reason::no_entry && filesystem::look(filesystem::path_of(entry), false).kind == fact_kind::absent)
    return fail(fmt::format("{}: {}", r.entry, std::strerror(ENOENT)));
  // What a run would say that used all that is still good.
  std::string_view reason = program.why(), result = name_of(program.outcome());
  std::string detail = program.detail();
  std::vector<std::string> engines;
  std::uint32_t modules = 0;
  if (program.is_usable()) {
    const v4::file& file = program.file();
    modules = file.module_count();
    for (const engine_identity e : file.engines()) engines.emplace_back(e.description);
    const source_change* const first = program.changes().first();
    reason = {};
    if (!file.find_module(entry)) reason = reason::incomplete_graph;
    else if (!program.has_engine()) reason = reason::engine_mismatch;
    else if (first) reason = name_of(first->reason);
    const bool none_left = !program.has_engine() || program.changes().modules.size() == modules || reason == reason::incomplete_graph;
    result = reason.empty() ? name_of(cache_result::hit) : name_of(none_left ? cache_result::stale : cache_result::partial);
  }
  const bool is_hit = program.is_usable() && reason.empty();
  const advice what = is_hit ? advice{{}, "the next start is a hit", "nothing"} : advice_for(reason);
  const freshness& changes = program.changes();

  std::string out;
  if (r.json) {
    out = fmt::format(R"({{"entry":{},"file":{},"hit":{},"result":"{}","reason":"{}","detail":{},"what_to_do":{},)", json_string(entry),
                      json_string(program.place()), is_hit, result, reason, json_string(detail), json_string(what.what_to_do));
    out += fmt::format(R"("modules":{},"engine":{},"engines":[)", modules, json_string(engine->identity().description));
    for (std::size_t i = 0; i < engines.size(); ++i) out.append(i == 0 ? "" : ",").append(json_string(engines[i]));
    out += R"(],"changes":[)";
    bool is_first = true;
    for (const auto* list : {&changes.modules, &changes.facts})
      for (const source_change& c : *list) {
        out.append(is_first ? "" : ",").append(to_json(c));
        is_first = false;
      }
    out += "]}\n";
    return print_out(out) && is_hit ? 0 : 1;
  }
  out += is_hit ? fmt::format("{}: {}\n", in_colour(colour::good, "hit"), what.words)
                : fmt::format("{}: {} ({})\n", in_colour(colour::bad, result), what.words, reason);
  out += fmt::format("  program {}\n  file    {}\n", entry, program.place());
  if (!detail.empty()) out += fmt::format("  detail  {}\n", detail);
  if (program.is_usable()) out += fmt::format("  modules {}, of them {} changed\n", modules, changes.modules.size());
  if (reason == reason::engine_mismatch) {
    out += fmt::format("  engine  {}\n", engine->identity().description);
    for (const std::string& d : engines) out += fmt::format("  has     {}\n", d);
  }
  put_changes(out, changes.modules, "module");
  put_changes(out, changes.facts, "fact");
  if (!changes.renewed.empty())
    out += fmt::format("  of the same content and with other times: {}, read now; the next run notes the times\n",
                       count_of(changes.renewed.size(), "file"));
  if (r.check == check_mode::none) out += "  nothing was looked at: --check=none takes the sources for what they were\n";
  if (!is_hit) out += fmt::format("  to do   {}\n", what.what_to_do);
  return print_out(out) && is_hit ? 0 : 1;
}

}  // namespace bmes::tools
