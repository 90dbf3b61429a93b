// The engine that was built in.
#pragma once

#include <bmes/engine.hpp>
#include <string>

namespace bmes::tools {

/// Null, after saying on stderr what is missing, when bmes was built without an engine.
[[nodiscard]] std::unique_ptr<engine> make_engine(module_host&);

/// What it is called, and its fingerprint in hexadecimal.
[[nodiscard]] std::string engine_description();

}  // namespace bmes::tools
