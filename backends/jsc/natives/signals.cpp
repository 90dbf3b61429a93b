// Signals that a program listens to with process.on: the handler notes them, and the loop emits them.
#include "prelude.hpp"

#include "native.hpp"

#include <csignal>

namespace bmes::jsc {

using namespace JSC;

namespace {

struct known_signal {
  std::string_view name;
  int number;
};
// But for SIGKILL and SIGSTOP, which nobody can listen to, and for those of faults.
constexpr known_signal known_signals[] = {
    {"SIGHUP", SIGHUP},       {"SIGINT", SIGINT},   {"SIGQUIT", SIGQUIT}, {"SIGTRAP", SIGTRAP},     {"SIGABRT", SIGABRT}, {"SIGUSR1", SIGUSR1},
    {"SIGUSR2", SIGUSR2},     {"SIGPIPE", SIGPIPE}, {"SIGALRM", SIGALRM}, {"SIGTERM", SIGTERM},     {"SIGCHLD", SIGCHLD}, {"SIGCONT", SIGCONT},
    {"SIGTSTP", SIGTSTP},     {"SIGTTIN", SIGTTIN}, {"SIGTTOU", SIGTTOU}, {"SIGURG", SIGURG},       {"SIGXCPU", SIGXCPU}, {"SIGXFSZ", SIGXFSZ},
    {"SIGVTALRM", SIGVTALRM}, {"SIGPROF", SIGPROF}, {"SIGIO", SIGIO},     {"SIGWINCH", SIGWINCH}, {"SIGPWR", SIGPWR},   {"SIGSYS", SIGSYS},
};

// A handler has no other way to know whom it is for; there is one engine a process.
std::atomic<wake_up*> woken = nullptr;
std::atomic<std::uint64_t> came = 0;

void note(int signal) {
  came.fetch_or(std::uint64_t(1) << signal);
  if (auto* loop = woken.load()) loop->notify();
}

}  // namespace

void watch_signals(host_state& state) {
  for (auto& [name, number] : known_signals) {
    const bool wanted = std::ranges::find(state.process.listeners, name, &listener::event) != state.process.listeners.end();
    auto& before = state.process.signals_before;
    const auto at = before.find(number);
    if (wanted == (at != before.end())) continue;
    if (wanted) {
      woken.store(&state.deferred.wake);
      struct sigaction now {};
      now.sa_handler = note;
      now.sa_flags = SA_RESTART;
      ::sigaction(number, &now, &before[number]);
    } else {
      ::sigaction(number, &at->second, nullptr);
      before.erase(at);
    }
  }
}

void run_signals(host_state& state) {
  if (came.load(std::memory_order_relaxed) == 0 || state.stopped()) return;
  const auto numbers = came.exchange(0);
  VM& vm = state.global->vm();
  for (auto& [name, number] : known_signals) {
    if (!(numbers >> number & 1) || state.stopped()) continue;
    auto scope = DECLARE_CATCH_SCOPE(vm);
    MarkedArgumentBuffer arguments;
    arguments.append(js_text(vm, name));
    arguments.append(jsNumber(number));
    emit(state, name, arguments);
    if (auto* exception = scope.exception()) {
      scope.clearException();
      if (!vm.isTerminationException(exception)) report_error(state, exception->value());
    }
    drain_jobs(state);
  }
}

}  // namespace bmes::jsc
