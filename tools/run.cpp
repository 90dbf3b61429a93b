#include "run.hpp"

#include "background.hpp"
#include "beside.hpp"
#include "cache_settings.hpp"
#include "compression.hpp"
#include "crash_breaker.hpp"
#include "engines.hpp"
#include "files.hpp"
#include "folder_store.hpp"
#include "host_memory.hpp"
#include "huge_page.hpp"
#include "module_files.hpp"
#include "session.hpp"
#include "trace.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bmes/cache.hpp>
#include <bmes/checksum.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>

namespace bmes::tools {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t worth_a_thread = 64 * 1024;
constexpr std::size_t large_entry = 256 * 1024;
constexpr auto longest_wait_for_others = std::chrono::seconds(2);

/// Files, and an entry whose text was given.
class given_entry final : public module_host {
 public:
  given_entry(module_host& files, const std::string& key, const std::string& text) : files_(files), key_(key), text_(text) {}
  resolution resolve(const resolution_request& request) override { return files_.resolve(request); }
  format_answer format_of(std::string_view url, bool by_require) override { return url == key_ ? format_answer{} : files_.format_of(url, by_require); }
  fetched_module fetch(std::string_view url) override {
    return url == key_ ? fetched_module{text_, {text_.size(), checksum128(as_bytes(text_))}, {}} : files_.fetch(url);
  }
  std::optional<std::string> text_of(std::uint32_t index) override { return files_.text_of(index); }
  bool is_fresh(std::uint32_t index) override { return files_.is_fresh(index); }
  void new_turn() override { files_.new_turn(); }

