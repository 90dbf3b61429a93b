#include "prelude.hpp"

#include "background.hpp"
#include "code/compile.hpp"
#include "jsc.hpp"
#include "modules/erase_types.hpp"
#include "modules/loader.hpp"
#include "patches/huge_pages.hpp"
#include "scavenger.hpp"
#include "strings.hpp"

#include <bmes/checksum.hpp>
#include <bmes/v1.hpp>

namespace bmes::jsc {
namespace {

// Changes when what this backend stores with the same library changes.
constexpr std::string_view backend_revision = "6";

std::uint64_t weight(const v4::file& graph) {
  std::uint64_t source_bytes = 0;
  for (const v4::module_row m : graph.rows<v4::module_row>()) source_bytes += m.source_size;
  return jsc::weight(source_bytes, graph.module_count());
}

class jsc_engine final : public engine {
 public:
  jsc_engine(module_host& modules, std::string_view version, const host_graph& objects)
      : modules_(modules), version_(version), objects_(objects) {}

  engine_identity identity() const override { return jsc::identity(); }

  compiled_module compile(std::string_view url, std::string_view source, source_language language) override {
    create({});
    const JSC::JSLockHolder lock(*vm_);
    auto made = compile_module(global_, url, source, bytecode_form::for_loading, language);
    // The engine shares the code of equal texts and reports it once.
    auto& known = compiled_[code_identity(made.record.source, language != source_language::java_script).hash];
    if (made.record.reason == uncacheable::no_bytecode && !known.empty()) {
      made.bytecode = known;
      made.record.reason = uncacheable::none;
    } else if (!made.bytecode.empty()) {
      known = made.bytecode;
    }
    return made;
  }

  compiled_module compile_self_contained(std::string_view url, std::string_view source, source_language language) override {
    create({});
    const JSC::JSLockHolder lock(*vm_);
    return compile_module(global_, url, source, bytecode_form::self_contained, language);
  }

  void prepare(const program_options& options) override {
    if (options.is_large) expect_large_program();
    create(options);
  }

  void read(std::string_view entry, const v4::file& graph) override {
    create({});
    // Until run(): whenever nobody has the lock, the collector's thread may collect, and nothing holds the records yet.
    lock_.emplace(*vm_);
    set_graph(graph);
    loader_->read(entry);
  }

  int run(std::string_view entry, const program_graph* graph) override {
    create({});
    const JSC::JSLockHolder lock(*vm_);
    lock_.reset();
    if (!graph) {
      loader_->forget_graph();
    } else {
      if (!loader_->has_graph()) set_graph(graph->file);
      loader_->set_freshness(graph->stale, graph->edges_hold);
    }
    return host_->run(loader_->start(entry));
  }

  bool has_module(std::string_view specifier) const override { return !host::canonical_name(specifier).empty(); }

  run_counts counts() const override { return loader_ ? loader_->counts() : run_counts{}; }

  std::vector<module_span> spans() const override { return loader_ ? loader_->spans() : std::vector<module_span>(); }

  bool learned() const override { return loader_ && loader_->learned(); }

  void interrupt() noexcept override {
    if (host_) host_->interrupt();
  }

  int fork() override { return vm_ ? fork_at_rest(*vm_) : ::fork(); }

  JSC::VM& started_vm() {
    create({});
    return *vm_;
  }

  harvest collect() override {
    const JSC::JSLockHolder lock(*vm_);
    return loader_->collect(jsc::identity());
  }

