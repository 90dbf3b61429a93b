#include "serve_check.hpp"

#include <algorithm>
#include <bmes/cache.hpp>
#include <bmes/checksum.hpp>
#include <random>

namespace bmes::remote {
namespace {

using clock = std::chrono::steady_clock;

constexpr auto for_small = std::chrono::seconds(5), for_large = std::chrono::seconds(30);
constexpr std::size_t mebibyte = std::size_t{1} << 20, large = 8 * mebibyte, large_is_over = 65536;
constexpr int small_gets = 20;

std::string written(double number, const char* unit) {
  const auto hundredths = static_cast<std::uint64_t>(number * 100 + 0.5);
  return std::to_string(hundredths / 100) + "." + std::to_string(100 + hundredths % 100).substr(1) + " " + unit;
}

double milliseconds_since(clock::time_point began) { return std::chrono::duration<double, std::milli>(clock::now() - began).count(); }

std::string said(const store_error& error) { return std::string(error.reason) + ": " + error.message; }

// Keys that nobody else has, and what is not the same twice: a server may compress, or know what it has seen.
class chance {
 public:
  [[nodiscard]] hash128 key() {
    hash128 out{};
    for (auto& b : out) b = static_cast<std::byte>(engine_() >> 56);
    return out;
  }
  // All values that a byte has, whatever the size from 256 on.
  [[nodiscard]] std::string bytes(std::size_t size) {
    std::string out(size, '\0');
    for (std::size_t i = 0; i != size; ++i) out[i] = static_cast<char>(i < 256 ? i : engine_() >> 56);
    return out;
  }

 private:
  std::mt19937_64 engine_{(std::uint64_t{std::random_device{}()} << 32) | std::random_device{}()};
};

class server_check {
 public:
  explicit server_check(remote_store& store) : store_(store) {}
  [[nodiscard]] std::vector<check_result> run() {
    static_cast<void>(check_required() && check_optional());
    remove_all();
    return std::move(results_);
  }

 private:
  bool note(std::string name, bool holds, bool is_required, std::string detail) {
    results_.push_back({std::move(name), std::move(detail), holds, is_required});
    return holds || !is_required;
  }
  bool require(std::string name, bool holds, std::string detail) { return note(std::move(name), holds, true, std::move(detail)); }
  void begin(std::size_t size = 1) { store_.set_deadline(clock::now() + (size > large_is_over ? for_large : for_small)); }
  [[nodiscard]] hash128 new_key() {
    keys_.push_back(chance_.key());
    return keys_.back();
  }

  [[nodiscard]] bool check_required();
  [[nodiscard]] bool check_round_trip(const std::string& name, std::size_t size);
  [[nodiscard]] bool gives(const hash128& key, const std::string& bytes, std::string& why);
  [[nodiscard]] bool check_replacement();
  [[nodiscard]] bool check_optional();
  void check_add();
  void check_claims();
  void measure();
  void remove_all();

