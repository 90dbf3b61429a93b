#include "http_store.hpp"

#include "connection.hpp"
#include "files.hpp"
#include "http_url.hpp"
#include "response_reader.hpp"
#include "s3_signature.hpp"

#include <algorithm>
#include <array>
#include <bmes/cache.hpp>
#include <bmes/checksum.hpp>
#include <sodium.h>
#include <strings.h>
#include <vector>

namespace bmes::remote {
namespace {

using std::chrono::steady_clock;

constexpr std::string_view key_mark = "{key}";
constexpr auto most_for_explanation = std::chrono::milliseconds(20);
constexpr std::size_t piece = 65536, most_explanation = 65536;

enum class verb { get, look, put, add, remove };

std::string with_key(std::string out, const hash128& key) {
  const auto hex = filesystem::to_hex(key);
  if (out.find(key_mark) == std::string::npos) return out += (out.ends_with('/') ? "" : "/") + hex;
  for (auto at = out.find(key_mark); at != std::string::npos; at = out.find(key_mark, at)) out.replace(at, key_mark.size(), hex);
  return out;
}

std::string base64(std::string_view text) {
  std::string out(sodium_base64_encoded_len(text.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(), sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();  // the zero at its end
  return out;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_same(std::string_view a, std::string_view b) { return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0; }

// What says how a request goes on is nobody's but ours.
bool is_own(std::string_view name) {
  return std::ranges::any_of(std::array{"Connection", "Content-Length", "Expect", "If-None-Match", "TE", "Trailer", "Transfer-Encoding", "Upgrade"},
                             [&](std::string_view own) { return is_same(own, name); });
}

/// Lines of a request, each of another name.
class header_lines {
 public:
  /// The last one of a name counts. False for what is no header.
  [[nodiscard]] bool set(std::string_view line) {
    const std::string_view name = line.substr(0, line.find(':'));
    const bool is_text = std::ranges::none_of(line, [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7F; });
    if (name.size() == line.size() || !is_token(name) || !is_text || is_own(name)) return false;
    std::erase_if(lines_, [&](const std::string& other) { return is_of(other, name); });
    lines_.emplace_back(line);
    return true;
  }
  /// What is said under a name; empty where nothing is.
  [[nodiscard]] std::string value_of(std::string_view name) const {
    const auto line = std::ranges::find_if(lines_, [&](const std::string& l) { return is_of(l, name); });
    if (line == lines_.end()) return {};
    const auto begin = line->find_first_not_of(" \t", name.size() + 1);
    return begin == std::string::npos ? std::string() : line->substr(begin, line->find_last_not_of(" \t") + 1 - begin);
  }
  [[nodiscard]] std::string text() const {
    std::string out;
    for (const std::string& line : lines_) out += line + "\r\n";
    return out;
  }

 private:
  static bool is_of(std::string_view line, std::string_view name) { return is_same(line.substr(0, line.find(':')), name); }

  std::vector<std::string> lines_;
};

class http_store final : public remote_store {
 public:
  http_store(http_address address, std::string headers, std::optional<s3_credentials> s3, const remote_settings& settings)
      : address_(std::move(address)),
        headers_(std::move(headers)),
        s3_(std::move(s3)),
        ca_file_(settings.ca_file),
        most_(settings.most_bytes),
        buffer_(piece) {}

  void set_deadline(steady_clock::time_point deadline) override { deadline_ = deadline; }
  [[nodiscard]] store_answer get(const hash128& key) override {
    store_answer out;
    out.place = with_key(address_.name, key);
    std::string body;
    out.error = ask(verb::get, key, {}, body);
    if (!out.error.reason.empty()) return out;
    out.version = filesystem::to_hex(checksum128(as_bytes(body)));
    out.entry = keep_bytes(std::move(body));
    return out;
  }
  [[nodiscard]] store_error look_for(const hash128& key) override { return ask_shortly(verb::look, key, {}); }
  [[nodiscard]] store_error put(const hash128& key, byte_view bytes) override { return ask_shortly(verb::put, key, bytes); }
  [[nodiscard]] store_error add(const hash128& key, byte_view bytes, bool& is_new) override {
    auto error = ask_shortly(verb::add, key, bytes);
    is_new = error.reason.empty() && status_ != there_already && status_ != replaced;
    return error;
  }
  [[nodiscard]] store_error remove(const hash128& key) override { return ask_shortly(verb::remove, key, {}); }
  [[nodiscard]] bool has_claims() const noexcept override { return false; }
  [[nodiscard]] bool claim(const hash128&, std::chrono::seconds) override { return true; }
  void end_claim(const hash128&) override {}
  [[nodiscard]] const std::string& name() const noexcept override { return address_.name; }

 private:
  static constexpr unsigned there_already = 412, replaced = 204;

  [[nodiscard]] std::string request(verb, const hash128& key, byte_view body) const;
  [[nodiscard]] store_error ask_shortly(verb what, const hash128& key, byte_view sent) {
    std::string unused;
    return ask(what, key, sent, unused);
  }
  // One question and its answer, or what that means.
  [[nodiscard]] store_error ask(verb, const hash128& key, byte_view sent, std::string& body);
  [[nodiscard]] store_error exchange(verb, const hash128& key, byte_view sent, response_reader&, steady_clock::time_point deadline);
  [[nodiscard]] store_error judge(verb) const;

  http_address address_;
  std::string headers_;
  std::optional<s3_credentials> s3_;  // to sign each request with
  std::string ca_file_;
  std::uint64_t most_;
  std::vector<char> buffer_;
  connection connection_;
  steady_clock::time_point deadline_ = steady_clock::time_point::max();
  bool is_sent_ = false;  // all of the last question: a server may answer before
  unsigned status_ = 0;
};

std::string http_store::request(verb what, const hash128& key, byte_view body) const {
  const bool sends = what == verb::put || what == verb::add;
  const std::string_view method = sends ? "PUT" : what == verb::remove ? "DELETE" : what == verb::look ? "HEAD" : "GET";
  std::string out(method);
  const std::string target = with_key(address_.target, key);
  out += ' ' + target + " HTTP/1.1\r\n" + headers_;
  if (s3_) out += sign_s3_request(*s3_, method, address_.host, target, body, std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
  if (sends) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  if (what == verb::add) out += "If-None-Match: *\r\n";
  return out += "\r\n";
}

store_error http_store::exchange(verb what, const hash128& key, byte_view sent, response_reader& reader, steady_clock::time_point deadline) {
  using state = response_reader::state;
  const std::string head = request(what, key, sent);
  std::string_view head_left = head, body_left = as_text(sent);
  auto until = deadline;
  for (;;) {
    if (reader.status() == 0) {
      // Again, where all that came is that an answer will come.
      auto error = connection_.send_until_answer(head_left, deadline);
      if (error.reason.empty() && head_left.empty()) error = connection_.send_until_answer(body_left, deadline);
      if (!error.reason.empty()) return error;
      is_sent_ = head_left.empty() && body_left.empty();
    }
    // Of an answer that explains itself the explanation is read, so that the connection can be kept; it counts without.
    const bool is_answered = reader.status() > 200;
    if (is_answered && until == deadline) until = std::min(deadline, steady_clock::now() + most_for_explanation);
    std::size_t count = 0;
    if (auto error = connection_.receive(buffer_.data(), buffer_.size(), count, until); !error.reason.empty())
      return is_answered ? store_error{} : error;
    const state now = count == 0 ? reader.end() : reader.feed({buffer_.data(), count});
    if (now == state::complete) return {};
    const bool is_long = reader.status() > 200 && reader.body_size() > most_explanation;
    if (now == state::wants_more && !is_long) continue;
    connection_.close();
    if (reader.status() > 200) return {};
    return {reason::damaged, reader.why()};
  }
}

store_error http_store::ask(verb what, const hash128& key, byte_view sent, std::string& body) {
  status_ = 0;
  const auto now = steady_clock::now();
  if (now >= deadline_) return {reason::timeout, "there was no time left"};
  // Nobody could read it.
  if (sent.size() > most_) return {reason::failed, "an entry of " + std::to_string(sent.size()) + " bytes is larger than allowed"};
  const auto deadline = end_of_call(now, deadline_);
  for (;;) {
    const bool is_kept = connection_.is_quiet(deadline);
    if (!is_kept)
      if (auto error = connection_.open(address_.at, ca_file_, deadline); !error.reason.empty()) return error;
    response_reader reader(most_, what != verb::look);
    auto error = exchange(what, key, sent, reader, deadline);
    // A server may end a connection that it kept while it is asked again.
    if (is_kept && error.reason == reason::damaged && !reader.has_begun()) continue;
    if (!error.reason.empty()) return error;
    status_ = reader.status();
    if (!reader.is_reusable() || !is_sent_) connection_.close();
    if (!is_sent_ && status_ < 300) return {reason::damaged, "an answer before all was sent"};
    body = reader.take_body();
    return judge(what);
  }
}

store_error http_store::judge(verb what) const {
  const std::string words = "status " + std::to_string(status_);
  const bool sends = what == verb::put || what == verb::add;
  if (!sends && (status_ == 404 || status_ == 410)) return {bmes::reason::no_entry, {}};
  if (status_ == 401 || status_ == 403 || status_ == 407) return {reason::denied, words};
  if (status_ >= 300 && status_ < 400) return {reason::redirected, words};
  const bool is_read = what == verb::get || what == verb::look;
  if (status_ == 200 || (!is_read && (status_ == 201 || status_ == 202 || status_ == 204))) return {};
  if (what == verb::add && status_ == there_already) return {};
  return {reason::status, words};
}

}  // namespace

std::unique_ptr<remote_store> make_http_store(const remote_settings& settings, std::string& error) {
  auto address = parse_http_url(settings.url, error);
  if (!address) return nullptr;
  header_lines headers;
  const auto set = [&](const std::string& line, const std::string& from) {
    if (error.empty() && !headers.set(line)) error = "there is a line in " + from + " that is no header, or one of ours";
  };
  set("Host: " + address->host, "the URL");
  set("User-Agent: bmes", "");
  set("Accept: */*", "");
  set("Content-Type: application/octet-stream", "");
  if (!address->user.empty() || !address->password.empty()) set("Authorization: Basic " + base64(address->user + ":" + address->password), "the URL");
  if (!settings.token_file.empty()) {
    const auto token = read_secret(settings.token_file);
    error = token.error;
    set("Authorization: Bearer " + token.text, settings.token_file);
  }
  if (!settings.header_file.empty()) {
    const auto lines = read_secret(settings.header_file);
    if (error.empty()) error = lines.error;
    std::string_view rest = lines.text;
    while (!rest.empty()) {
      const auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (!line.empty() && line != "\r") set(std::string(line.substr(0, line.find('\r'))), settings.header_file);
    }
  }
  std::optional<s3_credentials> s3;
  if (!settings.s3_credentials_file.empty()) {
    const auto file = read_secret(settings.s3_credentials_file);
    if (error.empty()) error = file.error;
    s3 = parse_s3_credentials(file.text);
    if (error.empty() && !s3) error = settings.s3_credentials_file + " has no aws_access_key_id and aws_secret_access_key of a default profile";
    if (error.empty() && !headers.value_of("Authorization").empty()) error = "there are credentials of S3 and others";
    // The file of headers may have named another, and what the server is told is signed.
    address->host = headers.value_of("Host");
    if (s3) s3->region = settings.s3_region.empty() ? "us-east-1" : settings.s3_region;
  }
  if (error.empty() && !settings.s3_region.empty() && (!s3 || !is_token(settings.s3_region))) error = "a region of S3 without its credentials, or no word";
  if (!error.empty()) return nullptr;
  return std::make_unique<http_store>(*std::move(address), headers.text(), std::move(s3), settings);
}

}  // namespace bmes::remote
