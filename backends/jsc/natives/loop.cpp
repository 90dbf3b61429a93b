// The event loop: jobs, timers, work of other threads, and waiting for the next of them.
#include "prelude.hpp"

#include "inspect.hpp"
#include "output.hpp"
#include "scavenger.hpp"

#include <cerrno>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace bmes::jsc {

using namespace JSC;

void call_from_loop(host_state& state, JSValue function, const ArgList& arguments) {
  VM& vm = state.global->vm();
  auto scope = DECLARE_CATCH_SCOPE(vm);
  if (state.stopped()) return;
  call(state.global, function, getCallData(function), jsUndefined(), arguments);
  auto* exception = scope.exception();
  if (!exception) return;
  scope.clearException();
  if (!vm.isTerminationException(exception)) report_error(state, exception->value());
}

void call_from_loop(host_state& state, JSValue function, const ArgList& arguments, JSValue context) {
  const bool has_context = context && !context.isUndefined();
  if (has_context) set_async_context(state.global, context);
  call_from_loop(state, function, arguments);
  if (has_context) set_async_context(state.global, jsUndefined());
}

// What a promise that nobody handles is reported with: its reason, or an error that names it. As in Node.
static JSValue error_of_rejection(JSGlobalObject* global, JSValue reason) {
  VM& vm = global->vm();
  auto scope = DECLARE_CATCH_SCOPE(vm);
  if (reason.inherits<ErrorInstance>() || (reason.isObject() && asObject(reason)->hasOwnProperty(global, vm.propertyNames->stack))) return reason;
  String text;
  if (!reason.isObject()) {
    text = reason.isSymbol() ? asSymbol(reason)->descriptiveString() : reason.toWTFString(global);
  } else if (isJSArray(reason.asCell())) {
    text = "[object Array]"_s;
  } else {
    text = makeString("#<"_s, JSObject::calculatedClassName(asObject(reason)), '>');
  }
  if (scope.exception()) scope.clearException();
  JSObject* const error = createError(global, makeString("This error originated either by throwing inside of an async function without a catch block, or by rejecting "
                                                         "a promise which was not handled with .catch(). The promise rejected with the reason \""_s, text, "\"."_s));
  error->putDirect(vm, vm.propertyNames->name, jsNontrivialString(vm, "UnhandledPromiseRejection"_s), hidden);
  error->putDirect(vm, Identifier::fromString(vm, "code"_s), jsNontrivialString(vm, "ERR_UNHANDLED_REJECTION"_s));
  return error;
}

static void report_rejections(host_state& state) {
  VM& vm = state.global->vm();
  if (state.program && !state.program_reported && state.program->status(vm) == JSPromise::Status::Rejected) {
    state.program_reported = true;
    report_error(state, state.program->result(vm));
  }
  while (!state.rejected.empty() && !state.stopped()) {
    auto promises = std::exchange(state.rejected, {});
    for (auto& promise : promises) {
      if (state.stopped()) return;
      if (promise->isHandled(vm) || promise.get() == state.program) continue;
      auto scope = DECLARE_CATCH_SCOPE(vm);
      MarkedArgumentBuffer arguments;
      arguments.append(promise->result(vm));
      arguments.append(promise.get());
      bool heard = emit(state, "unhandledRejection", arguments);
      if (auto* exception = scope.exception()) {
        scope.clearException();
        if (!vm.isTerminationException(exception)) report_error(state, exception->value());
      } else if (!heard) {
        report_error(state, error_of_rejection(state.global, promise->result(vm)), "unhandledRejection"_s);
      }
    }
  }
}

void drain_jobs(host_state& state) {
  VM& vm = state.global->vm();
  auto scope = DECLARE_CATCH_SCOPE(vm);
  do {
    do {
      // Whoever called into JavaScript before the loop may have left the exception that stops the program.
      if (scope.exception()) scope.clearException();
      if (state.stopped()) return;
      run_ticks(state);
      if (state.stopped()) return;
      vm.drainMicrotasks();
      if (scope.exception()) scope.clearException();
      if (state.stopped()) return;
    } while (!state.process.ticks.empty());
    report_rejections(state);
  } while (!state.process.ticks.empty() || (!state.rejected.empty() && !state.stopped()));
}

void host::track_rejection(JSGlobalObject* global, JSPromise* promise, JSPromiseRejectionOperation operation) {
  auto& state = state_of(global);
  if (operation == JSPromiseRejectionOperation::Reject) {
    state.rejected.emplace_back(global->vm(), promise);
    return;
  }
  std::erase_if(state.rejected, [&](auto& held) { return held.get() == promise; });
}

void report_error(host_state& state, JSValue error, ASCIILiteral origin) {
  VM& vm = state.global->vm();
  if (state.stopped()) return;
  auto scope = DECLARE_CATCH_SCOPE(vm);
  MarkedArgumentBuffer arguments;
  arguments.append(error);
  arguments.append(jsNontrivialString(vm, origin));
  bool heard = emit(state, "uncaughtException", arguments);
  auto* exception = scope.exception();
  if (exception) scope.clearException();
  if (state.stopped() || (heard && !exception)) return;
  write_all(STDERR_FILENO, describe_error(state.global, exception ? exception->value() : error));
  constexpr int uncaught = 1;
  define(state.global, module_object(state, module_name::process), "exitCode"_s, jsNumber(uncaught));
  emit_exit(state, uncaught);
  forbid_jobs(vm);
}

