// Module records: the engine's to the model, and back without parsing.
#pragma once
#include "prelude.hpp"

#include "code/provider.hpp"

#include <bmes/owned.hpp>
#include <bmes/v4.hpp>

namespace bmes::jsc {

/// The engine's record of a module's text. Null, and an exception pending, where that is no module.
JSC::JSModuleRecord* parse_module(JSC::JSGlobalObject*, const JSC::Identifier& key, const JSC::SourceCode&);

/// What the engine's record says. `reason` of the result says what could not be kept, if anything.
owned_record read_record(JSC::JSModuleRecord&);

/// The strings of a file as identifiers, each made when first asked for.
class identifier_table {
 public:
  identifier_table(JSC::VM& vm, const v4::file& file) : vm_(vm), file_(file), made_(file.string_count()) {}
  const JSC::Identifier& operator[](v4::string_ref ref) { return at(static_cast<std::uint32_t>(ref)); }
  JSC::Identifier operator[](v4::name_ref ref);

 private:
  const JSC::Identifier& at(std::uint32_t index);
  JSC::VM& vm_;
  const v4::file& file_;
  std::vector<JSC::Identifier> made_;
};

/// Adds the module's import entries of a type.
void add_imports(JSC::AbstractModuleRecord&, identifier_table&, const v4::module_view&, import_type);

/// The record of a module of a validated file, but for its imports of single names: the engine looks for each of these when it links the record, and
/// needs none before. It neither reads nor parses the module's text.
JSC::JSModuleRecord* make_module_record(JSC::JSGlobalObject*, identifier_table&, const v4::module_view&, const JSC::Identifier& key, module_provider&);

}  // namespace bmes::jsc