 private:
  // The VM and its global object live until the process ends: nothing is won by taking them apart.
  void create(const program_options& options) {
    if (vm_) return;
    hold_scavenger();
    WTF::initializeMainThread();
    {
      const JSC::Options::AllowUnfinalizedAccessScope scope;
      JSC::Options::initialize();
      // The best code of WebAssembly takes long to make, and is waited for (patches/wasm_plans.cpp): not before it is worth that.
      JSC::Options::thresholdForOMGOptimizeAfterWarmUp() = 1'000'000;
      // A call in tail position takes its caller's frame off the stack, and Error.captureStackTrace then does not find it. Node has none.
      JSC::Options::useTailCalls() = false;
      // As Node: programs print stacks, and libraries put back what they read here.
      JSC::Options::defaultErrorStackTraceLimit() = 10;
      // What the engine has, and this version keeps to itself.
      JSC::Options::useArrayBufferTransfer() = true;
      JSC::Options::usePromiseWithResolversMethod() = true;
      JSC::Options::useSharedArrayBuffer() = true;
    }
    JSC::initialize();
    make_room_for_atoms();
    vm_ = &JSC::VM::create(JSC::HeapType::Large).leakRef();
    release_scavenger_at_collection(vm_->heap);
    const JSC::JSLockHolder lock(*vm_);
    add_runtime(*vm_).code.engine_functions = objects_.engine_functions;
    global_ = JSC::JSGlobalObject::createWithCustomMethodTable(*vm_, JSC::JSGlobalObject::createStructure(*vm_, JSC::jsNull()), &loader::method_table);
    JSC::gcProtect(global_);
    loader_ = new loader(global_, modules_, jsc::identity().fingerprint, options.collect, loader::modules_of::program);
    if (options.measure) loader_->measure();
    host_ = new host(global_, {options.argv, std::string(version_), objects_}, {&generate, &validate});
    loader_->set_host(*host_);
  }

  // The engine begins with 3,000 atoms, and its table would grow ten times until it has them.
  static void make_room_for_atoms() {
    auto& atoms = WTF::Thread::current().atomStringTable()->table();
    WTF::AtomStringTable::StringTableImpl roomy;
    roomy.reserveInitialCapacity(4'000);
    for (const auto& atom : atoms) roomy.add(atom);
    atoms.swap(roomy);
  }

  void set_graph(const v4::file& graph) {
    // Not before: what the engine touches to start is spread thinly, and would take twice the memory.
    use_huge_pages(weight(graph));
    loader_->set_graph(graph);
  }

  // "bun:internal-for-testing": files of version 1.
  static bool generate(JSC::JSGlobalObject* global, const WTF::String& url, const WTF::String& source, std::vector<std::byte>& out) {
    const auto url_text = to_utf8(url);
    const auto source_text = to_utf8(source);
    if (!url_text || !source_text) return false;
    const auto made = compile_module(global, *url_text, *source_text, bytecode_form::self_contained);
    if (made.error) return false;
    const auto size = v1::size(made.record.view(), made.bytecode);
    if (!size) return false;
    out.resize(*size);
    return v1::write(made.record.view(), made.bytecode, out).has_value();
  }
  static bool validate(std::span<const std::byte> bytes) { return v1::open(bytes).has_value(); }

  module_host& modules_;
  std::string version_;
  host_graph objects_;
  JSC::VM* vm_ = nullptr;
  std::optional<JSC::JSLockHolder> lock_;
  JSC::JSGlobalObject* global_ = nullptr;
  loader* loader_ = nullptr;
  host* host_ = nullptr;
  std::map<hash128, std::vector<std::byte>> compiled_;
};

}  // namespace

engine_identity identity() {
  // BMES_JSC_BUILD is the hash of the library linked in; the build computes it.
  static constexpr std::string_view description = "JavaScriptCore " BMES_JSC_BUILD " x86_64";
  std::string text(description);
  text += " revision ";
  text += backend_revision;
  return {checksum128(as_bytes(text)), description};
}

std::unique_ptr<engine> make_engine(module_host& modules, std::string_view version, const host_graph& objects) {
  return std::make_unique<jsc_engine>(modules, version, objects);
}

JSC::VM& started_vm(engine& of) { return static_cast<jsc_engine&>(of).started_vm(); }

}  // namespace bmes::jsc
