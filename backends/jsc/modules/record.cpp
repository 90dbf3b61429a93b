#include "prelude.hpp"

#include "modules/record.hpp"
#include "private_members.hpp"
#include "strings.hpp"

#include <algorithm>

namespace bmes::jsc {

template struct opened<&JSC::JSModuleRecord::m_features, struct features>;
template struct opened<&JSC::JSModuleRecord::m_declaredVariables, struct declared_variables>;
template struct opened<&JSC::AbstractModuleRecord::m_importEntries, struct import_entries>;
template struct opened<&JSC::AbstractModuleRecord::m_exportEntries, struct export_entries>;
template struct opened<&JSC::AbstractModuleRecord::m_requestedModules, struct requested_modules>;

namespace {

using fetch_type = JSC::ScriptFetchParameters::Type;
using engine_record = JSC::AbstractModuleRecord;

/// Keeps the texts of a record while it is read, and notes what can't be kept.
class reader {
 public:
  reader(JSC::VM& vm, owned_record& out) : names_(*vm.propertyNames), out_(out) {}

  std::string_view text(WTF::UniquedStringImpl* uid) {
    if (!uid) return {};
    auto utf8 = to_utf8(WTF::StringView(uid));
    if (!utf8) {
      out_.reason = uncacheable::lone_surrogate;
      return {};
    }
    return out_.keep(std::move(*utf8));
  }
  std::string_view text(const JSC::Identifier& identifier) { return text(identifier.impl()); }
  name name_of(WTF::UniquedStringImpl* uid) {
    if (!uid) return {};
    if (uid == names_.starDefaultPrivateName.impl()) return name::star_default();
    if (uid == names_.starNamespacePrivateName.impl()) return name::star_namespace();
    if (uid->isSymbol()) {
      out_.reason = uncacheable::unsupported_entry;
      return {};
    }
    return name(text(uid));
  }
  name name_of(const JSC::Identifier& identifier) { return name_of(identifier.impl()); }

  void requests(engine_record& record) {
    for (const auto& request : record.requestedModules()) {
      std::vector<import_attribute> with;
      if (request.m_attributes) {
        switch (request.m_attributes->type()) {
          case fetch_type::JSON: with.push_back({"type", "json"}); break;
          case fetch_type::WebAssembly: with.push_back({"type", "webassembly"}); break;
          case fetch_type::None:
          case fetch_type::JavaScript: break;
        }
      }
      out_.add_request(text(request.m_specifier.get()), std::move(with));
    }
  }
  void imports(engine_record& record) {
    for (const auto& [local, entry] : record.importEntries()) {
      const bool whole = entry.type == engine_record::ImportEntryType::Namespace;
      out_.imports.push_back({whole ? import_type::namespace_object : import_type::single, text(entry.moduleRequest),
                              whole ? name::star_namespace() : name_of(entry.importName), text(entry.localName)});
    }
    std::ranges::sort(out_.imports, {}, &import_entry::local_name);
  }
  void exports(engine_record& record) {
    using type = engine_record::ExportEntry::Type;
    for (const auto& [exported, entry] : record.exportEntries()) {
      export_entry e{export_type::local, text(entry.exportName), {}, {}, {}};
      switch (entry.type) {
        case type::Local: e.local_name = name_of(entry.localName); break;
        case type::Indirect:
          e.type = export_type::indirect;
          e.module_name = name(text(entry.moduleName));
          e.import_name = name_of(entry.importName);
          break;
        case type::Namespace:
          e.type = export_type::namespace_object;
          e.module_name = name(text(entry.moduleName));
          break;
      }
      out_.exports.push_back(e);
    }
    std::ranges::sort(out_.exports, {}, &export_entry::export_name);
  }
  void variables(const JSC::VariableEnvironment& environment, variable_scope scope) {
    const auto first = out_.variables.size();
    for (const auto& [uid, entry] : environment) out_.variables.push_back({name_of(uid.get()), scope, entry.bits()});
    std::sort(out_.variables.begin() + static_cast<std::ptrdiff_t>(first), out_.variables.end(), [](const auto& a, const auto& b) {
      return std::pair(a.variable_name.kind, a.variable_name.text) < std::pair(b.variable_name.kind, b.variable_name.text);
    });
  }