 private:
  module_host& files_;
  const std::string& key_;
  const std::string text_;
};

/// Whether the last start of the program whose starts are counted in `counts` is not long over: some of what it used is free, and not given back to a host
/// yet. With `has_next` the next one will be told of this one: hits are counted in samples, but the time of the file is that of the last start.
bool started_lately(const std::string& counts, bool has_next) {
  constexpr std::chrono::milliseconds lately(2500);
  struct stat s {};
  if (counts.empty() || ::lstat(counts.c_str(), &s) != 0) return false;
  if (has_next) ::utimensat(AT_FDCWD, counts.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
  const auto then = std::chrono::seconds(s.st_mtim.tv_sec) + std::chrono::nanoseconds(s.st_mtim.tv_nsec);
  return std::chrono::system_clock::now().time_since_epoch() - then < lately;
}

/// Finds the program's entry and starts the engine, each beside the other if the entry is large, or others are asked for it.
void prepare(engine& e, program_options& options, cached_program* program, fleet::session* remotes, filesystem::module_files& files, std::string_view entry,
             check_mode check, const std::string& counts, awaited_work& proof, const std::function<void()>& found) {
  const std::size_t size = program ? program->find() : 0;
  if (size != 0) found();
  options.is_large = size >= large_entry;
  if (options.is_large && host_takes_memory_back() && !started_lately(counts, options.collect)) expect_slow_huge_pages();
  awaited_work looks;
  const auto look = [&] {
    program->look_for_changes(filesystem::look, check, [&](std::size_t count, const auto& work) { looks.for_each_part(count, work); });
    looks.end();
  };
  if (size < worth_a_thread && !remotes) {
    e.prepare(options);
    if (size == 0) return;
    program->prove();
    if (program->is_usable()) files.set_graph(program->file());
    return look();
  }
  // Where others can be asked, whether that is worth it is known only after the look.
  const bool is_small = size < worth_a_thread;
  if (is_small) {
    program->prove();
    look();
    if (program->is_complete()) {
      e.prepare(options);
      return files.set_graph(program->file());
    }
  }
  // Proving the entry needs nothing of the engine; making records of it, nothing of the sources.
  const auto work = [&] {
    if (!is_small) program->prove();
    if (!remotes) proof.end();
    if (!is_small) look();
    if (!remotes) return;
    if (remotes->ask(*program)) program->prove();
    proof.end();
  };
  beside other(work);
  if (!other.has_thread()) other.join();
  e.prepare(options);
  proof.wait();
  if (remotes && remotes->has_answer()) found();
  if (program->is_usable() && program->has_engine()) {
    files.set_graph(program->file());
    e.read(entry, program->file());
  }
  if (!is_small) looks.wait();
  other.join();
}

}  // namespace

hash128 program_key(const std::string& entry, const resolution_rules& rules, bool is_for_node) {
  const std::vector<std::string_view> conditions(rules.conditions.begin(), rules.conditions.end());
  std::vector<std::string_view> flags;
  if (rules.preserve_symlinks) flags.emplace_back("preserve-symlinks");
  if (is_for_node) flags.emplace_back("node");
  return key_of({entry, conditions, flags});
}

fleet::program_rules fleet_rules(const resolution_rules& rules) {
  fleet::program_rules out{rules.conditions, {}};
  if (rules.preserve_symlinks) out.flags.emplace_back("preserve-symlinks");
  return out;
}

std::string cache_folder(const std::string& asked) {
  std::string folder = asked;
  if (folder.empty()) folder = filesystem::environment("BMES_CACHE_DIR");
  if (folder.empty())
    if (const auto base = filesystem::environment("XDG_CACHE_HOME"); base.starts_with('/')) folder = base + "/bmes/esm";
  if (folder.empty()) {
    auto home = filesystem::environment("HOME");
    if (home.empty())
      if (const passwd* user = ::getpwuid(::geteuid())) home = user->pw_dir;
    if (!home.empty()) folder = home + "/.bun-cache/esm";
  }
  return folder.empty() ? folder : filesystem::absolute_path(folder);
}

int run(const run_settings& settings) {
  const auto begun = clock::now();
  filesystem::module_files files({{}, settings.conditions, settings.preserve_symlinks});
  const auto path = filesystem::absolute_path(settings.entry);
  given_entry with_text(files, path, settings.text.value_or(""));
  const auto engine = make_engine(settings.text ? static_cast<module_host&>(with_text) : files);
  if (!engine) return 1;
  files.set_builtins([&](std::string_view name) { return engine->has_module(name); });
  const auto entry = settings.text ? path : files.entry_key(settings.entry);
  // The program is to see the disk as it is when its entry has been found.
  files.new_turn();
  const auto folder = settings.mode == cache_mode::off ? std::string() : cache_folder(settings.folder);
  const auto places = settings.mode == cache_mode::off ? filesystem::folder_places{} : filesystem::places_for(folder);
  const bool has_place = !places.own.empty() || !places.readonly.empty();
  const auto store = has_place ? filesystem::make_folder_store(places, filesystem::limits_asked_for()) : nullptr;
  files.set_check(settings.check);
  // That the entry is proven.
  awaited_work proof;
  const auto packing = packing::make_compression(&proof);
  const hash128 key = program_key(entry, settings);
  std::optional<cached_program> program;
  std::optional<fleet::session> remotes;
  if (store && fleet::is_configured()) remotes.emplace(entry, fleet_rules(settings), engine->identity().fingerprint, folder);
  if (store) program.emplace(*store, *packing, key, engine->identity().fingerprint);
  program_options options;
  options.argv = {settings.executable};
  // As Node has it: what was given as text has no name among the arguments.
  if (!settings.text || settings.entry == "-") options.argv.push_back(settings.text ? settings.entry : path);
  options.argv.insert(options.argv.end(), settings.arguments.begin(), settings.arguments.end());
  options.collect = store && settings.mode != cache_mode::readonly;
  options.measure = settings.report != nullptr;

  const auto counts_file = places.own.empty() ? std::string() : places.own + "/" + filesystem::to_hex(key) + std::string(filesystem::counts_suffix);

  const bool is_refresh = store && settings.mode == cache_mode::refresh;
  if (is_refresh) program->ignore_entry();
  std::optional<filesystem::crash_breaker> breaker;
  prepare(*engine, options, store && !is_refresh ? &*program : nullptr, remotes && !is_refresh ? &*remotes : nullptr, files, entry, settings.check,
          counts_file, proof, [&] { breaker.emplace(program->place(), folder); });
  std::optional<program_graph> graph;
  if (program && program->is_usable()) graph = program->graph();

  // As process 1, signals without a handler end nothing.
  const bool is_init = ::getpid() == 1;
  std::optional<end_signals> signals;
  if ((options.collect || options.measure) && !is_init) signals.emplace(*engine);
  const int code = engine->run(entry, graph ? &*graph : nullptr);
  const int ended_by = signals ? signals->received() : 0;
  signals.reset();

  if (breaker) breaker->disarm();
  const run_counts counts = engine->counts();
  if (program) program->conclude(counts);
  if (settings.report) {
    const std::chrono::duration<double, std::milli> taken = clock::now() - begun;
    settings.report({std::string(name_of(program ? program->outcome() : cache_result::off)), counts.load_ms, taken.count(), code, engine->spans()});
  }
  const bool worth_it = options.collect && (engine->learned() || program->is_out_of_date());
  const auto write = [&](std::unique_ptr<write_turn> turn) {
    report_large_files();
    if (!turn && worth_it) turn = store->take_turn(key, longest_wait_for_others);
    program->count_start();
    program->keep(engine->collect());
    if (program->written_bytes() != 0) filesystem::note_engine(folder, engine->identity().fingerprint);
    if (!remotes) return;
    // What came from others as it is they have.
    if (program->written_bytes() != 0 && (!remotes->has_answer() || counts.from_source != 0))
      remotes->send(*store, *packing, key, counts.from_source == counts.modules ? counts.load_ms : 0);
    remotes->count();
  };
  if (options.collect &&
      (settings.trace != trace_form::none || options.measure || is_refresh || is_init || filesystem::environment("BMES_CACHE_WAIT") == "1")) {
    write(nullptr);
  } else if (worth_it) {
    std::fflush(nullptr);
    // Encoding and writing would keep whoever waits for the program waiting: a copy of the process does it.
    auto turn = store->take_turn(key, {});
    const int child = fork_to_background(*engine, turn ? turn->descriptor() : -1);
    if (child <= 0) write(std::move(turn));
    if (child == 0) ::_exit(0);
    // It's the child's now.
    if (child > 0) turn.release();
  } else if (options.collect) {
    program->count_start();
  }
  if (settings.trace != trace_form::none) {
    run_trace trace;
    if (program)
      trace = {name_of(program->outcome()), std::string(program->why()), program->detail(), program->place(), {}, program->written_bytes(), 0, {}};
    if (!program && settings.mode != cache_mode::off) trace.result = name_of(cache_result::miss), trace.reason = reason::no_folder;
    trace.counts = counts;
    if (remotes) trace.remote = remotes->trace();
    trace.total_ms = std::chrono::duration<double, std::milli>(clock::now() - begun).count();
    const auto line = settings.trace == trace_form::json ? to_json(trace) + "\n" : to_text(trace);
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
  std::fflush(nullptr);
  if (ended_by != 0) end_by(ended_by);
  // The engine's threads and heap end with the process; taking them apart would only cost time.
  ::_exit(code);
}

}  // namespace bmes::tools
