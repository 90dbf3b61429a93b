#include "prelude.hpp"

#include "modules/loader.hpp"
#include "natives/scripts.hpp"
#include "strings.hpp"

// import(): the modules that a program asks for while it runs. It has its result only from promise jobs, after a number of rounds that
// depends on the graph, as in Node 24 and later: what Node does in JavaScript, each step a round, is here a number.

namespace bmes::jsc {
namespace {

// From the call: when the module, its graph loaded, is evaluated. Each level of the graph takes two more.
constexpr unsigned rounds_to_evaluation = 3;
constexpr unsigned rounds_a_level = 2;
// From the end of the evaluation, or from the error of linking.
constexpr unsigned rounds_to_namespace = 4;
constexpr unsigned rounds_to_link_error = 3;
// From the call, where all is loaded and linked, and perhaps evaluated.
constexpr unsigned rounds_to_known_evaluation = 2;
constexpr unsigned rounds_to_known_link_error = 5;
constexpr unsigned rounds_to_load_error = 3;

}  // namespace

// The engine has made the promise that the program gets, which follows this one two rounds behind.
JSC::JSInternalPromise* loader::import_hook(JSC::JSGlobalObject* global, JSC::JSModuleLoader*, JSC::JSString* specifier, JSC::JSValue options,
                                            const JSC::SourceOrigin& origin) {
  JSC::VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  auto* promise = JSC::JSInternalPromise::create(vm, global->internalPromiseStructure());
  loader& self = *runtime_of(vm).modules;
  const auto fail = [&]() -> JSC::JSInternalPromise* {
    if (const JSC::JSValue error = self.take_exception()) self.reject_after(rounds_to_load_error, {vm, promise}, error);
    return promise;
  };
  if (origin.string() == script_origin) {
    JSC::JSObject* const error = JSC::createTypeError(global, "A dynamic import callback was not specified."_s);
    error->putDirect(vm, JSC::Identifier::fromString(vm, "code"_s), JSC::jsNontrivialString(vm, "ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING"_s));
    self.reject_after(rounds_to_load_error, {vm, promise}, error);
    return promise;
  }
  const auto text = specifier->value(global);
  if (scope.exception()) return fail();
  const auto attributes = JSC::retrieveImportAttributesFromDynamicImportOptions(global, options, {vm.propertyNames->type.impl()});
  if (scope.exception()) return fail();
  const auto type = JSC::retrieveTypeImportAttribute(global, attributes);
  if (scope.exception()) return fail();
  // Not now: errors would have the stack of the call.
  self.after(1, [&self, referrer = to_utf8(origin.string()).value_or(""), text, type = type.value_or(module_type::JavaScript),
                 held = JSC::Strong<JSC::JSPromise>(vm, promise)] { self.import_module(referrer, text, type, held); });
  scope.release();
  return promise;
}

void loader::import_module(const std::string& referrer, const WTF::String& specifier, module_type type, const JSC::Strong<JSC::JSPromise>& promise) {
  constexpr unsigned now = 1;
  modules_.new_turn();
  module* const m = resolve(referrer, specifier, type);
  if (m && m->is_linked()) {
    return after(rounds_to_known_evaluation - now, [this, m, promise] { evaluate(*m, {promise, m, rounds_to_namespace}); });
  }
  if (m && m->link_error) return reject_after(rounds_to_known_link_error - now, promise, m->link_error.get());
  if (!m || !load(*m)) {
    if (const JSC::JSValue error = take_exception()) reject_after(rounds_to_load_error - now, promise, error);
    return;
  }
  m->importers.push_back(promise);
  if (m->importers.size() > 1) return;
  after(rounds_to_evaluation + rounds_a_level * height_of(*m) - now, [this, m] {
    const auto importers = std::exchange(m->importers, {});
    if (link(*m)) {
      for (const auto& importer : importers) evaluate(*m, {importer, m, rounds_to_namespace});
    } else if (const JSC::JSValue error = take_exception()) {
      m->link_error.set(vm_, error);
      for (const auto& importer : importers) reject_after(rounds_to_link_error, importer, error);
    }
  });
}

void loader::reject_after(unsigned rounds, const JSC::Strong<JSC::JSPromise>& promise, JSC::JSValue error) {
  after(rounds, [this, promise, held = JSC::Strong<JSC::Unknown>(vm_, error)] { promise.get()->reject(global_, held.get()); });
}

// The levels below and including `root`, in a walk depth first that counts a module where it is met first.
unsigned loader::height_of(module& root) {
  struct frame {
    module* at;
    std::size_t next = 0;
  };
  const std::uint32_t visit = ++visit_count_;
  std::vector<frame> stack{{&root}};
  root.visited_by = visit;
  std::size_t height = 1;
  while (!stack.empty()) {
    frame& top = stack.back();
    if (top.next == top.at->requested_modules.size()) {
      stack.pop_back();
      continue;
    }
    module* const to = top.at->requested_modules[top.next++];
    if (to->visited_by == visit) continue;
    to->visited_by = visit;
    stack.push_back({to});
    height = std::max(height, stack.size());
  }
  return static_cast<unsigned>(height);
}

}  // namespace bmes::jsc
