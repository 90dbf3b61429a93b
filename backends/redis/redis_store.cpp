#include "redis_store.hpp"

#include "connection.hpp"
#include "files.hpp"
#include "redis_url.hpp"
#include "reply_reader.hpp"

#include <algorithm>
#include <bmes/cache.hpp>
#include <bmes/checksum.hpp>
#include <hiredis/hiredis.h>
#include <vector>

namespace bmes::remote {
namespace {

using clock = std::chrono::steady_clock;
using kind = redis_reply::kind;

constexpr std::size_t piece = 65536;

// What a server says is shown to people: one line of it.
std::string shown(std::string_view text) {
  std::string out(text.substr(0, 200));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

store_error refused(const redis_reply& reply) {
  const std::string_view text = reply.text;
  for (const std::string_view word : {"NOAUTH", "WRONGPASS", "NOPERM", "DENIED"})
    if (text.starts_with(word)) return {reason::denied, shown(text)};
  if (text.starts_with("MOVED ") || text.starts_with("ASK ")) return {reason::redirected, shown(text)};
  return {reason::status, shown(text)};
}

store_error strange() { return {reason::status, "an answer that means nothing here"}; }

class redis_store final : public remote_store {
 public:
  redis_store(redis_address address, const remote_settings& settings)
      : address_(std::move(address)), ca_file_(settings.ca_file), most_(settings.most_bytes), buffer_(piece) {}

  void set_deadline(clock::time_point deadline) override { deadline_ = deadline; }
  [[nodiscard]] store_answer get(const hash128& key) override;
  [[nodiscard]] store_error put(const hash128& key, byte_view bytes) override {
    bool is_new = false;
    return set(key, bytes, false, is_new);
  }
  [[nodiscard]] store_error add(const hash128& key, byte_view bytes, bool& is_new) override { return set(key, bytes, true, is_new); }
  [[nodiscard]] store_error look_for(const hash128& key) override;
  [[nodiscard]] store_error remove(const hash128& key) override;
  [[nodiscard]] bool has_claims() const noexcept override { return true; }
  [[nodiscard]] bool claim(const hash128& key, std::chrono::seconds) override;
  void end_claim(const hash128& key) override;
  [[nodiscard]] const std::string& name() const noexcept override { return address_.name; }

 private:
  using words = std::vector<std::string_view>;

  [[nodiscard]] std::string key_name(const hash128& key) const { return address_.prefix + filesystem::to_hex(key); }
  [[nodiscard]] std::string claim_name(const hash128& key) const { return address_.prefix + "claim:" + filesystem::to_hex(key); }
  [[nodiscard]] store_error set(const hash128& key, byte_view bytes, bool only_new, bool& is_new);
  // One question and its answer; an answer that is an error is an error.
  [[nodiscard]] store_error ask(const words&, redis_reply&);
  [[nodiscard]] store_error exchange(const words&, redis_reply&, clock::time_point deadline);
  [[nodiscard]] store_error greet(clock::time_point deadline);

  redis_address address_;
  std::string ca_file_;
  std::uint64_t most_;
  std::vector<char> buffer_;
  connection connection_;
  clock::time_point deadline_ = clock::time_point::max();
};

store_error redis_store::exchange(const words& question, redis_reply& reply, clock::time_point deadline) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const auto word : question) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* command = nullptr;
  const int size = ::redisFormatCommandArgv(&command, static_cast<int>(texts.size()), texts.data(), sizes.data());
  if (size < 0) return {reason::failed, "no memory for what is to be sent"};
  auto error = connection_.send({command, static_cast<std::size_t>(size)}, deadline);
  ::redisFreeCommand(command);
  if (!error.reason.empty()) return error;

