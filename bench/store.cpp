// What the cache itself costs a warm start: the store, the proof, the look at sources, the handler for crashes, the count. Each pass is a
// process of its own; medians in microseconds.
//
// usage: bench-store FOLDER ENTRY [PASSES]
#include "cache_settings.hpp"
#include "compression.hpp"
#include "crash_breaker.hpp"
#include "files.hpp"
#include "folder_store.hpp"
#include "module_files.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <bmes/cache.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

using namespace bmes;
constexpr std::array names{"find", "breaker", "prove", "look", "count"};
using pass = std::array<double, names.size()>;

pass measure(const std::string& folder, const std::string& entry) {
  pass out{};
  std::size_t phase = 0;
  auto last = std::chrono::steady_clock::now();
  const auto done = [&] {
    const auto now = std::chrono::steady_clock::now();
    out[phase++] = std::chrono::duration<double, std::micro>(now - last).count();
    last = now;
  };
  const auto store = filesystem::make_folder_store(filesystem::places_for(folder), filesystem::limits_asked_for());
  const auto packing = packing::make_compression();
  cached_program program(*store, *packing, key_of({entry}), {});
  if (program.find() == 0) std::_Exit(1);
  done();
  filesystem::crash_breaker breaker(program.place(), folder);
  breaker.disarm();
  done();
  program.prove();
  done();
  program.look_for_changes(filesystem::look, filesystem::check_asked_for());
  if (!program.is_usable() || program.changes().first()) std::_Exit(1);
  done();
  run_counts counts;
  counts.modules = counts.hits = program.file().module_count();
  counts.complete = true;
  program.conclude(counts);
  program.count_start();
  done();
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fputs("usage: bench-store FOLDER ENTRY [PASSES]\n", stderr), 2;
  const auto folder = filesystem::absolute_path(argv[1]);
  const auto entry = filesystem::module_files().entry_key(argv[2]);
  std::vector<pass> all(argc > 3 ? static_cast<std::size_t>(std::atoi(argv[3])) : 200U);
  for (pass& p : all) {
    int ends[2];
    if (::pipe(ends) != 0) return 1;
    const pid_t child = ::fork();
    if (child == 0) {
      p = measure(folder, entry);
      std::_Exit(::write(ends[1], p.data(), sizeof p) == sizeof p ? 0 : 1);
    }
    ::close(ends[1]);
    const bool is_whole = child > 0 && ::read(ends[0], p.data(), sizeof p) == sizeof p;
    ::close(ends[0]);
    int status = 0;
    if (child > 0) ::waitpid(child, &status, 0);
    if (!is_whole || status != 0) return std::fputs("bench-store: no hit: run the program twice, with that folder\n", stderr), 1;
  }
  std::vector<double> sums;
  for (const pass& p : all) {
    sums.push_back(0);
    for (const double us : p) sums.back() += us;
  }
  const auto median = [](std::vector<double> of) {
    std::ranges::sort(of);
    return of[of.size() / 2];
  };
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::vector<double> of;
    for (const pass& p : all) of.push_back(p[i]);
    std::printf("%-8s %8.1f\n", names[i], median(of));
  }
  std::printf("%-8s %8.1f\n", "all", median(sums));
}
