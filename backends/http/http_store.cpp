#include "http_store.hpp"

#include "curl_library.hpp"
#include "files.hpp"

#include <algorithm>
#include <bmes/cache.hpp>
#include <bmes/checksum.hpp>
#include <cstring>

namespace bmes::remote {
namespace {

using std::chrono::steady_clock;

constexpr std::string_view key_mark = "{key}";
constexpr auto longest_call = std::chrono::milliseconds(60'000);  // where nobody set a deadline, and where it is far away
constexpr std::uint64_t most_header_bytes = 64 << 10, most_error_bytes = 64 << 10;

/// One exchange: what goes out, and what has come in.
struct exchange {
  byte_view out;
  std::size_t given = 0;
  std::string in;
  std::uint64_t most_bytes = 0;
  bool is_too_large = false;
  long status = 0;  // of what is being read; 0 before its first byte
  std::uint64_t header_bytes = 0, error_bytes = 0;
};

std::size_t take(char* data, std::size_t, std::size_t size, void* to) {
  auto& e = *static_cast<exchange*>(to);
  // Of what explains an error a little is read, so that the connection can be kept.
  if (e.status != 200) return (e.error_bytes += size) <= most_error_bytes ? size : 0;
  e.is_too_large = size > e.most_bytes - e.in.size();
  if (e.is_too_large) return 0;
  e.in.append(data, size);
  return size;
}

// Lines of headers, the first of which has the status.
std::size_t take_header(char* data, std::size_t, std::size_t size, void* to) {
  auto& e = *static_cast<exchange*>(to);
  e.header_bytes += size;
  e.is_too_large = e.header_bytes > most_header_bytes;
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) e.status = line.find(" 200") == line.find(' ') && line.find(' ') != line.npos ? 200 : -1;
  return e.is_too_large ? 0 : size;
}

std::size_t give(char* to, std::size_t, std::size_t room, void* from) {
  auto& e = *static_cast<exchange*>(from);
  const auto size = std::min(room, e.out.size() - e.given);
  if (size != 0) std::memcpy(to, e.out.data() + e.given, size);
  e.given += size;
  return size;
}

// libcurl has to start from the beginning when a connection that was kept turns out to be closed.
int seek(void* from, curl_off_t offset, int origin) {
  auto& e = *static_cast<exchange*>(from);
  if (origin != SEEK_SET || offset < 0 || static_cast<std::uint64_t>(offset) > e.out.size()) return CURL_SEEKFUNC_FAIL;
  e.given = static_cast<std::size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

enum class verb { get, look, put, add, remove };

class http_store final : public remote_store {
 public:
  http_store(const remote_settings& settings, std::string name) : settings_(settings), name_(std::move(name)), easy_(curl_.easy_init()) {
    set(CURLOPT_NOSIGNAL, 1L);
    // A name that is still looked up is left to its thread: to wait for it would take as long as the system does, whatever the deadline.
    set(CURLOPT_QUICK_EXIT, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    // What goes where is said by the settings alone.
    set(CURLOPT_PROXY, "");
    set(CURLOPT_USERAGENT, "bmes");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_TCP_NODELAY, 1L);
    set(CURLOPT_WRITEFUNCTION, &take);
    set(CURLOPT_HEADERFUNCTION, &take_header);
    set(CURLOPT_READFUNCTION, &give);
    set(CURLOPT_SEEKFUNCTION, &seek);
    if (!settings.ca_file.empty()) {
      set(CURLOPT_CAINFO, settings.ca_file.c_str());
      set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // the system's list is a file and a folder
    }
    add_header("Expect:");
    add_header("Content-Type: application/octet-stream");
  }
  ~http_store() override {
    curl_.slist_free_all(headers_);
    curl_.slist_free_all(adding_);
    if (easy_) curl_.easy_cleanup(easy_);
  }
  http_store(const http_store&) = delete;
  http_store& operator=(const http_store&) = delete;

  [[nodiscard]] bool is_good() const noexcept { return easy_ != nullptr; }
  void add_header(const std::string& line) {
    headers_ = curl_.slist_append(headers_, line.c_str());
    adding_ = curl_.slist_append(adding_, line.c_str());
  }
  void finish_headers() { adding_ = curl_.slist_append(adding_, "If-None-Match: *"); }

  void set_deadline(steady_clock::time_point t) override { deadline_ = t; }

  store_answer get(const hash128& key) override {
    store_answer out;
    out.place = with_key(name_, key);
    exchange e;
    out.error = perform(key, verb::get, e);
    if (!out.error.reason.empty()) return out;
    out.version = filesystem::to_hex(checksum128(as_bytes(e.in)));
    out.entry = keep_bytes(std::move(e.in));
    return out;
  }
  store_error look_for(const hash128& key) override {
    exchange e;
    return perform(key, verb::look, e);
  }
  store_error put(const hash128& key, byte_view bytes) override {
    exchange e;
    e.out = bytes;
    return perform(key, verb::put, e);
  }
  store_error add(const hash128& key, byte_view bytes, bool& is_new) override {
    exchange e;
    e.out = bytes;
    auto error = perform(key, verb::add, e);
    is_new = error.reason.empty() && status_ != there_already && status_ != replaced;
    return error;
  }
  store_error remove(const hash128& key) override {
    exchange e;
    return perform(key, verb::remove, e);
  }
  [[nodiscard]] bool has_claims() const noexcept override { return false; }
  bool claim(const hash128&, std::chrono::seconds) override { return true; }
  void end_claim(const hash128&) override {}
  [[nodiscard]] const std::string& name() const noexcept override { return name_; }

 private:
  static constexpr long there_already = 412, replaced = 204;

  template <class T>
  void set(CURLoption option, T value) {
    if (easy_) curl_.easy_setopt(easy_, option, value);
  }

  [[nodiscard]] static std::string with_key(std::string out, const hash128& key) {
    const auto hex = filesystem::to_hex(key);
    if (out.find(key_mark) == std::string::npos) return out += (out.ends_with('/') ? "" : "/") + hex;
    for (auto at = out.find(key_mark); at != std::string::npos; at = out.find(key_mark, at)) out.replace(at, key_mark.size(), hex);
    return out;
  }

  [[nodiscard]] store_error perform(const hash128& key, verb what, exchange& e) {
    status_ = 0;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - steady_clock::now()).count();
    if (left <= 0) return {reason::timeout, "no time was left"};
    e.most_bytes = settings_.most_bytes;
    const auto url = with_key(settings_.url, key);
    const bool sends = what == verb::put || what == verb::add;
    // Nobody could read it.
    if (e.out.size() > settings_.most_bytes) return {reason::failed, "larger than an entry may be"};
    set(CURLOPT_CUSTOMREQUEST, what == verb::remove ? "DELETE" : static_cast<const char*>(nullptr));
    set(CURLOPT_UPLOAD, sends ? 1L : 0L);
    set(CURLOPT_NOBODY, what == verb::look ? 1L : 0L);
    if (!sends && what != verb::look) set(CURLOPT_HTTPGET, 1L);
    if (sends) set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(e.out.size()));
    set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(settings_.most_bytes));
    set(CURLOPT_HTTPHEADER, what == verb::add ? adding_ : headers_);
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_HEADERDATA, &e);
    set(CURLOPT_SEEKDATA, &e);
    set(CURLOPT_WRITEDATA, &e);
    set(CURLOPT_READDATA, &e);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::min<std::int64_t>(left, longest_call.count())));
    const CURLcode code = curl_.easy_perform(easy_);
    curl_.easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status_);
    // An answer counts though we read no more of its explanation, or its server no more of what was sent.
    const bool is_cut = code == CURLE_WRITE_ERROR || code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_PARTIAL_FILE ||
                        code == CURLE_FILESIZE_EXCEEDED;
    if (is_cut && !e.is_too_large && status_ >= 300) return judge(what);
    if (code != CURLE_OK) return {e.is_too_large ? reason::damaged : reason_of(code), curl_.easy_strerror(code)};
    return judge(what);
  }

  [[nodiscard]] store_error judge(verb what) const {
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

  static std::string_view reason_of(CURLcode code) {
    switch (code) {
      case CURLE_COULDNT_CONNECT:
      case CURLE_COULDNT_RESOLVE_HOST:
        return reason::unreachable;
      case CURLE_OPERATION_TIMEDOUT:
        return reason::timeout;
      case CURLE_UNSUPPORTED_PROTOCOL:  // what is no HTTP is taken for HTTP/0.9
      case CURLE_WEIRD_SERVER_REPLY:
      case CURLE_PARTIAL_FILE:
      case CURLE_GOT_NOTHING:
      case CURLE_RECV_ERROR:
      case CURLE_SEND_ERROR:
      case CURLE_FILESIZE_EXCEEDED:
      case CURLE_BAD_CONTENT_ENCODING:
        return reason::damaged;
      default:
        return reason::failed;
    }
  }

  const curl_library& curl_ = curl_library::get();
  remote_settings settings_;
  std::string name_;
  CURL* easy_;
  curl_slist* headers_ = nullptr;
  curl_slist* adding_ = nullptr;
  steady_clock::time_point deadline_ = steady_clock::time_point::max();
  long status_ = 0;
};

