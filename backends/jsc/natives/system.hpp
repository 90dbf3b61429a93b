// System calls that fail as Node's do: "ENOENT: no such file or directory, open 'x'".
#pragma once

#include "native.hpp"

namespace bmes::jsc {

/// What modules were found to be may not be so any more: called before anything that may change a file.
inline void disk_changes(JSC::JSGlobalObject* global) { runtime_of(global->vm()).disk_changed = true; }

struct system_failure {
  int number;        // errno
  const char* call;  // "open"
  std::string path;
  std::string second;  // for calls on two paths
};

JSC::JSObject* make_system_error(JSC::JSGlobalObject*, const system_failure&);

/// A path of a program: a string, bytes, or an object with a file: URL. Throws, and returns nothing, for all else.
std::optional<std::string> path_of(JSC::JSGlobalObject*, JSC::JSValue);
/// The bytes to write for a string (as UTF-8, kept in `storage`) or for bytes. Throws, and returns nothing, for all else.
std::optional<std::span<const std::uint8_t>> content_of(JSC::JSGlobalObject*, JSC::JSValue, std::string& storage);

/// A file's whole content, also of pipes and of /proc, whose size says nothing.
std::optional<system_failure> read_file(const std::string& path, std::vector<std::uint8_t>& out);
std::optional<system_failure> read_descriptor(int, std::vector<std::uint8_t>& out);
std::optional<system_failure> write_file(const std::string& path, std::span<const std::uint8_t>, int flags, unsigned mode);
std::optional<system_failure> make_directories(const std::string& path, unsigned mode, std::string& first_made);
std::optional<system_failure> remove_tree(const std::string& path);

/// Percent-decoded path of a file: URL; throws for others.
std::optional<std::string> file_url_path(JSC::JSGlobalObject*, const std::string& url);

}  // namespace bmes::jsc
