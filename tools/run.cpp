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
#include <fcntl.h>
#include <latch>
#include <map>
#include <pwd.h>
#include <sched.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace bmes::tools {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t worth_a_thread = 64 * 1024;
constexpr std::size_t large_entry = 256 * 1024;
constexpr unsigned longest_write_seconds = 60;

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
  std::map<std::string, source_identity, std::less<>> new_times;

  void refuse(std::string_view as, std::string_view why, std::string what) {
    usable = false;
    result = as;
    reason = why;
    detail = std::move(what);
  }
  void refuse(const error& e) {
    refuse(is_stale(e) ? "stale" : "refused", info(e.code).name, std::string(e.field) + " at " + std::to_string(e.offset));
  }
};

// Whether there is an entry for this engine in which nothing is damaged. In proportion to the entry.
lookup find_entry(cache_store& store, const hash128& key, const hash128& fingerprint) {
  lookup out;
  auto answer = store.get(key);
  out.file = answer.place;
  if (!answer.entry) {
    out.refuse(answer.error.reason == "no_entry" ? "miss" : "refused", answer.error.reason, answer.error.message);
    return out;
  }
  out.entry = std::move(answer.entry);
  const auto file = v4::file::open(out.entry->bytes());
  if (!file) {
    out.refuse(file.error());
  } else if (!file->find_engine(fingerprint)) {
    out.refuse("stale", info(errc::engine_mismatch).name, {});
  } else {
    out.graph = *file;
    out.usable = true;
    out.result = "hit";
  }
  return out;
}

// In proportion to the modules: which source is not what the entry was made from. Of `found` it changes the new times only.
std::optional<stale_source> find_stale(lookup& found) {
  if (!found.usable) return std::nullopt;
  const auto look = [&](std::string_view path, bool with_hash) {
    const disk_state now = filesystem::look(path, with_hash);
    // Same content, other times: with these, the next start needs no hash.
    if (with_hash && now.identity.change_time != 0) found.new_times.emplace(path, now.identity);
    return now;
  };
  return first_stale(found.graph, look);
}

// A new thread may start on the processor of the one that made it, and stay there for milliseconds, although others have nothing to do.
void leave_processor(int used) {
  cpu_set_t allowed;
  if (used < 0 || ::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  CPU_CLR(static_cast<unsigned>(used), &allowed);
  if (CPU_COUNT(&allowed) != 0) ::sched_setaffinity(0, sizeof allowed, &allowed);
}

/// Writes what the run learned; the number of bytes, or in `trace` why there are none.
void keep(engine& e, const filesystem::module_files& files, cache_store& store, const hash128& key, const lookup& found, run_trace& trace) {
  auto learned = e.collect();
  for (owned_record& m : learned.graph.modules)
    if (const auto at = found.new_times.find(m.url); found.usable && at != found.new_times.end()) {
      m.source = at->second;
      learned.changed = true;
    }
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
  trace.written_bytes = store.stored_size(key);
}

// So that nobody waits for this process, and nothing that it does is felt.
void leave_the_foreground() {
  ::alarm(longest_write_seconds);
  ::setsid();
  const int null = ::open("/dev/null", O_RDWR);
  for (const int fd : {0, 1, 2}) ::dup2(null, fd);
  ::setpriority(PRIO_PROCESS, 0, 10);
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
  program_options options;
  options.argv = {settings.executable, entry};
  options.argv.insert(options.argv.end(), settings.arguments.begin(), settings.arguments.end());
  options.collect = store && settings.mode != cache_mode::readonly;
  lookup found;
  if (store && settings.mode != cache_mode::refresh) {
    const auto read = [&] { found = find_entry(*store, key, engine->identity().fingerprint); };
    std::optional<stale_source> stale;
    const std::uint64_t size = store->stored_size(key);
    options.is_large = size >= large_entry;
    if (size >= worth_a_thread) {
      // Reading the entry needs nothing of the engine; making records of it, nothing of the sources.
      std::latch was_read(1);
      std::thread other([&, used = ::sched_getcpu()] {
        leave_processor(used);
        read();
        was_read.count_down();
        stale = find_stale(found);
      });
      engine->prepare(options);
      was_read.wait();
      if (found.usable) {
        files.set_graph(found.graph);
        engine->read(entry, found.graph);
      }
      other.join();
    } else {
      engine->prepare(options);
      read();
      stale = find_stale(found);
      if (found.usable) files.set_graph(found.graph);
    }
    if (stale) found.refuse("stale", name_of(stale->reason), std::string(stale->path));
  } else {
    if (settings.mode == cache_mode::refresh) found.reason = "refresh";
    if (settings.mode != cache_mode::off && !store) found.reason = "no_folder";
    engine->prepare(options);
  }
  const program_graph graph{found.graph, {}, true};
  const int code = engine->run(entry, found.usable ? &graph : nullptr);

  trace.counts = engine->counts();
  if (settings.mode != cache_mode::off) trace.result = found.result;
  trace.reason = found.reason;
  trace.detail = found.detail;
  trace.file = found.file;
  if (found.usable && !trace.counts.from_graph) {
    trace.result = "refused";
    trace.reason = "incomplete_graph";
  } else if (found.usable && trace.counts.hits == 0 && trace.counts.refused != 0) {
    trace.result = "refused";
    trace.reason = "engine_refused";
  }
  const auto write = [&] {
    if (options.collect) keep(*engine, files, *store, key, found, trace);
  };
  if (settings.trace || settings.mode == cache_mode::refresh || ::getpid() == 1) {
    write();
  } else if (options.collect && (engine->learned() || (found.usable && !found.new_times.empty()))) {
    std::fflush(nullptr);
    // Encoding and writing would keep whoever waits for the program waiting: a copy of the process does it.
    const int child = engine->fork();
    if (child == 0) leave_the_foreground();
    if (child <= 0) write();
    if (child == 0) ::_exit(0);
  }
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
