#include "prelude.hpp"

#include "modules/loader.hpp"

#include <JavaScriptCore/JSNativeStdFunction.h>
#include <algorithm>

// Evaluate of ECMA-262 (16.2.1.6.1.3) and what it needs, with stacks of their own: chains of imports may be long. An exception that ends the
// program stays pending, and leaves all as it is.

namespace bmes::jsc {

using status = module::status_type;

namespace {

// A promise that nothing waits for yet. The engine's own way is JavaScript, which would first have to be compiled.
void fulfil(JSC::VM& vm, JSC::JSPromise& promise) {
  using field = JSC::JSPromise::Field;
  const auto flags = static_cast<unsigned>(JSC::JSPromise::Status::Fulfilled) | JSC::JSPromise::isFirstResolvingFunctionCalledFlag;
  promise.internalField(field::Flags).set(vm, &promise, JSC::jsNumber(flags));
  promise.internalField(field::ReactionsOrResult).set(vm, &promise, JSC::jsUndefined());
}

}  // namespace

void loader::evaluate(module& m, waiting_promise waiting) {
  module& root = m.is_linked() && m.status >= status::evaluating_async && m.cycle_root ? *m.cycle_root : m;
  if (root.status == status::evaluated) return settle(waiting, root.evaluation_error.get());
  root.top_level_capability.push_back(std::move(waiting));
  if (root.status != status::linked) return;
  std::vector<module*> stack;
  if (evaluate_graph(root, stack)) {
    if (!root.is_async()) settle(root);
    return;
  }
  const JSC::JSValue error = take_exception();
  if (!error) return;
  for (module* left : stack) {
    left->status = status::evaluated;
    left->evaluation_error.set(vm_, error);
  }
  settle(root);
}

// InnerModuleEvaluation. False with an exception pending; then `stack` has what could not be evaluated.
bool loader::evaluate_graph(module& root, std::vector<module*>& stack) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  struct frame {
    module* at;
    std::size_t next = 0;
    std::size_t open_spans = 0;
  };
  std::vector<frame> frames;
  std::uint32_t index = 0;
  const time_scope time(times_.get());
  const auto enter = [&](module& m) {
    m.status = status::evaluating;
    m.dfs_index = m.dfs_ancestor_index = index++;
    m.pending_async_dependencies = 0;
    stack.push_back(&m);
    frames.push_back({&m, 0, times_ ? times_->depth() : 0});
    if (times_) times_->open(work::evaluation, m);
  };
  enter(root);
  while (!frames.empty()) {
    frame& top = frames.back();
    module& m = *top.at;
    if (top.next < m.requested_modules.size()) {
      module* to = m.requested_modules[top.next];
      if (to->status == status::linked) {
        enter(*to);
        continue;
      }
      ++top.next;
      if (to->status == status::evaluating) {
        m.dfs_ancestor_index = std::min(m.dfs_ancestor_index, to->dfs_ancestor_index);
      } else {
        if (to->cycle_root) to = to->cycle_root;
        if (to->evaluation_error) {
          JSC::throwException(global_, scope, to->evaluation_error.get());
          return false;
        }
      }
      if (to->is_async()) {
        ++m.pending_async_dependencies;
        to->async_parent_modules.push_back(&m);
      }
      continue;
    }
    if (m.pending_async_dependencies != 0 || m.has_top_level_await) {
      m.async_evaluation_order = ++async_evaluation_count_;
      if (m.pending_async_dependencies == 0) execute_async(m);
    } else {
      execute(m);
    }
    RETURN_IF_EXCEPTION(scope, false);
    if (m.dfs_ancestor_index == m.dfs_index) {
      for (bool is_last = false; !is_last; stack.pop_back()) {
        module& member = *stack.back();
        member.status = member.is_async() ? status::evaluating_async : status::evaluated;
        member.cycle_root = &m;
        is_last = &member == &m;
      }
    }
    if (times_) times_->close_to(frames.back().open_spans);
    frames.pop_back();
  }
  return true;
}

// ExecuteModule of one that does not await. False with an exception pending.
bool loader::execute(module& m) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  if (m.kind == module::kind_type::common_js) RELEASE_AND_RETURN(scope, execute_common_js(m));
  m.record->evaluate(global_, JSC::jsUndefined(), JSC::jsNumber(static_cast<int>(JSC::JSGenerator::ResumeMode::NormalMode)));
  RETURN_IF_EXCEPTION(scope, false);
  return true;
}

void loader::execute_async(module& m) { run_async(m, JSC::jsUndefined(), JSC::JSGenerator::ResumeMode::NormalMode); }

