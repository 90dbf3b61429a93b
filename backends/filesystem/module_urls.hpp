// Specifiers and keys of modules as texts: nothing here looks at a disk.
#pragma once

#include <bmes/resolution.hpp>

namespace bmes::filesystem {

/// The path of the file behind a module's key: the key, or what it says as a file: URL. A path stands for itself, whatever it holds.
[[nodiscard]] std::string path_of(std::string_view key);

/// The key of the module that is the file at `path`, asked for with `suffix`: a query, a fragment, both or nothing.
[[nodiscard]] std::string key_of(std::string path, std::string_view suffix);

/// Where a specifier leads as a URL, as Node reads it.
struct file_reference {
  std::string path;        ///< absolute, decoded, without "." and "..", without a slash at its end
  std::string suffix;      ///< query and fragment, encoded as in a URL
  bool is_folder = false;  ///< whether the URL ended with a slash
  module_error error;
};
/// `referrer` is the key of a module; any other is taken as a file in the working folder.
[[nodiscard]] file_reference parse_specifier(std::string_view specifier, std::string_view referrer);

/// `path` made absolute from the working folder, without "." and "..".
[[nodiscard]] std::string absolute_path(std::string_view path);

}  // namespace bmes::filesystem
