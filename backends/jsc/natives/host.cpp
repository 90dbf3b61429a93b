#include "prelude.hpp"

#include "inspect.hpp"
#include "output.hpp"
#include "system.hpp"

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
  install_language(*state_);
  install_stack_traces(global->vm());
  install_deferred_work(*state_);
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

struct source_place {
  std::string path;
  unsigned line = 0;
  unsigned column = 0;
};

// Where the engine found a syntax error: such an error has no frames that would say so.
std::optional<source_place> place_of_syntax_error(VM& vm, JSGlobalObject* global, JSObject* error) {
  JSValue column = private_value(global, error);
  JSValue file = error->getDirect(vm, vm.propertyNames->sourceURL), line = error->getDirect(vm, vm.propertyNames->line);
  if (!column.isInt32() || !file || !file.isString() || !line || !line.isInt32()) return std::nullopt;
  source_place out{{}, static_cast<unsigned>(line.asInt32()), static_cast<unsigned>(column.asInt32())};
  append_utf8(out.path, asString(file)->tryGetValue());
  return out;
}

// Of the first frame of a stack: "    at name (/path:1:2)" or "    at /path:1:2".
std::optional<source_place> place_of_first_frame(const std::string& stack) {
  const auto at = stack.find("\n    at ");
  if (at == std::string::npos) return std::nullopt;
  std::string_view frame = std::string_view(stack).substr(at + 8);
  frame = frame.substr(0, frame.find('\n'));
  if (frame.ends_with(')')) {
    const auto open = frame.rfind('(');
    if (open == frame.npos) return std::nullopt;
    frame = frame.substr(open + 1, frame.size() - open - 2);
  }
  unsigned numbers[2] = {};
  for (unsigned& number : numbers) {
    const auto colon = frame.rfind(':');
    if (colon == frame.npos) return std::nullopt;
    for (const char c : frame.substr(colon + 1)) number = number * 10 + static_cast<unsigned>(c - '0');
    frame = frame.substr(0, colon);
  }
  if (!frame.starts_with('/')) return std::nullopt;
  return source_place{std::string(frame), numbers[1], numbers[0]};
}

// The line of the source with a caret below the column; nothing where that would show little.
std::string source_line(const source_place& place) {
  constexpr std::size_t longest = 400;
  std::vector<std::uint8_t> content;
  if (read_file(place.path, content)) return {};
  std::string_view text(reinterpret_cast<const char*>(content.data()), content.size());
  for (unsigned line = 1; line < place.line; line++) {
    const auto end = text.find('\n');
    if (end == text.npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find_first_of("\r\n"));
  if (text.size() > longest || place.column == 0) return {};
  std::string out(text);
  out.push_back('\n');
  // Tabs stay tabs, so that the caret is below the character on any terminal.
  for (unsigned i = 0; i + 1 < place.column && i < text.size(); i++) out.push_back(text[i] == '\t' ? '\t' : ' ');
  return out + "^\n";
}

}  // namespace

void mark_syntax_error(JSGlobalObject* global, JSObject* error, unsigned line, unsigned column) {
  VM& vm = global->vm();
  set_private_value(global, error, jsNumber(column));
  error->putDirect(vm, vm.propertyNames->line, jsNumber(line), hidden);
  if (JSValue file = error->getDirect(vm, vm.propertyNames->sourceURL)) error->putDirect(vm, vm.propertyNames->sourceURL, file, hidden);
}

std::string describe_error(JSGlobalObject* global, JSValue error) {
  VM& vm = global->vm();
  inspect_options options;
  options.colors = has_colors(STDERR_FILENO);
  options.depth = 5;
  // What a program makes of its errors may fail.
  options.custom_inspect = false;
  std::string text;
  append_utf8(text, inspect(global, error, options));
  std::string out;
  if (!error.inherits<ErrorInstance>()) {
    out = "Uncaught ";
  } else if (const auto wrong = place_of_syntax_error(vm, global, asObject(error))) {
    out = wrong->path + ":" + std::to_string(wrong->line) + ":" + std::to_string(wrong->column) + "\n" + source_line(*wrong) + "\n";
    // Its stack is the place again, if anything.
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  } else if (::isatty(STDERR_FILENO)) {
    if (const auto place = place_of_first_frame(text))
      if (const auto line = source_line(*place); !line.empty()) out = place->path + ":" + std::to_string(place->line) + "\n" + line + "\n";
  }
  return out + text + "\n";
}

}  // namespace bmes::jsc
