#include "prelude.hpp"

#include "modules/export_names.hpp"
#include "modules/loader.hpp"
#include "strings.hpp"

namespace bmes::jsc {

/// The text of cjs-module-lexer, which the build puts into a file of its own.
extern const std::string_view cjs_module_lexer;

export_names::export_names(JSC::VM& vm) : vm_(vm) {
  auto* global = JSC::JSGlobalObject::createWithCustomMethodTable(vm, JSC::JSGlobalObject::createStructure(vm, JSC::jsNull()), &loader::method_table);
  global_.set(vm, global);
  const auto text = WTF::makeString("(function (module) {"_s, to_wtf(cjs_module_lexer), "\n; return module.exports.parse; })({ exports: {} })"_s);
  const auto parse = JSC::evaluate(global, JSC::makeSource(text, {}, JSC::SourceTaintedOrigin::Untainted, "cjs-module-lexer"_s));
  if (parse && parse.isObject()) parse_.set(vm, asObject(parse));
}

export_names::~export_names() = default;

export_names::result export_names::of(const WTF::String& text) {
  result out;
  if (!parse_) return out;
  auto scope = DECLARE_CATCH_SCOPE(vm_);
  auto* global = global_.get();
  JSC::MarkedArgumentBuffer arguments;
  arguments.append(JSC::jsString(vm_, text));
  const JSC::JSValue found = JSC::call(global, parse_.get(), JSC::getCallData(parse_.get()), JSC::jsUndefined(), arguments);
  const auto read = [&](WTF::ASCIILiteral name, std::vector<std::string>& to) {
    if (scope.exception()) return;
    const JSC::JSValue list = found.get(global, JSC::Identifier::fromString(vm_, name));
    if (scope.exception() || !list.isObject()) return;
    JSC::forEachInArrayLike(global, asObject(list), [&](JSC::JSValue each) {
      // What is no well-formed Unicode can't be imported.
      if (each.isString())
        if (auto utf8 = to_utf8(asString(each)->value(global))) to.push_back(std::move(*utf8));
      return true;
    });
  };
  read("exports"_s, out.names);
  read("reexports"_s, out.reexports);
  if (scope.exception() && !vm_.hasPendingTerminationException()) {
    scope.clearException();
    out = {};
  }
  return out;
}

}  // namespace bmes::jsc
