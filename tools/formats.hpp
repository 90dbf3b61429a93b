// Files of any version as the commands see them: opened, described, and what is wrong with them in words.
#pragma once

#include "conversion.hpp"

#include <bmes/format.hpp>
#include <bmes/store.hpp>
#include <memory>
#include <string>
#include <vector>

namespace bmes::tools {

/// The bytes of a file, of a pipe, or with the path "-" of standard input; unpacked if it is an entry of a folder store.
class opened_file {
 public:
  explicit opened_file(const std::string& path);
  opened_file(const opened_file&) = delete;
  opened_file& operator=(const opened_file&) = delete;
  [[nodiscard]] byte_view bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint64_t stored_size() const noexcept { return stored_size_; }  ///< before it was unpacked
  /// The system's word for why there are no bytes; empty when there are.
  [[nodiscard]] const std::string& error() const noexcept { return error_; }

 private:
  byte_view bytes_;
  std::unique_ptr<stored_bytes> stored_;
  std::uint64_t stored_size_ = 0;
  std::string error_;
};

/// `truncated at 0x1c in section.size: a field runs past the end of the bytes`.
[[nodiscard]] std::string to_text(const error& e);
[[nodiscard]] std::string to_hex(byte_view bytes);

/// Prints to stdout, or says on stderr why it can't; gives whether it could.
bool print_out(std::string_view text);
/// Prints `bmes: text` on stderr and gives the exit code 1.
int fail(std::string_view text);

}  // namespace bmes::tools
