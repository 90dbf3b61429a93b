// Specifiers and keys of modules as texts: nothing here looks at a disk.
#pragma once

#include <bmes/resolution.hpp>
#include <optional>

namespace bmes::filesystem {

/// The path of the file behind a module's key: the key, or what it says as a file: URL. A path stands for itself, whatever it holds.
[[nodiscard]] std::string path_of(std::string_view key);

/// `text` with its percent-encoding undone; a "%" that means nothing stands for itself.
[[nodiscard]] std::string decoded_leniently(std::string_view text);

/// The key of the module that is the file at `path`, asked for with `suffix`: a query, a fragment, both or nothing.
[[nodiscard]] std::string key_of(std::string path, std::string_view suffix);

/// The URL of a path; anything else is one.
[[nodiscard]] std::string url_of(std::string_view path);

/// What the data: URL `key` holds; nothing for any other key.
[[nodiscard]] std::optional<std::string> data_of(std::string_view key);
/// The media type of a data: URL, in small letters, without parameters.
[[nodiscard]] std::string media_type_of(std::string_view key);

/// From the last dot of the name on; empty where there is none, or where the name begins with it.
[[nodiscard]] std::string_view extension_of(std::string_view path);

/// What a file of this name has in it: TypeScript in .ts, .mts, .cts and .tsx.
[[nodiscard]] source_language language_of(std::string_view path);

/// Where a specifier leads as a URL, as Node reads it.
struct file_reference {
  std::string path;        ///< absolute, decoded, without "." and "..", without a slash at its end
  std::string suffix;      ///< query and fragment, encoded as in a URL
  bool is_folder = false;  ///< whether the URL ended with a slash
  std::string url;         ///< a module's key that is no file's, in the place of all this
  module_error error;
};
/// What kind of specifier it is: `url` has a scheme, a `path` begins with a slash or with dots, all else is `bare`.
enum class specifier_kind : std::uint8_t { path, url, bare };
[[nodiscard]] specifier_kind kind_of(std::string_view specifier);
/// Of specifiers that are not bare. `referrer` is the key of a module; any other is taken as a file in the working folder.
[[nodiscard]] file_reference parse_specifier(std::string_view specifier, std::string_view referrer);

/// `path` made absolute from the working folder, without "." and "..".
[[nodiscard]] std::string absolute_path(std::string_view path);

}  // namespace bmes::filesystem
