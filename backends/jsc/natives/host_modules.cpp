// The host's modules in JavaScript: a graph that was compiled with the command, loaded by a loader of its own. Nothing is done, nor
// its bytes looked at, before a program asks for one of them.
#include "prelude.hpp"

#include "modules/loader.hpp"
#include "native.hpp"

#include <bmes/v4.hpp>

namespace bmes::jsc {

using namespace JSC;

namespace {

// Specifiers are keys: the build has resolved those that are in the graph, and the natives are no modules of a graph.
class embedded_modules final : public module_host {
 public:
  explicit embedded_modules(const host_graph& given) : given_(given) {
    // It was made with the command, and is a part of it: what is proven is its form.
    if (auto opened = v4::file::open(given.file, v4::payload_proof::at_use)) file_ = *opened;
  }

  const v4::file& file() const { return file_; }

  resolution resolve(const resolution_request& request) override {
    resolution out;
    out.url = request.specifier;
    return out;
  }
  format_answer format_of(std::string_view, bool) override { return {}; }
  fetched_module fetch(std::string_view key) override {
    const auto index = file_.find_module(key);
    auto text = index ? text_of(*index) : std::nullopt;
    if (!text) return {{}, {}, {"ERR_UNKNOWN_BUILTIN_MODULE", "No such built-in module: " + std::string(key)}};
    return {std::move(*text), file_.module_at(*index).source(), {}};
  }
  std::optional<std::string> text_of(std::uint32_t index) override {
    const auto m = file_.module_at(index);
    return given_.unpack ? given_.unpack(m.text(), m.source().size) : std::nullopt;
  }
  bool is_fresh(std::uint32_t) override { return true; }
  void new_turn() override {}

 private:
  const host_graph& given_;
  v4::file file_;
};

}  // namespace

class host_modules {
 public:
  explicit host_modules(host_state& state)
      : modules_(state.options.modules), loader_(state.global, modules_, identity().fingerprint, false, loader::modules_of::host) {
    loader_.set_host(*state.owner);
    loader_.set_graph(modules_.file());
  }
  JSObject* require(std::string_view key) { return loader_.require(key); }

 private:
  embedded_modules modules_;
  loader loader_;
};

std::optional<std::string> carried_text(const host_graph& carried, std::string_view key) {
  embedded_modules modules(carried);
  const auto index = modules.file().find_module(key);
  return index ? modules.text_of(*index) : std::nullopt;
}

host_state::host_state(JSGlobalObject* of, host* by, host_options given, bytecode_functions functions)
    : global(of), owner(by), options(std::move(given)), bytecode(std::move(functions)) {}

host_state::~host_state() = default;

JSObject* host_exports(host_state& state, std::string_view key) {
  VM& vm = state.global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  if (!state.in_javascript) state.in_javascript = std::make_unique<host_modules>(state);
  JSObject* all = state.in_javascript->require(key);
  RETURN_IF_EXCEPTION(scope, nullptr);
  JSValue exported = all->get(state.global, vm.propertyNames->defaultKeyword);
  RETURN_IF_EXCEPTION(scope, nullptr);
  return asObject(exported);
}

JSValue host_export(host_state& state, std::string_view module, ASCIILiteral name) {
  auto scope = DECLARE_THROW_SCOPE(state.global->vm());
  JSObject* object = host_exports(state, module);
  RETURN_IF_EXCEPTION(scope, {});
  RELEASE_AND_RETURN(scope, property(state.global, object, name));
}

}  // namespace bmes::jsc