  reply_reader reader(most_);
  for (;;) {
    std::size_t count = 0;
    error = connection_.receive(buffer_.data(), buffer_.size(), count, deadline);
    if (!error.reason.empty()) return error;
    if (count == 0) return {reason::damaged, std::string(broken_off)};
    switch (reader.feed({buffer_.data(), count})) {
      case reply_reader::state::wants_more:
        continue;
      case reply_reader::state::damaged:
        connection_.close();
        return {reason::damaged, reader.why()};
      case reply_reader::state::complete:
        reply = reader.take();
        return {};
    }
  }
}

// What a new connection says first.
store_error redis_store::greet(clock::time_point deadline) {
  redis_reply reply;
  if (!address_.password.empty()) {
    words question{"AUTH"};
    if (!address_.user.empty()) question.push_back(address_.user);
    question.push_back(address_.password);
    if (auto error = exchange(question, reply, deadline); !error.reason.empty()) return error;
    if (reply.what == kind::error) return {reason::denied, shown(reply.text)};
    if (reply.what != kind::status) return strange();
  }
  if (address_.database != 0) {
    const std::string number = std::to_string(address_.database);
    if (auto error = exchange({"SELECT", number}, reply, deadline); !error.reason.empty()) return error;
    if (reply.what == kind::error) return refused(reply);
    if (reply.what != kind::status) return strange();
  }
  return {};
}

store_error redis_store::ask(const words& question, redis_reply& reply) {
  const auto now = clock::now();
  if (now >= deadline_) return {reason::timeout, "there was no time left"};
  const auto deadline = end_of_call(now, deadline_);
  store_error error;
  if (!connection_.is_quiet(deadline)) {
    error = connection_.open(address_.at, ca_file_, deadline);
    if (error.reason.empty()) error = greet(deadline);
  }
  if (error.reason.empty()) error = exchange(question, reply, deadline);
  if (error.reason.empty() && reply.what == kind::error) error = refused(reply);
  if (!error.reason.empty()) connection_.close();
  return error;
}

store_answer redis_store::get(const hash128& key) {
  store_answer out;
  const std::string at = key_name(key);
  out.place = address_.name + " " + at;
  redis_reply reply;
  if (out.error = ask({"GET", at}, reply); !out.error.reason.empty()) return out;
  if (reply.what == kind::nothing) {
    out.error = {bmes::reason::no_entry, {}};
  } else if (reply.what != kind::text) {
    connection_.close();
    out.error = strange();
  } else {
    out.version = filesystem::to_hex(checksum128(as_bytes(reply.text)));
    out.entry = keep_bytes(std::move(reply.text));
  }
  return out;
}

store_error redis_store::set(const hash128& key, byte_view bytes, bool only_new, bool& is_new) {
  is_new = false;
  if (bytes.size() > most_) return {reason::failed, "an entry of " + std::to_string(bytes.size()) + " bytes is larger than allowed"};
  const std::string at = key_name(key), ttl = std::to_string(address_.ttl_seconds);
  words question{"SET", at, as_text(bytes)};
  if (only_new) question.push_back("NX");
  if (address_.ttl_seconds != 0) question.insert(question.end(), {"EX", ttl});
  redis_reply reply;
  if (auto error = ask(question, reply); !error.reason.empty()) return error;
  if (only_new && reply.what == kind::nothing) return {};
  if (reply.what != kind::status || reply.text != "OK") {
    connection_.close();
    return strange();
  }
  is_new = true;
  return {};
}

store_error redis_store::look_for(const hash128& key) {
  const std::string at = key_name(key);
  redis_reply reply;
  if (auto error = ask({"EXISTS", at}, reply); !error.reason.empty()) return error;
  if (reply.what == kind::number && reply.number == 1) return {};
  if (reply.what == kind::number && reply.number == 0) return {bmes::reason::no_entry, {}};
  connection_.close();
  return strange();
}

store_error redis_store::remove(const hash128& key) {
  redis_reply reply;
  const std::string at = key_name(key);
  if (auto error = ask({"DEL", at}, reply); !error.reason.empty()) return error;
  if (reply.what == kind::number) return {};
  connection_.close();
  return strange();
}

void redis_store::end_claim(const hash128& key) {
  const std::string at = claim_name(key);
  redis_reply unused;
  // Where that fails, its time ends it.
  (void)ask({"DEL", at}, unused);
}

bool redis_store::claim(const hash128& key, std::chrono::seconds time) {
  const std::string at = claim_name(key);
  const std::string seconds = std::to_string(std::max<std::chrono::seconds::rep>(1, time.count()));
  redis_reply reply;
  const auto error = ask({"SET", at, "1", "NX", "EX", seconds}, reply);
  return !error.reason.empty() || reply.what != kind::nothing;
}

}  // namespace

std::unique_ptr<remote_store> make_redis_store(const remote_settings& settings, std::string& error) {
  auto address = parse_redis_url(settings.url, error);
  if (!address) return nullptr;
  if (!settings.header_file.empty()) {
    error = "Redis has no headers";
    return nullptr;
  }
  if (!settings.token_file.empty()) {
    if (!address->password.empty()) {
      error = "there is a password both in the URL and in " + settings.token_file;
      return nullptr;
    }
    auto secret = read_secret(settings.token_file);
    if (!secret.error.empty()) {
      error = secret.error;
      return nullptr;
    }
    address->password = std::move(secret.text);
  }
  if (!address->user.empty() && address->password.empty()) {
    error = "a user of Redis needs a password";
    return nullptr;
  }
  return std::make_unique<redis_store>(*std::move(address), settings);
}

}  // namespace bmes::remote