  remote_store& store_;
  chance chance_;
  std::vector<hash128> keys_;
  std::vector<check_result> results_;
  hash128 small_{}, large_{};
};

bool server_check::check_required() {
  const hash128 unknown = chance_.key();
  begin();
  const auto began = clock::now();
  auto answer = store_.get(unknown);
  const bool is_missing = !answer.entry && answer.error.reason == bmes::reason::no_entry;
  // Whoever answers at all is there, even if it says the wrong thing.
  const auto why = answer.error.reason;
  const bool answers = answer.entry || is_missing || why == reason::status || why == reason::denied || why == reason::redirected;
  if (!require("reachable", answers, answers ? written(milliseconds_since(began), "ms") : said(answer.error))) return false;
  if (!require("unknown key", is_missing, is_missing ? "there is no entry" : answer.entry ? "there is an entry that nobody put" : said(answer.error)))
    return false;
  begin();
  const auto looked = store_.look_for(unknown);
  const bool is_none = looked.reason == bmes::reason::no_entry;
  if (!require("look for an unknown key", is_none, is_none ? "there is none" : looked.reason.empty() ? "it is said to be there" : said(looked)))
    return false;
  return check_round_trip("1 byte", 1) && check_round_trip("64 KiB of all byte values", 65536) && check_round_trip("8 MiB", large) &&
         check_replacement();
}

bool server_check::gives(const hash128& key, const std::string& bytes, std::string& why) {
  begin(bytes.size());
  const auto answer = store_.get(key);
  if (!answer.entry) {
    why = said(answer.error);
    return false;
  }
  const std::string_view got = as_text(answer.entry->bytes());
  if (got == bytes) return true;
  why = got.size() != bytes.size() ? std::to_string(got.size()) + " bytes came back" : "other bytes came back";
  return false;
}

bool server_check::check_round_trip(const std::string& name, std::size_t size) {
  const hash128 key = new_key();
  const std::string bytes = chance_.bytes(size);
  begin(size);
  if (const auto error = store_.put(key, bmes::as_bytes(bytes)); !error.reason.empty()) return require(name, false, "put: " + said(error));
  std::string why = "comes back as it was";
  const bool is_same = gives(key, bytes, why);
  if (!require(name, is_same, why)) return false;
  begin();
  const auto looked = store_.look_for(key);
  if (!looked.reason.empty()) return require("look for " + name, false, said(looked));
  (size == large ? large_ : small_) = key;
  return true;
}

bool server_check::check_replacement() {
  const std::string bytes = chance_.bytes(1000);
  begin();
  if (const auto error = store_.put(small_, bmes::as_bytes(bytes)); !error.reason.empty()) return require("put replaces", false, said(error));
  std::string why = "the new bytes come back";
  const bool is_same = gives(small_, bytes, why);
  return require("put replaces", is_same, why);
}

bool server_check::check_optional() {
  check_add();
  check_claims();
  measure();
  return true;
}

void server_check::check_add() {
  const hash128 key = new_key();
  const std::string first = chance_.bytes(300), second = chance_.bytes(301);
  bool is_new = false, is_new_again = true;
  begin();
  auto error = store_.add(key, bmes::as_bytes(first), is_new);
  if (error.reason.empty()) error = store_.add(key, bmes::as_bytes(second), is_new_again);
  std::string why;
  if (!error.reason.empty()) {
    note("add only what is new", false, false, said(error));
  } else if (!is_new || is_new_again) {
    note("add only what is new", false, false, "the server does not tell whether there was an entry");
  } else if (!gives(key, first, why)) {
    note("add only what is new", false, false, "said to be kept, but " + why);
  } else {
    note("add only what is new", true, false, "an entry that is there stays");
  }
}

void server_check::check_claims() {
  if (!store_.has_claims()) {
    note("claims", false, false, "not with this server: several machines may do the same work at once");
    return;
  }
  const hash128 key = chance_.key();
  begin();
  const bool is_first = store_.claim(key, std::chrono::seconds(2)), is_again = store_.claim(key, std::chrono::seconds(2));
  store_.end_claim(key);
  note("claims", is_first && !is_again, false, is_first && !is_again ? "one machine of many does the work" : "a key was claimed twice, or never");
}

void server_check::measure() {
  std::vector<double> times;
  for (int i = 0; i != small_gets; ++i) {
    begin();
    const auto began = clock::now();
    if (!store_.get(small_).entry) return static_cast<void>(note("small entries", false, false, "not all came"));
    times.push_back(milliseconds_since(began));
  }
  std::nth_element(times.begin(), times.begin() + small_gets / 2, times.end());
  note("small entries", true, false, "median " + written(times[small_gets / 2], "ms"));
  begin(large);
  const auto began = clock::now();
  if (!store_.get(large_).entry) return static_cast<void>(note("large entries", false, false, "8 MiB did not come again"));
  const double seconds = std::max(milliseconds_since(began), 0.001) / 1000;
  note("large entries", true, false, written(static_cast<double>(large) / mebibyte / seconds, "MiB/s"));
}

void server_check::remove_all() {
  if (keys_.empty()) return;
  std::size_t left = 0;
  std::string why;
  for (const auto& key : keys_) {
    begin();
    const auto error = store_.remove(key);
    if (error.reason.empty() || error.reason == bmes::reason::no_entry) continue;
    ++left;
    why = said(error);
    if (error.reason == reason::timeout || error.reason == reason::unreachable) {
      left = keys_.size();
      break;
    }
  }
  note("remove", left == 0, false, left == 0 ? "nothing of this is left" : "up to " + std::to_string(left) + " entries are left: " + why);
}

}  // namespace

std::vector<check_result> check_server(remote_store& store) { return server_check(store).run(); }

}  // namespace bmes::remote
