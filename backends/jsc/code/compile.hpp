// Compiling one module without running it.
#pragma once
#include "prelude.hpp"

#include <bmes/engine.hpp>

namespace bmes::jsc {

/// What the bytecode is for: to be loaded by this engine with its stand-in for the text, or, as in the files
/// of version 1, to be complete in itself with the text inside.
enum class bytecode_form { for_loading, self_contained };

compiled_module compile_module(JSC::JSGlobalObject*, std::string_view url, std::string_view source, bytecode_form,
                               source_language = source_language::java_script);

}  // namespace bmes::jsc
