#include "prelude.hpp"

#include "inspect.hpp"
#include "output.hpp"

#include <unistd.h>
#include <csignal>

namespace bmes::jsc {

using namespace JSC;

host::host(JSGlobalObject* global, host_options options, bytecode_functions functions)
    : state_(std::make_unique<host_state>(global, this, std::move(options), std::move(functions))) {
  runtime_of(global->vm()).natives = state_.get();
  // A reader that goes away must not take the program with it: write(2) says so too.
  std::signal(SIGPIPE, SIG_IGN);
  install_globals(*state_);
  install_stack_traces(global->vm());
  install_deferred_work(*state_);
  // As Node: programs print stacks, and libraries look at this.
  global->setStackTraceLimit(10);
}

host::~host() {
  auto& vm = state_->global->vm();
  vm.deferredWorkTimer->onAddPendingWork = nullptr;
  vm.deferredWorkTimer->onScheduleWorkSoon = nullptr;
  vm.deferredWorkTimer->onCancelPendingWork = nullptr;
  runtime_of(vm).natives = nullptr;
}

int host::run(JSPromise* program) {
  auto& state = *state_;
  VM& vm = state.global->vm();
  Strong<JSPromise> held(vm, program);
  state.program = program;
  for (;;) {
    while (run_pending()) wait_for_work(state);
    // A listener may have given the program something to do again.
    if (state.stopped() || !emit_before_exit(state) || !run_pending()) break;
  }
  if (!state.stopped()) {
    // Everything is done, but the entry module still awaits something that can't happen any more.
    constexpr int unsettled = 13;
    bool pending = program && program->status(vm) == JSPromise::Status::Pending;
    if (pending) write_all(STDERR_FILENO, "Warning: Detected unsettled top-level await\n");
    emit_exit(state, wished_exit_code(state, pending ? unsettled : 0));
  }
  state.program = nullptr;
  return state.process.exit_code ? *state.process.exit_code : wished_exit_code(state, 0);
}

void host::interrupt() noexcept {
  state_->interrupted.store(true);
  state_->deferred.wake.notify();
}

void host::report_program_error(JSValue error) {
  if (std::exchange(state_->program_reported, true)) return;
  report_error(*state_, error);
}

bool host::run_pending() {
  auto& state = *state_;
  drain_jobs(state);
  run_signals(state);
  run_timers(state);
  run_deferred(state);
  return !state.stopped() && has_work(state);
}

std::optional<int> host::exit_code() const { return state_->process.exit_code; }

void host::report_uncaught(JSGlobalObject* global, Exception* exception) {
  if (global->vm().isTerminationException(exception)) return;
  report_error(state_of(global), exception->value());
}

namespace {

// Where the engine found a syntax error. Such an error has no frames that would say so, but properties.
std::string place_of_syntax_error(VM& vm, JSObject* error) {
  unsigned attributes = 0;
  JSValue file = error->getDirect(vm, vm.propertyNames->sourceURL, attributes);
  JSValue line = error->getDirect(vm, vm.propertyNames->line);
  if (!file || !file.isString() || !line || !line.isInt32() || (attributes & static_cast<unsigned>(PropertyAttribute::DontEnum))) return {};
  std::string out;
  append_utf8(out, asString(file)->tryGetValue());
  return out + ":" + std::to_string(line.asInt32()) + "\n";
}

}  // namespace

std::string describe_error(JSGlobalObject* global, JSValue error) {
  String text = inspect(global, error);
  std::string out = error.inherits<ErrorInstance>() ? place_of_syntax_error(global->vm(), asObject(error)) : "Uncaught ";
  append_utf8(out, text);
  out.push_back('\n');
  return out;
}

}  // namespace bmes::jsc