 private:
  const JSC::CommonIdentifiers& names_;
  owned_record& out_;
};

RefPtr<JSC::ScriptFetchParameters> parameters_of(const v4::file& file, v4::row_range<v4::attribute_row> range) {
  for (const v4::attribute_row a : file.rows(range)) {
    if (file.text(a.key) != "type") continue;
    if (file.text(a.value) == "json") return JSC::ScriptFetchParameters::create(fetch_type::JSON);
    if (file.text(a.value) == "webassembly") return JSC::ScriptFetchParameters::create(fetch_type::WebAssembly);
  }
  return nullptr;
}

}  // namespace

// Analysis is not in the headers that come with the library: the engine's loader, which is JavaScript, calls it as a property of its own.
JSC::JSModuleRecord* parse_module(JSC::JSGlobalObject* global, const JSC::Identifier& key, const JSC::SourceCode& source) {
  JSC::VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  auto* engine_loader = global->moduleLoader();
  const auto function = engine_loader->get(global, JSC::Identifier::fromString(vm, "parseModule"_s));
  RETURN_IF_EXCEPTION(scope, nullptr);
  JSC::MarkedArgumentBuffer arguments;
  arguments.append(JSC::identifierToJSValue(vm, key));
  arguments.append(JSC::JSSourceCode::create(vm, JSC::SourceCode(source)));
  JSC::JSValue parsed = JSC::call(global, function, JSC::getCallData(function), engine_loader, arguments);
  RETURN_IF_EXCEPTION(scope, nullptr);
  if (auto* promise = JSC::jsDynamicCast<JSC::JSPromise*>(parsed)) {
    auto& flags = promise->internalField(JSC::JSPromise::Field::Flags);
    // The error is given on, so nobody has to be told that the promise itself has no handler.
    flags.set(vm, promise, JSC::jsNumber(flags.get().asUInt32AsAnyInt() | JSC::JSPromise::isHandledFlag));
    parsed = promise->result(vm);
    if (promise->status(vm) != JSC::JSPromise::Status::Fulfilled) {
      JSC::throwException(global, scope, parsed);
      return nullptr;
    }
  }
  return JSC::jsDynamicCast<JSC::JSModuleRecord*>(parsed);
}

owned_record read_record(JSC::JSModuleRecord& record) {
  owned_record out;
  reader read(record.vm(), out);
  out.url = to_utf8(record.moduleKey().string()).value_or("");
  read.requests(record);
  read.imports(record);
  read.exports(record);
  for (const auto& star : record.starExportEntries()) out.stars.push_back({read.text(star.get())});
  read.variables(record.declaredVariables(), variable_scope::declared);
  read.variables(record.lexicalVariables(), variable_scope::lexical);
  if (record.*member_of<features>() & JSC::ImportMetaFeature) out.flags |= static_cast<std::uint32_t>(module_flags::import_meta);
  return out;
}

const JSC::Identifier& identifier_table::at(std::uint32_t index) {
  JSC::Identifier& identifier = made_[index];
  if (identifier.isNull()) {
    const auto text = file_.text_at(index);
    identifier = file_.is_ascii(index) ? JSC::Identifier::fromString(vm_, static_cast<const LChar*>(static_cast<const void*>(text.data())), static_cast<int>(text.size()))
                                       : JSC::Identifier::fromString(vm_, to_wtf(text));
  }
  return identifier;
}

JSC::Identifier identifier_table::operator[](v4::name_ref ref) {
  switch (ref) {
    case v4::name_ref::absent: return {};
    case v4::name_ref::star_default: return vm_.propertyNames->starDefaultPrivateName;
    case v4::name_ref::star_namespace: return vm_.propertyNames->starNamespacePrivateName;
  }
  return at(static_cast<std::uint32_t>(ref));
}

void add_imports(JSC::AbstractModuleRecord& record, identifier_table& identifiers, const v4::module_view& m, import_type type) {
  const auto engine_type = type == import_type::namespace_object ? engine_record::ImportEntryType::Namespace : engine_record::ImportEntryType::Single;
  for (const v4::import_row e : m.import_rows())
    if (e.type == type) record.addImportEntry({engine_type, identifiers[e.module_request], identifiers[e.import_name], identifiers[e.local_name]});
}

JSC::JSModuleRecord* make_module_record(JSC::JSGlobalObject* global, identifier_table& identifiers, const v4::module_view& m,
                                 const JSC::Identifier& key, module_provider& provider) {
  JSC::VM& vm = global->vm();
  const JSC::VariableEnvironment none;
  const JSC::CodeFeatures code_features = has(m.flags(), module_flags::import_meta) ? JSC::ImportMetaFeature : 0;
  auto* record = JSC::JSModuleRecord::create(global, vm, global->moduleRecordStructure(), key, provider.source_code(), none, none, code_features);
  auto& declared = record->*member_of<declared_variables>();
  for (const v4::variable_row v : m.variable_rows()) {
    // Only the names are read when a module is linked; the lexical ones are never.
    if ((v.traits.value & v4::variable_row::lexical) == 0) declared.add(identifiers[v.variable_name]);
  }

  const auto requests = m.requests();
  const auto request_rows = m.request_rows();
  (record->*member_of<requested_modules>()).reserveInitialCapacity(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i)
    record->appendRequestedModule(identifiers[request_rows[i].specifier],
                                  requests[i].attributes.empty() ? nullptr : parameters_of(m.owner(), requests[i].attributes.range()));
  const auto make_room = [](auto& table, const auto& rows) {
    if (!rows.empty()) table.reserveInitialCapacity(static_cast<unsigned>(rows.size()));
  };
  make_room(record->*member_of<import_entries>(), m.import_rows());
  add_imports(*record, identifiers, m, import_type::namespace_object);
  using entry = engine_record::ExportEntry;
  make_room(record->*member_of<export_entries>(), m.export_rows());
  for (const v4::export_row e : m.export_rows()) {
    const JSC::Identifier& exported = identifiers[e.export_name];
    switch (e.type) {
      case export_type::local: record->addExportEntry(entry::createLocal(exported, identifiers[e.target_name])); break;
      case export_type::indirect:
        record->addExportEntry(entry::createIndirect(exported, identifiers[e.target_name], identifiers[e.module_name]));
        break;
      case export_type::namespace_object: record->addExportEntry(entry::createNamespace(exported, identifiers[e.module_name])); break;
    }
  }
  for (const v4::star_row s : m.star_rows()) record->addStarExportEntry(identifiers[s.module_name]);
  return record;
}

}  // namespace bmes::jsc
