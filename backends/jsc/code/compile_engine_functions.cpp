#include "prelude.hpp"

#include "code/engine_functions.hpp"
#include "jsc.hpp"
#include "runtime.hpp"

#include <JavaScriptCore/JSCBuiltins.h>

#include <algorithm>
#include <span>
#include <vector>

// A file of its own, so that the command need not have it: only the build compiles them.

namespace bmes::jsc {
namespace {

constexpr std::size_t code_alignment = 16;
constexpr std::int64_t pointer_size = sizeof(std::int64_t);

constexpr std::size_t aligned(std::size_t size) { return (size + code_alignment - 1) / code_alignment * code_alignment; }

void append(std::vector<std::byte>& out, std::span<const std::byte> bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

// The engine's encoder ends the process where it meets something else.
bool can_be_encoded(JSC::UnlinkedCodeBlock& block) {
  return std::ranges::all_of(block.constantRegisters(), [](const auto& constant) {
    const JSC::JSValue value = constant.get();
    return !value || !value.isCell() || value.isString() || value.isBigInt() || value.inherits<JSC::SymbolTable>() || value.inherits<JSC::RegExp>() ||
           value.inherits<JSC::JSImmutableButterfly>();
  });
}

// Where a constant was, which it takes out.
std::uint32_t take_constant(JSC::VM& vm, JSC::UnlinkedCodeBlock& block, JSC::JSValue value) {
  const auto& constants = block.constantRegisters();
  const auto found = std::ranges::find(constants, value, [](const auto& constant) -> JSC::JSValue { return constant.get(); });
  if (found == constants.end()) return no_constant;
  const auto index = static_cast<std::uint32_t>(found - constants.begin());
  set_constant(vm, block, index, JSC::jsUndefined());
  return index;
}

// With the functions inside it, whose code is encoded along. Null where that of one of them can't be.
JSC::UnlinkedFunctionCodeBlock* compile(JSC::VM& vm, JSC::UnlinkedFunctionExecutable& executable, const JSC::SourceCode& source,
                                        JSC::CodeSpecializationKind kind, engine_function& row) {
  JSC::ParserError error;
  auto* const block = executable.unlinkedCodeBlockFor(vm, source, kind, {}, error, executable.parseMode());
  if (!block) return nullptr;
  row.map_end = take_constant(vm, *block, vm.sentinelMapBucket());
  row.set_end = take_constant(vm, *block, vm.sentinelSetBucket());
  if (!can_be_encoded(*block)) return nullptr;
  const auto compile_inner = [&](JSC::UnlinkedFunctionExecutable* inner) {
    engine_function of_inner{};
    return compile(vm, *inner, inner->linkedSourceCode(source), JSC::CodeForCall, of_inner) && of_inner.map_end == no_constant &&
           of_inner.set_end == no_constant;
  };
  for (unsigned i = 0; i < block->numberOfFunctionDecls(); ++i)
    if (!compile_inner(block->functionDecl(static_cast<int>(i)))) return nullptr;
  for (unsigned i = 0; i < block->numberOfFunctionExprs(); ++i)
    if (!compile_inner(block->functionExpr(static_cast<int>(i)))) return nullptr;
  return block;
}

}  // namespace

std::vector<std::byte> compile_engine_functions(engine& by) {
  JSC::VM& vm = started_vm(by);
  const JSC::JSLockHolder lock(vm);
  const JSC::DeferGC no_collection(vm);
  engine_functions_header header{};
  std::vector<engine_function> rows;
  std::vector<std::byte> code;
  const auto add = [&](JSC::FunctionExecutable* function, JSC::CodeSpecializationKind kind) {
    const auto& source = function->source();
    auto& unlinked = *function->unlinkedExecutable();
    auto row = place_of(source, kind);
    const auto* const block = compile(vm, unlinked, source, kind, row);
    if (!block) return;
    JSC::BytecodeCacheError error;
    const auto encoded = JSC::encodeFunctionCodeBlock(vm, block, error);
    if (!encoded || error.isValid()) return;
    header.text_length = source.provider()->source().length();
    // So that the code itself is aligned.
    code.resize(aligned(code.size() + pointer_size) - pointer_size);
    row.code = static_cast<std::uint32_t>(code.size());
    row.code_size = static_cast<std::uint32_t>(pointer_size + encoded->size());
    row.features = unlinked.features();
    row.lexical_features = unlinked.lexicalScopeFeatures();
    row.has_captured_variables = unlinked.hasCapturedVariables();
    rows.push_back(row);
    append(code, std::as_bytes(std::span(&pointer_size, 1)));
    append(code, std::as_bytes(std::span(encoded->data(), encoded->size())));
  };
  const auto add_kinds = [&](JSC::FunctionExecutable* function) {
    add(function, JSC::CodeForCall);
    if (function->constructAbility() == JSC::ConstructAbility::CanConstruct) add(function, JSC::CodeForConstruct);
  };
#define BMES_ADD(code_name, ...) add_kinds(JSC::code_name##Generator(vm));
  JSC_FOREACH_BUILTIN_CODE(BMES_ADD)
#undef BMES_ADD
  std::sort(rows.begin(), rows.end());
  header.row_count = static_cast<std::uint32_t>(rows.size());
  const auto code_start = aligned(sizeof header + rows.size() * sizeof(engine_function));
  for (auto& row : rows) row.code += static_cast<std::uint32_t>(code_start);
  std::vector<std::byte> out;
  append(out, std::as_bytes(std::span(&header, 1)));
  append(out, std::as_bytes(std::span(rows)));
  out.resize(code_start);
  append(out, code);
  return out;
}

}  // namespace bmes::jsc
