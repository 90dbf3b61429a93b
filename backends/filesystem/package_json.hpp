// The JSON of a package.json: the order of its keys has a meaning there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bmes::filesystem {

struct json_value {
  enum class kind_type : std::uint8_t { null, other, text, list, object };
  struct member;

  kind_type kind = kind_type::null;
  std::string text;             ///< of a string; else, but for lists and objects, as it would be written
  std::vector<member> members;  ///< of an object, or with empty names of a list

  [[nodiscard]] bool is_text() const noexcept { return kind == kind_type::text; }
  /// The last member of that name, as in JavaScript; null where there is none.
  [[nodiscard]] const json_value* find(std::string_view name) const noexcept;
  /// As JSON.stringify() writes it.
  [[nodiscard]] std::string written() const;
};

struct json_value::member {
  std::string name;
  json_value value;
};

/// Nothing where the text is no JSON, or nests too deeply to be meant.
[[nodiscard]] std::optional<json_value> parse_json(std::string_view text);
[[nodiscard]] std::string quoted_json(std::string_view text);

/// What a package.json says about modules.
struct package_json {
  enum class type_field : std::uint8_t { none, module, common_js };

  std::string path;
  bool exists = false;
  bool is_valid = true;
  std::optional<std::string> name, main;
  type_field type = type_field::none;
  std::optional<json_value> exports;  ///< an object, a list or a string
  std::optional<json_value> imports;  ///< an object
};

/// Reads the fields of `text` into `out`.
void parse_package(std::string_view text, package_json& out);

}  // namespace bmes::filesystem
