// Code of what the engine itself has in JavaScript, as the build writes it (compile_engine_functions.cpp) and a start finds it (patches/engine_functions.cpp).
#pragma once

#include "prelude.hpp"

#include <cstdint>
#include <limits>
#include <tuple>

namespace bmes::jsc {

/// The bytes begin with it. Rows follow, ordered: one for each function that may be called, and each that may be constructed. Then their code.
struct engine_functions_header {
  std::uint32_t text_length;  ///< of the text that they are all parts of, in characters
  std::uint32_t row_count;
};

constexpr auto no_constant = std::numeric_limits<std::uint32_t>::max();

struct engine_function {
  std::uint32_t start, end;  ///< in the text
  std::uint32_t is_construct;
  /// Where the code is, from the start of the bytes on, and the size of both: a pointer to it, relative to itself, which the engine asks for, is before it.
  std::uint32_t code, code_size;
  /// What the engine notes of a function when it parses it.
  std::uint32_t features, lexical_features, has_captured_variables;
  /// Which of its constants are the end of a Map's and of a Set's buckets, which each VM has one of and no file can hold.
  std::uint32_t map_end, set_end;

  friend bool operator<(const engine_function& a, const engine_function& b) {
    return std::tie(a.start, a.is_construct) < std::tie(b.start, b.is_construct);
  }
};

inline engine_function place_of(const JSC::SourceCode& source, JSC::CodeSpecializationKind kind) {
  engine_function out{};
  out.start = static_cast<std::uint32_t>(source.startOffset());
  out.end = static_cast<std::uint32_t>(source.endOffset());
  out.is_construct = kind == JSC::CodeForConstruct;
  return out;
}

inline void set_constant(JSC::VM& vm, JSC::UnlinkedCodeBlock& block, std::uint32_t index, JSC::JSValue value) {
  block.constantRegister(JSC::VirtualRegister(FirstConstantRegisterIndex + static_cast<int>(index))).set(vm, &block, value);
}

}  // namespace bmes::jsc
