// JavaScriptCore as a bmes engine. Includes none of its headers.
#pragma once

#include <bmes/engine.hpp>

namespace bmes::jsc {

/// What the command carries, compiled by this engine. It stays for the life of the process, and is not looked at before a program asks for some of it.
struct host_graph {
  byte_view file;  ///< the host's modules that are JavaScript, one a key ("node:events")
  /// The text of so many bytes that a frame holds.
  std::optional<std::string> (*unpack)(byte_view frame, std::uint64_t size) = nullptr;
  byte_view engine_functions;  ///< what compile_engine_functions() gave
};

/// One engine a process: JavaScriptCore keeps process-wide state. `modules` has to outlive it.
/// `version` is what programs see as process.versions.bmes. Without a graph, programs have the modules in C++ alone.
std::unique_ptr<engine> make_engine(module_host& modules, std::string_view version, const host_graph& objects = {});

/// Code of the engine's own functions that are JavaScript, so that it need not parse them. `by` comes from make_engine().
std::vector<std::byte> compile_engine_functions(engine& by);

/// The identity that make_engine's engine will have; known without starting one.
engine_identity identity();

}  // namespace bmes::jsc
