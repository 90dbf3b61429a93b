// Files of any version as the commands see them: opened, described, and what is wrong with them in words.
#pragma once

#include <bmes/format.hpp>
#include <optional>
#include <string>
#include <vector>

namespace bmes::tools {

/// The bytes of a file: mapped, or read where there is nothing to map (an empty file, a pipe).
class opened_file {
 public:
  explicit opened_file(const std::string& path);
  opened_file(const opened_file&) = delete;
  opened_file& operator=(const opened_file&) = delete;
  ~opened_file();
  [[nodiscard]] byte_view bytes() const noexcept { return bytes_; }
  /// The system's word for why there are no bytes; empty when there are.
  [[nodiscard]] const std::string& error() const noexcept { return error_; }

 private:
  byte_view bytes_;
  void* mapping_ = nullptr;
  std::vector<std::byte> read_;
  std::string error_;
};

/// A valid file of any version as one graph. A file of version 1 or 3 is a graph of one module without a URL,
/// and its bytecode a payload of an engine that nobody has: those versions don't say which one it was.
struct any_graph {
  std::uint32_t version = 0;
  owned_graph graph;
  std::optional<std::uint32_t> code_features;  ///< of version 3
};
[[nodiscard]] result<any_graph> read_graph(byte_view bytes);

/// The fingerprint of the engine that nobody has.
inline constexpr hash128 unknown_engine{};

/// `truncated at 0x1c in section.size: a field runs past the end of the bytes`.
[[nodiscard]] std::string to_text(const error& e);
[[nodiscard]] std::string to_hex(byte_view bytes);

/// Prints to stdout, or says on stderr why it can't; gives whether it could.
bool print_out(std::string_view text);
/// Prints `bmes: text` on stderr and gives the exit code 1.
int fail(std::string_view text);

}  // namespace bmes::tools
