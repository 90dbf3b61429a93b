// One answer of a Redis server from bytes that come in pieces. Lines are parsed by hiredis; texts, and the bounds of both, here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct redisReader;

namespace bmes::remote {

struct redis_reply {
  enum class kind : unsigned char { nothing, text, status, error, number };
  kind what = kind::nothing;
  std::string text;
  long long number = 0;
};

class reply_reader {
 public:
  /// `most_bytes` of a text; other answers are short. Nothing here is an array.
  explicit reply_reader(std::uint64_t most_bytes);
  reply_reader(const reply_reader&) = delete;
  reply_reader& operator=(const reply_reader&) = delete;
  ~reply_reader();

  enum class state : unsigned char { wants_more, complete, damaged };
  /// After `damaged`, and after more bytes than one answer has, the reader and the connection are of no more use.
  [[nodiscard]] state feed(std::string_view bytes);
  [[nodiscard]] redis_reply take() { return std::move(*reply_); }
  [[nodiscard]] const std::string& why() const noexcept { return why_; }

 private:
  [[nodiscard]] bool begin();
  [[nodiscard]] state damaged(std::string why);

  redisReader* reader_;
  std::unique_ptr<redis_reply> reply_;
  std::string head_;  // the first line and what came with it, until it is whole
  std::uint64_t most_, got_ = 0, allowed_ = 0;
  std::string why_;
};

}  // namespace bmes::remote
