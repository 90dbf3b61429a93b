// JavaScriptCore as a bmes engine. Includes none of its headers.
#pragma once

#include <bmes/engine.hpp>

namespace bmes::jsc {

/// The host's modules that are JavaScript: a file with one module a key ("node:events"), compiled by this engine. It stays for the
/// life of the process, and is not looked at before a program asks for one of them.
struct host_graph {
  byte_view file;
  /// The text of so many bytes that a frame holds.
  std::optional<std::string> (*unpack)(byte_view frame, std::uint64_t size) = nullptr;
};

/// One engine a process: JavaScriptCore keeps process-wide state. `modules` has to outlive it.
/// `version` is what programs see as process.versions.bmes. Without a graph, programs have the modules in C++ alone.
std::unique_ptr<engine> make_engine(module_host& modules, std::string_view version, const host_graph& objects = {});

/// The identity that make_engine's engine will have; known without starting one.
engine_identity identity();

}  // namespace bmes::jsc
