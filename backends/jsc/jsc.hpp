// JavaScriptCore as a bmes engine. Includes none of its headers.
#pragma once

#include <bmes/engine.hpp>

namespace bmes::jsc {

/// One engine a process: JavaScriptCore keeps process-wide state. `modules` has to outlive it.
/// `version` is what programs see as process.versions.bmes.
std::unique_ptr<engine> make_engine(module_host& modules, std::string_view version);

/// The identity that make_engine's engine will have; known without starting one.
engine_identity identity();

}  // namespace bmes::jsc
