#include "fleet_settings.hpp"

#include "cache_settings.hpp"
#include "files.hpp"

#include <nlohmann/json.hpp>

namespace bmes::fleet {
namespace {

using json = nlohmann::json;

std::vector<std::string_view> words_of(std::string_view text, std::string_view between) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto size = std::min(text.find_first_of(between), text.size());
    if (size != 0) out.push_back(text.substr(0, size));
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  return out;
}

class reader {
 public:
  fleet_settings read(const std::string& file) {
    if (!file.empty()) read_file(file);
    read_environment();
    if (!secret_file_.empty()) read_secret();
    return std::move(out_);
  }

 private:
  void fail(std::string what) {
    if (out_.error.empty()) out_.error = std::move(what);
  }

  // A URL, and after bars what is said of it.
  void add_remote(std::string_view text) {
    const auto parts = words_of(text, "|");
    if (parts.empty()) return;
    configured_remote r;
    r.settings.url = parts[0];
    for (std::size_t i = 1; i < parts.size(); ++i) set(r, parts[i].substr(0, parts[i].find('=')), after_equals(parts[i]));
    out_.remotes.push_back(std::move(r));
  }
  static std::string after_equals(std::string_view part) {
    const auto at = part.find('=');
    return at == std::string_view::npos ? std::string() : std::string(part.substr(at + 1));
  }
  void set(configured_remote& r, std::string_view name, std::string value) {
    if (name == "read-only") r.is_written = false;
    else if (name == "write-only") r.is_read = false;
    else if (name == "token-file" && !value.empty()) r.settings.token_file = std::move(value);
    else if (name == "header-file" && !value.empty()) r.settings.header_file = std::move(value);
    else if (name == "s3-credentials-file" && !value.empty()) r.settings.s3_credentials_file = std::move(value);
    else if (name == "s3-region" && !value.empty()) r.settings.s3_region = std::move(value);
    else if (name == "ca-file" && !value.empty()) r.settings.ca_file = std::move(value);
    else fail("what follows a bar after a URL may only be read-only, write-only, token-file=, header-file=, s3-credentials-file=, s3-region= or ca-file=");
  }

  void add_key(std::string_view text, std::vector<signing::public_key>& to) {
    const auto key = signing::parse_public(text);
    // It may be a secret one.
    if (!key) return fail("what is said to be the key " + std::string(text.substr(0, text.find(':'))) + " is no public key, such as bmes key show prints");
    to.push_back(*key);
  }

  void read_environment() {
    using filesystem::environment;
    if (const auto text = environment("BMES_CACHE_REMOTE"); !text.empty()) {
      out_.remotes.clear();
      for (const auto word : words_of(text, " \t\n")) add_remote(word);
    }
    const auto read_keys = [&](const char* name, std::vector<signing::public_key>& to) {
      const auto text = environment(name);
      if (text.empty()) return;
      // What is revoked anywhere is revoked.
      if (&to == &out_.trust.accepted) to.clear();
      for (const auto word : words_of(text, " \t\n,")) add_key(word, to);
    };
    read_keys("BMES_CACHE_TRUST", out_.trust.accepted);
    read_keys("BMES_CACHE_REVOKED", out_.trust.revoked);
    if (const auto path = environment("BMES_CACHE_SECRET_KEY"); !path.empty()) secret_file_ = path;
    if (const auto text = environment("BMES_CACHE_BUDGET"); !text.empty()) {
      char* end = nullptr;
      const auto ms = std::strtoul(text.c_str(), &end, 10);
      if (*end != '\0' || text[0] < '0' || text[0] > '9' || ms > longest_budget) return fail("BMES_CACHE_BUDGET is " + text + ", and may only be milliseconds, up to 60000");
      out_.budget = std::chrono::milliseconds(ms);
    }
  }

  void read_file(const std::string& path) {
    const auto file = filesystem::read_file(path);
    if (file.error != 0) return fail(path + " can't be read");
    const auto all = json::parse(file.text, nullptr, false);
    if (!all.is_object()) return fail(path + " is no JSON object");
    for (const auto& [name, value] : all.items()) {
      if (name == "remotes" && value.is_array()) {
        for (const auto& r : value) read_remote(r, path);
      } else if (name == "trusted_keys" || name == "revoked_keys") {
        auto& to = name == "trusted_keys" ? out_.trust.accepted : out_.trust.revoked;
        if (!value.is_array()) return fail(path + ": " + name + " is no array");
        for (const auto& k : value) add_key(k.is_string() ? k.get_ref<const std::string&>() : std::string(), to);
      } else if (name == "secret_key_file" && value.is_string()) {
        secret_file_ = value.get<std::string>();
      } else if (name == "budget_ms" && is_number(value, longest_budget)) {
        out_.budget = std::chrono::milliseconds(value.get<std::uint64_t>());
      } else if (name == "upload_budget_ms" && is_number(value, longest_budget)) {
        out_.upload_budget = std::chrono::milliseconds(value.get<std::uint64_t>());
      } else if (name == "rest_seconds" && is_number(value, 86400)) {
        out_.rest = std::chrono::seconds(value.get<std::uint64_t>());
      } else if (name == "expected_megabytes_per_second" && value.is_number() && value.get<double>() > 0) {
        out_.bytes_per_second = value.get<double>() * 1e6;
      } else {
        return fail(path + ": " + name + " is unknown, or not of its kind");
      }
    }
  }
  static bool is_number(const json& value, std::uint64_t most) { return value.is_number_unsigned() && value.get<std::uint64_t>() <= most; }

  void read_remote(const json& value, const std::string& path) {
    if (value.is_string()) return add_remote(value.get_ref<const std::string&>());
    if (!value.is_object()) return fail(path + ": a remote is a URL, or an object with one");
    configured_remote r;
    for (const auto& [name, v] : value.items()) {
      if (!v.is_string()) return fail(path + ": " + name + " is no text");
      const auto& text = v.get_ref<const std::string&>();
      if (name == "url") r.settings.url = text;
      else if (name == "role" && (text == "read-only" || text == "write-only")) set(r, text, {});
      else if (name != "role" || text != "read-write") set(r, name, text);
    }
    if (r.settings.url.empty()) return fail(path + ": a remote without a url");
    out_.remotes.push_back(std::move(r));
  }

  void read_secret() {
    const auto secret = remote::read_secret(secret_file_);
    if (!secret.error.empty()) return fail(secret.error);
    out_.secret = signing::parse_secret(secret.text);
    if (!out_.secret) fail(secret_file_ + " is no secret key, such as bmes key generate makes");
  }

  static constexpr unsigned long longest_budget = 60000;
  fleet_settings out_;
  std::string secret_file_;
};

}  // namespace

fleet_settings read_settings(const std::string& file) { return reader().read(file); }

}  // namespace bmes::fleet