void forbid_jobs(VM& vm) {
  vm.setExecutionForbidden();
  // With execution forbidden, draining means dropping. A drain under way only asks between jobs.
  vm.setOnEachMicrotaskTick([](VM& same) { same.drainMicrotasks(); });
}

void install_deferred_work(host_state& state) {
  auto& timer = state.global->vm().deferredWorkTimer.get();
  timer.onAddPendingWork = [&state](std::unique_ptr<DeferredWorkTimer::TicketData> data, DeferredWorkTimer::WorkKind kind) {
    auto* ticket = data.get();
    // Finalizers are the other kind. A program doesn't wait for them.
    state.deferred.tickets.emplace(ticket, deferred_state::pending{std::move(data), kind != DeferredWorkTimer::WorkKind::Other});
  };
  timer.onScheduleWorkSoon = [&state](DeferredWorkTimer::Ticket ticket, DeferredWorkTimer::Task&& task) {
    std::lock_guard guard(state.deferred.lock);
    state.deferred.finished.emplace_back(ticket, WTFMove(task));
    state.deferred.wake.notify();
  };
  timer.onCancelPendingWork = [](DeferredWorkTimer::Ticket ticket) { ticket->scriptExecutionOwner.clear(); };
}

void run_deferred(host_state& state) {
  std::deque<std::pair<deferred_state::ticket, DeferredWorkTimer::Task>> finished;
  {
    std::lock_guard guard(state.deferred.lock);
    finished.swap(state.deferred.finished);
  }
  VM& vm = state.global->vm();
  for (auto& [ticket, task] : finished) {
    if (state.stopped()) return;
    auto scope = DECLARE_CATCH_SCOPE(vm);
    auto held = state.deferred.tickets.extract(ticket);
    if (held.empty() || ticket->isCancelled()) continue;
    task(ticket);
    if (auto* exception = scope.exception()) {
      scope.clearException();
      if (!vm.isTerminationException(exception)) report_error(state, exception->value());
    }
    drain_jobs(state);
  }
}

static bool awaits_threads(host_state& state) {
  for (auto& [ticket, pending] : state.deferred.tickets)
    if (pending.keeps_alive && !ticket->isCancelled()) return true;
  return false;
}

bool has_work(host_state& state) {
  for (auto& [descriptor, watched] : state.watched)
    if (watched.keeps_alive) return true;
  if (state.timers.keeping_alive || !state.timers.immediates.empty() || !state.process.ticks.empty() || awaits_threads(state)) return true;
  std::lock_guard guard(state.deferred.lock);
  return !state.deferred.finished.empty();
}

wake_up::wake_up() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
wake_up::~wake_up() { ::close(descriptor_); }

void wake_up::notify() const noexcept {
  const int before = errno;
  const std::uint64_t one = 1;
  // It fails only where it would wake nobody who is not woken already.
  [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
  errno = before;
}

// Who waits that long has time for the pages that it has no use for.
constexpr auto long_wait = std::chrono::milliseconds(10);

std::vector<int> wake_up::wait(std::optional<steady_time> end, const std::map<int, watched_descriptor>& watched) const {
  timespec left{};
  std::chrono::nanoseconds wait = long_wait;
  if (end) {
    wait = std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(*end - std::chrono::steady_clock::now()));
    const auto nanoseconds = wait.count();
    left = {static_cast<time_t>(nanoseconds / 1'000'000'000), static_cast<long>(nanoseconds % 1'000'000'000)};
  }
  std::vector<pollfd> all{{descriptor_, POLLIN, 0}};
  for (auto& [descriptor, how] : watched) all.push_back({descriptor, static_cast<short>(how.wants_to_write ? POLLOUT : POLLIN), 0});
  if (wait >= long_wait) release_scavenger();
  std::vector<int> ready;
  if (::ppoll(all.data(), all.size(), end ? &left : nullptr, nullptr) <= 0) return ready;
  std::uint64_t count = 0;
  if (all[0].revents) [[maybe_unused]] const auto size = ::read(descriptor_, &count, sizeof count);
  for (std::size_t i = 1; i < all.size(); i++)
    if (all[i].revents) ready.push_back(all[i].fd);
  return ready;
}

void wait_for_work(host_state& state) {
  bool is_busy = !state.timers.immediates.empty() || !state.process.ticks.empty();
  {
    const std::lock_guard guard(state.deferred.lock);
    is_busy |= !state.deferred.finished.empty();
  }
  if (is_busy && state.watched.empty()) return;
  std::optional<steady_time> due;
  if (!state.timers.due.empty()) due = state.timers.due.begin()->first.first;
  if (is_busy) due = steady_time();
  for (const int descriptor : state.deferred.wake.wait(due, state.watched)) {
    const auto at = state.watched.find(descriptor);
    if (at == state.watched.end() || state.stopped()) continue;
    const Strong<JSObject> callback = at->second.callback;
    call_from_loop(state, callback.get(), ArgList());
    drain_jobs(state);
  }
}

}  // namespace bmes::jsc
