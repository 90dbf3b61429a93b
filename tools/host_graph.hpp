// What is JavaScript and part of the command, as the build compiled it (host/meson.build).
#pragma once

#include <bmes/bytes.hpp>

namespace bmes::tools {

/// The host's modules: a file of version 4.
[[nodiscard]] byte_view host_graph();

/// The engine's own functions (jsc::compile_engine_functions).
[[nodiscard]] byte_view engine_functions();

}  // namespace bmes::tools
