#include "background.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>

namespace bmes::tools {
namespace {

constexpr unsigned longest_write_seconds = 60;
constexpr suseconds_t patience_microseconds = 200'000;
constexpr std::array ending_signals{SIGINT, SIGTERM};
constexpr std::array signals_from_outside{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};

// What the handlers share.
std::atomic<engine*> running = nullptr;
std::atomic<int> received_signal = 0;

void set_patience(suseconds_t microseconds) {
  itimerval timer{};
  timer.it_value.tv_usec = microseconds;
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

bool handle_by(int signal, void (*handler)(int), struct sigaction* before = nullptr) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  return ::sigaction(signal, &action, before) == 0;
}

void give_up(int) {
  const int signal = received_signal.load();
  handle_by(signal, SIG_DFL);
  ::kill(::getpid(), signal);
}

void note(int signal) {
  int none = 0;
  engine* const e = running.load();
  if (!e || !received_signal.compare_exchange_strong(none, signal)) {
    handle_by(signal, SIG_DFL);
    ::kill(::getpid(), signal);
    return;
  }
  handle_by(SIGALRM, give_up);
  set_patience(patience_microseconds);
  e->interrupt();
}

void close_descriptors(unsigned first, unsigned last) {
  if (first > last || ::close_range(first, last, 0) == 0) return;
  const long most = std::clamp(::sysconf(_SC_OPEN_MAX), 0L, 65536L);
  for (unsigned fd = first; fd <= last && fd < static_cast<unsigned long>(most); ++fd) ::close(static_cast<int>(fd));
}

void let_go_of_descriptors(int kept) {
  for (const int fd : {0, 1, 2}) ::close(fd);
  for (int fd = ::open("/dev/null", O_RDWR); fd >= 0 && fd < 2;) fd = ::dup(fd);
  const unsigned last = ~0U;
  if (kept >= 3) close_descriptors(3, static_cast<unsigned>(kept) - 1);
  close_descriptors(kept >= 3 ? static_cast<unsigned>(kept) + 1 : 3, last);
}

}  // namespace

end_signals::end_signals(engine& e) {
  running = &e;
  received_signal = 0;
  for (const int signal : ending_signals) {
    struct sigaction before {};
    if (handle_by(signal, note, &before) && before.sa_handler != SIG_DFL) ::sigaction(signal, &before, nullptr);
  }
}

end_signals::~end_signals() {
  // The handlers stay, and end the process as it would have ended without them.
  running = nullptr;
  if (received() == 0) return;
  set_patience(0);
  handle_by(SIGALRM, SIG_DFL);
}

int end_signals::received() const noexcept { return received_signal; }

void end_by(int signal) {
  handle_by(signal, SIG_DFL);
  ::kill(::getpid(), signal);
}

int fork_to_background(engine& e, int kept) {
  // The end of this process may be that of its terminal's session, which is told by a signal to all that are in it. Only what may come from
  // there waits: a collection under way stops this thread by a signal of the engine's, and the fork waits for its end.
  sigset_t from_outside, before;
  ::sigemptyset(&from_outside);
  for (const int signal : signals_from_outside) ::sigaddset(&from_outside, signal);
  ::pthread_sigmask(SIG_BLOCK, &from_outside, &before);
  // Before the fork, since this process may end, and its caller look, before the child has run at all.
  let_go_of_descriptors(kept);
  const int child = e.fork();
  if (child == 0) {
    ::setsid();
    for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTSTP}) handle_by(signal, SIG_IGN);
    handle_by(SIGALRM, SIG_DFL);
    ::alarm(longest_write_seconds);
    ::setpriority(PRIO_PROCESS, 0, 10);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return child;
}

void report_large_files() { handle_by(SIGXFSZ, SIG_IGN); }

}  // namespace bmes::tools
