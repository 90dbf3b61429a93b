#include "crash_breaker.hpp"

#include "folder_store.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace bmes::filesystem {
namespace {

constexpr std::array faults{SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT};

// What the handler needs, ready for it: there it can allocate nothing.
struct plan {
  std::array<char, 4096> from{}, to{};
  bool is_own = false;
  std::array<struct sigaction, faults.size()> before{};
};
plan prepared;
std::atomic<bool> is_armed = false;

bool copy(std::array<char, 4096>& to, const std::string& from) {
  if (from.size() >= to.size()) return false;
  std::ranges::copy(from, to.begin());
  to[from.size()] = '\0';
  return true;
}

void on_fault(int signal, siginfo_t* info, void*) {
  const bool was_sent = info->si_code <= 0;
  if ((!was_sent || info->si_pid == ::getpid()) && is_armed.exchange(false)) {
    // What came from another machine has no file yet.
    if (!prepared.is_own || ::rename(prepared.from.data(), prepared.to.data()) != 0)
      if (const int fd = ::open(prepared.to.data(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600); fd >= 0) ::close(fd);
  }
  for (std::size_t i = 0; i < faults.size(); ++i)
    if (faults[i] == signal) ::sigaction(signal, &prepared.before[i], nullptr);
  // A fault comes again when its instruction does; a trap and what was sent do not.
  if (was_sent || signal == SIGTRAP) ::raise(signal);
}

}  // namespace

crash_breaker::crash_breaker(const std::string& place, const std::string& folder) {
  const auto slash = place.rfind('/');
  if (folder.empty() || slash == std::string::npos || !place.ends_with(entry_suffix)) return;
  auto name = place.substr(slash, place.size() - slash - entry_suffix.size());
  name += crashed_suffix;
  if (!copy(prepared.from, place) || !copy(prepared.to, folder + name)) return;
  prepared.is_own = place.compare(0, slash, folder) == 0;
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO;
  for (std::size_t i = 0; i < faults.size(); ++i) ::sigaction(faults[i], &action, &prepared.before[i]);
  is_armed = true;
}

crash_breaker::~crash_breaker() {
  disarm();
  if (prepared.from[0] == '\0') return;
  for (std::size_t i = 0; i < faults.size(); ++i) {
    struct sigaction now {};
    if (::sigaction(faults[i], nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_fault)
      ::sigaction(faults[i], &prepared.before[i], nullptr);
  }
  prepared.from[0] = '\0';
}

void crash_breaker::disarm() noexcept { is_armed = false; }

}  // namespace bmes::filesystem
