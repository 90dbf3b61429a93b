#include "run.hpp"

#include "engines.hpp"
#include "files.hpp"
#include "folder_store.hpp"
#include "module_files.hpp"
#include "trace.hpp"

#include <bmes/checksum.hpp>
#include <bmes/freshness.hpp>
#include <bmes/v4_write.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <pwd.h>
#include <unistd.h>

namespace bmes::tools {
namespace {

using clock = std::chrono::steady_clock;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// A stored graph that may be run, or why there is none.
struct lookup {
  std::unique_ptr<stored_bytes> entry;
  v4::file graph;
  bool usable = false;
  std::string_view result = "miss";
  std::string reason;
  std::string detail;
  std::string file;
};

lookup find_graph(cache_store& store, const hash128& key, const hash128& fingerprint) {
  lookup out;
  auto answer = store.get(key);
  out.file = answer.place;
  const auto no = [&](std::string_view result, std::string_view reason, std::string detail) {
    out.result = result;
    out.reason = reason;
    out.detail = std::move(detail);
    return std::move(out);
  };
  const auto bad = [&](const error& e) {
    return no(is_stale(e) ? "stale" : "refused", info(e.code).name, std::string(e.field) + " at " + std::to_string(e.offset));
  };
  if (!answer.entry) return no(answer.error.reason == "no_entry" ? "miss" : "refused", answer.error.reason, answer.error.message);
  out.entry = std::move(answer.entry);
  const auto file = v4::file::open(out.entry->bytes());
  if (!file) return bad(file.error());
  if (!file->find_engine(fingerprint)) return no("stale", info(errc::engine_mismatch).name, {});
  if (const auto valid = file->validate(); !valid) return bad(valid.error());
  if (const auto stale = first_stale(*file, filesystem::look)) return no("stale", name_of(stale->reason), std::string(stale->path));
  out.graph = *file;
  out.usable = true;
  out.result = "hit";
  return out;
}

/// Writes what the run learned; the number of bytes, or in `trace` why there are none.
void keep(engine& e, const filesystem::module_files& files, cache_store& store, const hash128& key, run_trace& trace) {
  auto learned = e.collect();
  const auto reason = [&](std::string_view text, std::string detail = {}) {
    if (trace.reason.empty()) trace.reason = text;
    if (trace.detail.empty()) trace.detail = std::move(detail);
  };
  if (!learned.changed) return;
  if (!learned.complete) return reason("incomplete_graph");
  std::deque<std::vector<std::byte>> compressed;
  for (const auto& [module, text] : learned.texts) learned.graph.modules[module].text = compressed.emplace_back(filesystem::compress_text(text));
  const auto absent = files.absent_candidates();
  for (const auto& path : absent) {
    const auto known = [&](const resolution_fact& f) { return f.path == path; };
    if (std::ranges::none_of(learned.graph.facts, known)) learned.graph.facts.push_back({path, fact_kind::absent, {}});
  }
  const auto bytes = v4::to_bytes(learned.graph.view());
  if (!bytes) return reason(info(bytes.error().code).name, std::string(bytes.error().field));
  if (const auto error = store.put(key, *bytes); !error.reason.empty()) return reason(error.reason, error.message);
  trace.written_bytes = bytes->size();
}

}  // namespace

std::string cache_folder(const std::string& asked) {
  std::string folder = asked;
  if (folder.empty()) folder = environment("BMES_CACHE_DIR");
  if (folder.empty())
    if (const auto base = environment("XDG_CACHE_HOME"); base.starts_with('/')) folder = base + "/bmes/esm";
  if (folder.empty()) {
    auto home = environment("HOME");
    if (home.empty())
      if (const passwd* user = ::getpwuid(::geteuid())) home = user->pw_dir;
    if (!home.empty()) folder = home + "/.bun-cache/esm";
  }
  return folder.empty() ? folder : filesystem::absolute_path(folder);
}

int run(const run_settings& settings) {
  const auto begun = clock::now();
  const auto entry = filesystem::absolute_path(settings.entry);
  filesystem::module_files files;
  const auto engine = make_engine(files);
  if (!engine) return 1;
  run_trace trace;

  const auto folder = settings.mode == cache_mode::off ? std::string() : cache_folder(settings.folder);
  const auto store = folder.empty() ? nullptr : filesystem::make_folder_store(folder);
  const hash128 key = checksum128(as_bytes(entry));
  lookup found;
  if (store && settings.mode != cache_mode::refresh) {
    found = find_graph(*store, key, engine->identity().fingerprint);
    if (found.usable) files.set_graph(found.graph);
  } else if (settings.mode == cache_mode::refresh) {
    found.reason = "refresh";
  } else if (settings.mode != cache_mode::off) {
    found.reason = "no_folder";
  }
  const bool writes = store && settings.mode != cache_mode::readonly;

  program_options options;
  options.argv = {settings.executable, entry};
  options.argv.insert(options.argv.end(), settings.arguments.begin(), settings.arguments.end());
  options.collect = writes;
  const int code = engine->run(entry, found.usable ? &found.graph : nullptr, std::move(options));

  trace.counts = engine->counts();
  if (settings.mode != cache_mode::off) trace.result = found.result;
  trace.reason = found.reason;
  trace.detail = found.detail;
  trace.file = found.file;
  if (found.usable && trace.counts.hits == 0) {
    trace.result = "refused";
    trace.reason = "engine_refused";
  }
  if (writes) keep(*engine, files, *store, key, trace);
  trace.total_ms = std::chrono::duration<double, std::milli>(clock::now() - begun).count();
  if (settings.trace) {
    const auto line = to_json(trace) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
  std::fflush(nullptr);
  // The engine's threads and heap end with the process; taking them apart would only cost time.
  ::_exit(code);
}

}  // namespace bmes::tools