// The module's code until it awaits, or to its end. The promise that the specification has for it is a job here.
void loader::run_async(module& m, JSC::JSValue sent, JSC::JSGenerator::ResumeMode mode) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  const auto has_ended = [&](JSC::JSValue error) {
    after(1, [this, &m, held = JSC::Strong<JSC::Unknown>(vm_, error)] { held ? async_module_rejected(m, held.get()) : async_module_fulfilled(m); });
  };
  for (;;) {
    const JSC::JSValue awaited = m.record->evaluate(global_, sent, JSC::jsNumber(static_cast<int>(mode)));
    if (scope.exception()) {
      if (const JSC::JSValue error = take_exception()) has_ended(error);
      return;
    }
    const JSC::JSValue state = m.record->internalField(JSC::AbstractModuleRecord::Field::State).get();
    if (!state.isNumber() || state.asNumber() == static_cast<int>(JSC::JSGenerator::State::Executing)) return has_ended({});
    auto* promise = JSC::JSPromise::resolvedPromise(global_, awaited);
    if (!scope.exception()) {
      const auto resume = [&](JSC::JSGenerator::ResumeMode how) {
        return JSC::JSNativeStdFunction::create(vm_, global_, 1, WTF::String(), [this, &m, how](JSC::JSGlobalObject*, JSC::CallFrame* call) {
          const time_scope time(times_.get(), work::evaluation, m);
          run_async(m, call->argument(0), how);
          return JSC::JSValue::encode(JSC::jsUndefined());
        });
      };
      promise->performPromiseThen(global_, resume(JSC::JSGenerator::ResumeMode::NormalMode), resume(JSC::JSGenerator::ResumeMode::ThrowMode),
                                  JSC::jsUndefined());
      return;
    }
    // `constructor` of what is awaited may throw.
    sent = take_exception();
    if (!sent) return;
    mode = JSC::JSGenerator::ResumeMode::ThrowMode;
  }
}

void loader::async_module_fulfilled(module& m) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  if (m.status == status::evaluated) return;
  m.async_evaluation_order = module::async_done;
  m.status = status::evaluated;
  settle(m);
  // GatherAvailableAncestors.
  std::vector<module*> available, pending{&m};
  while (!pending.empty()) {
    module& done = *pending.back();
    pending.pop_back();
    for (module* parent : done.async_parent_modules) {
      const module& root = parent->cycle_root ? *parent->cycle_root : *parent;
      if (root.evaluation_error || parent->status == status::evaluated || --parent->pending_async_dependencies != 0) continue;
      available.push_back(parent);
      if (!parent->has_top_level_await) pending.push_back(parent);
    }
  }
  std::ranges::sort(available, {}, &module::async_evaluation_order);
  for (module* next : available) {
    if (next->status == status::evaluated) continue;
    const time_scope time(times_.get(), work::evaluation, *next);
    if (next->has_top_level_await) {
      execute_async(*next);
      if (scope.exception()) return;
    } else if (execute(*next)) {
      next->async_evaluation_order = module::async_done;
      next->status = status::evaluated;
      settle(*next);
    } else {
      const JSC::JSValue error = take_exception();
      if (!error) return;
      async_module_rejected(*next, error);
    }
  }
}

void loader::async_module_rejected(module& first, JSC::JSValue error) {
  std::vector<module*> pending{&first};
  while (!pending.empty()) {
    module& m = *pending.back();
    pending.pop_back();
    if (m.status == status::evaluated) continue;
    m.evaluation_error.set(vm_, error);
    m.status = status::evaluated;
    m.async_evaluation_order = module::async_done;
    settle(m);
    pending.insert(pending.end(), m.async_parent_modules.rbegin(), m.async_parent_modules.rend());
  }
}

void loader::settle(module& m) {
  for (const waiting_promise& waiting : std::exchange(m.top_level_capability, {})) settle(waiting, m.evaluation_error.get());
}

void loader::settle(const waiting_promise& waiting, JSC::JSValue error) {
  // A program that failed ends so many rounds later in Node, whatever else it has to do.
  constexpr unsigned rounds_to_the_end = 4;
  if (error && !waiting.of) {
    return after(rounds_to_the_end, [this, waiting, held = JSC::Strong<JSC::Unknown>(vm_, error)] {
      waiting.promise.get()->rejectAsHandled(global_, held.get());
      objects_->report_program_error(held.get());
    });
  }
  const auto settle_now = [this, waiting, held = JSC::Strong<JSC::Unknown>(vm_, error)] {
    if (held) {
      waiting.promise.get()->reject(global_, held.get());
    } else if (waiting.of) {
      waiting.promise.get()->resolve(global_, waiting.of->record->getModuleNamespace(global_));
    } else {
      fulfil(vm_, *waiting.promise.get());
    }
  };
  waiting.rounds == 0 ? settle_now() : after(waiting.rounds, settle_now);
}

}  // namespace bmes::jsc
