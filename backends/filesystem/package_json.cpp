#include "package_json.hpp"

#include <nlohmann/json.hpp>

namespace bmes::filesystem {
namespace {

constexpr std::size_t deepest = 500;

/// Builds values from the parser's events.
class builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return add({}); }
  bool boolean(bool value) override { return add({json_value::kind_type::other, value ? "true" : "false", {}}); }
  bool number_integer(number_integer_t value) override { return add({json_value::kind_type::other, std::to_string(value), {}}); }
  bool number_unsigned(number_unsigned_t value) override { return add({json_value::kind_type::other, std::to_string(value), {}}); }
  bool number_float(number_float_t, const string_t& text) override { return add({json_value::kind_type::other, text, {}}); }
  bool string(string_t& text) override { return add({json_value::kind_type::text, std::move(text), {}}); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(json_value::kind_type::object); }
  bool key(string_t& name) override {
    key_ = std::move(name);
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(json_value::kind_type::list); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

  json_value result;

 private:
  struct level {
    std::string name;  // of the value in the one around it
    json_value value;
  };

  bool add(json_value value) { return add(std::exchange(key_, {}), std::move(value)); }
  bool add(std::string name, json_value value) {
    if (open_.empty()) {
      result = std::move(value);
    } else {
      open_.back().value.members.push_back({std::move(name), std::move(value)});
    }
    return true;
  }
  bool open(json_value::kind_type kind) {
    if (open_.size() == deepest) return false;
    open_.push_back({std::exchange(key_, {}), {kind, {}, {}}});
    return true;
  }
  bool close() {
    level done = std::move(open_.back());
    open_.pop_back();
    return add(std::move(done.name), std::move(done.value));
  }

  std::vector<level> open_;
  std::string key_;
};

}  // namespace

const json_value* json_value::find(std::string_view name) const noexcept {
  const json_value* found = nullptr;
  for (const member& m : members)
    if (m.name == name) found = &m.value;
  return found;
}

std::string quoted_json(std::string_view text) {
  return nlohmann::json(std::string(text)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string json_value::written() const {
  switch (kind) {
    case kind_type::null:
      return "null";
    case kind_type::other:
      return text;
    case kind_type::text:
      return quoted_json(text);
    case kind_type::list:
    case kind_type::object:
      break;
  }
  const bool is_list = kind == kind_type::list;
  std::string out(1, is_list ? '[' : '{');
  for (const member& m : members) {
    if (out.size() != 1) out += ',';
    if (!is_list) out += quoted_json(m.name) + ':';
    out += m.value.written();
  }
  return out += is_list ? ']' : '}';
}

std::optional<json_value> parse_json(std::string_view text) {
  builder made;
  if (!nlohmann::json::sax_parse(text, &made)) return std::nullopt;
  return std::move(made.result);
}

void parse_package(std::string_view text, package_json& out) {
  auto parsed = parse_json(text);
  if (!parsed || parsed->kind != json_value::kind_type::object) {
    out.is_valid = false;
    return;
  }
  using kind = json_value::kind_type;
  for (auto& [name, value] : parsed->members) {
    if (name == "name") {
      out.name = value.is_text() ? std::optional(std::move(value.text)) : std::nullopt;
    } else if (name == "main") {
      out.main = value.is_text() ? std::optional(std::move(value.text)) : std::nullopt;
    } else if (name == "type") {
      using type = package_json::type_field;
      out.type = !value.is_text() ? type::none : value.text == "module" ? type::module : value.text == "commonjs" ? type::common_js : type::none;
    } else if (name == "exports") {
      const bool counts = value.kind == kind::object || value.kind == kind::list || value.kind == kind::text;
      out.exports = counts ? std::optional(std::move(value)) : std::nullopt;
    } else if (name == "imports") {
      out.imports = value.kind == kind::object ? std::optional(std::move(value)) : std::nullopt;
    }
  }
}

}  // namespace bmes::filesystem