// Without what comes before the last @ of the host, and without a query, which may be signed.
std::string without_credentials(std::string url) {
  url.erase(std::min(url.find('?'), url.size()));
  const auto host = url.find("://") + 3;
  const auto at = url.substr(0, url.find('/', host)).rfind('@');
  if (at != std::string::npos && at >= host) url.erase(host, at + 1 - host);
  return url;
}

}  // namespace

std::unique_ptr<remote_store> make_http_store(const remote_settings& settings, std::string& error) {
  if (!curl_library::get().is_there) {
    error = "HTTP needs libcurl.so.4, and there is none";
    return nullptr;
  }
  auto out = std::make_unique<http_store>(settings, without_credentials(settings.url));
  if (!out->is_good()) {
    error = "libcurl does not start";
    return nullptr;
  }
  if (!settings.token_file.empty()) {
    const auto token = read_secret(settings.token_file);
    error = token.error;
    out->add_header("Authorization: Bearer " + token.text);
  }
  if (!settings.header_file.empty()) {
    const auto lines = read_secret(settings.header_file);
    if (error.empty()) error = lines.error;
    std::string_view rest = lines.text;
    while (!rest.empty()) {
      const auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (!line.empty()) out->add_header(std::string(line.substr(0, line.find('\r'))));
    }
  }
  out->finish_headers();
  if (!error.empty()) return nullptr;
  return out;
}

}  // namespace bmes::remote
