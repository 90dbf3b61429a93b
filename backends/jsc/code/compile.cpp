#include "prelude.hpp"

#include "compile.hpp"
#include "modules/erase_types.hpp"
#include "modules/record.hpp"
#include "strings.hpp"

#include <bmes/checksum.hpp>

namespace bmes::jsc {
namespace {

compile_error syntax_error(JSC::JSGlobalObject* global, const JSC::SourceCode& source) {
  JSC::ParserError error;
  JSC::checkModuleSyntax(global, source, error);
  if (!error.isValid()) return {"the engine refused the module", 0, 0};
  if (error.type() == JSC::ParserError::OutOfMemory) return {"out of memory", 0, 0};
  const auto [line, column] = place_of(error);
  auto message = to_utf8(error.message()).value_or("syntax error");
  if (error.type() == JSC::ParserError::StackOverflow) message = "the source is nested too deeply";
  return {std::move(message), line, column};
}

// Generates code for every function of a code block and the functions inside them; the provider collects it.
void generate_functions(JSC::VM& vm, const JSC::SourceCode& module_source, JSC::UnlinkedCodeBlock& top) {
  struct item {
    JSC::UnlinkedFunctionExecutable* executable;
    JSC::SourceCode parent;
  };
  std::vector<item> pending;
  const auto add = [&](JSC::UnlinkedCodeBlock& block, const JSC::SourceCode& parent) {
    for (unsigned i = 0; i < block.numberOfFunctionDecls(); ++i) pending.push_back({block.functionDecl(static_cast<int>(i)), parent});
    for (unsigned i = 0; i < block.numberOfFunctionExprs(); ++i) pending.push_back({block.functionExpr(static_cast<int>(i)), parent});
  };
  add(top, module_source);
  for (std::size_t i = 0; i < pending.size(); ++i) {
    const auto [executable, parent] = pending[i];
    const auto source = executable->linkedSourceCode(parent);
    const auto kind = executable->isClassConstructorFunction() ? JSC::CodeForConstruct : JSC::CodeForCall;
    JSC::ParserError error;
    auto* block = executable->unlinkedCodeBlockFor(vm, source, kind, {}, error, executable->parseMode());
    if (block && !error.isValid()) add(*block, source);
  }
}

}  // namespace


compiled_module compile_module(JSC::JSGlobalObject* global, std::string_view url, std::string_view source, bytecode_form form, source_language language) {
  JSC::VM& vm = global->vm();
  const JSC::DeferGC no_collection(vm);
  compiled_module out;
  auto key = to_wtf(url);
  if (url.starts_with("file:"))
    if (auto path = key_of_url(WTF::URL(key)); !path.isEmpty()) key = std::move(path);
  const source_identity identity{source.size(), checksum128(as_bytes(source)), 0, 0};
  auto text = decode_source(source);
  if (text.isNull()) text = WTF::emptyString();
  const bool is_typescript = language != source_language::java_script;
  std::vector<std::byte> erasure;
  if (is_typescript) {
    auto erased = type_eraser_of(vm).erase(text, language);
    if (erased.text.isNull()) {
      out.error = {to_utf8(erased.message).value_or(""), erased.line, erased.column};
      return out;
    }
    erasure = describe_erasure(text, erased.text);
    text = std::move(erased.text);
  }
  auto provider = module_provider::create(runtime_of(vm).code, key, code_identity(identity, is_typescript), WTFMove(text));
  const auto code = provider->source_code();
  auto scope = DECLARE_CATCH_SCOPE(vm);
  auto* record = parse_module(global, JSC::Identifier::fromString(vm, key), code);
  if (!record) {
    scope.clearException();
    out.error = syntax_error(global, code);
    return out;
  }
  out.record = read_record(*record);
  out.record.source = identity;
  out.record.source_length = provider->length();
  if (is_typescript) out.record.flags |= static_cast<std::uint32_t>(module_flags::type_script);
  if (form == bytecode_form::self_contained) {
    JSC::BytecodeCacheError error;
    const auto bytecode = JSC::generateModuleBytecode(vm, code, FileSystem::invalidPlatformFileHandle, error);
    if (!bytecode || error.isValid()) {
      out.error = compile_error{"the engine gave no bytecode: " + to_utf8(error.isValid() ? error.message() : WTF::String()).value_or(""), 0, 0};
      return out;
    }
    const auto bytes = std::as_bytes(std::span(bytecode->data(), bytecode->size()));
    out.bytecode.assign(bytes.begin(), bytes.end());
    return out;
  }
  provider->collect();
  auto* executable = JSC::ModuleProgramExecutable::create(global, code);
  if (!executable || scope.exception()) {
    scope.clearException();
    out.error = syntax_error(global, code);
    return out;
  }
  if (executable->isAsync()) out.record.flags |= static_cast<std::uint32_t>(module_flags::top_level_await);
  generate_functions(vm, code, *std::bit_cast<JSC::UnlinkedCodeBlock*>(executable->unlinkedCodeBlock()));
  out.bytecode = provider->take_bytecode(vm);
  if (out.bytecode.empty()) out.record.reason = uncacheable::no_bytecode;
  else if (is_typescript) append_erasure(out.bytecode, erasure);
  return out;
}

}  // namespace bmes::jsc
