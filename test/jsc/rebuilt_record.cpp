#include "prelude.hpp"

#include "rebuilt_record.hpp"

#include "modules/record.hpp"
#include "strings.hpp"

namespace bmes::jsc {

owned_record rebuilt_record(const v4::file& file, std::uint32_t index) {
  static JSC::JSGlobalObject* const global = [] {
    WTF::initializeMainThread();
    JSC::initialize();
    JSC::VM& vm = JSC::VM::create(JSC::HeapType::Large).leakRef();
    const JSC::JSLockHolder lock(vm);
    add_runtime(vm);
    auto* made = JSC::JSGlobalObject::create(vm, JSC::JSGlobalObject::createStructure(vm, JSC::jsNull()));
    JSC::gcProtect(made);
    return made;
  }();
  JSC::VM& vm = global->vm();
  const JSC::JSLockHolder lock(vm);
  const JSC::DeferGC no_collection(vm);
  const auto view = file.module_at(index);
  identifier_table identifiers(vm, file);
  const JSC::Identifier& key = identifiers[view.row().url];
  const auto no_text = [] { return WTF::emptyString(); };
  const auto provider = module_provider::create(runtime_of(vm).code, key.string(), view.source(), view.row().source_length, {}, no_text);
  auto* const record = make_module_record(global, identifiers, view, key, provider.get());
  // What linking adds.
  add_imports(*record, identifiers, view, import_type::single);
  return read_record(*record);
}

}  // namespace bmes::jsc
