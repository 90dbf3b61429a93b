#include "reply_reader.hpp"

#include <algorithm>
#include <charconv>
#include <hiredis/read.h>

namespace bmes::remote {
namespace {

constexpr std::uint64_t longest_line = 16384, longest_length = 32;

using kind = redis_reply::kind;

void* make(kind what, std::string_view text, long long number) { return new redis_reply{what, std::string(text), number}; }

// hiredis takes it on trust that both bytes behind a text end it.
void* make_text(const redisReadTask* task, char* text, std::size_t size) {
  if (text[size] != '\r' || text[size + 1] != '\n') return nullptr;
  const kind what = task->type == REDIS_REPLY_ERROR ? kind::error : task->type == REDIS_REPLY_STATUS ? kind::status : kind::text;
  return make(what, {text, size}, 0);
}

void* refuse_array(const redisReadTask*, int) { return nullptr; }
void* make_number(const redisReadTask*, long long n) { return make(kind::number, {}, n); }
void* make_nothing(const redisReadTask*) { return make(kind::nothing, {}, 0); }
void free_reply(void* reply) { delete static_cast<redis_reply*>(reply); }

redisReplyObjectFunctions functions{make_text, refuse_array, make_number, make_nothing, free_reply};

}  // namespace

reply_reader::reply_reader(std::uint64_t most_bytes) : reader_(::redisReaderCreateWithFunctions(&functions)), most_(most_bytes) {
  if (reader_) reader_->maxbuf = 0;  // an empty buffer is not worth a free() between two pieces
}

reply_reader::~reply_reader() {
  if (reader_) ::redisReaderFree(reader_);
}

reply_reader::state reply_reader::damaged(std::string why) {
  why_ = std::move(why);
  return state::damaged;
}

// The length that a text states is known long before hiredis tells: nothing is kept of one that is too large.
bool reply_reader::keep_bounds(std::string_view bytes) {
  if (allowed_ == 0) {
    head_ += bytes.substr(0, longest_length);
    const auto end = head_.find("\r\n");
    if (!head_.starts_with('$')) {
      allowed_ = longest_line;
    } else if (end == std::string::npos) {
      return head_.size() < longest_length;
    } else {
      std::int64_t size = 0;
      const auto [after, code] = std::from_chars(head_.data() + 1, head_.data() + end, size);
      if (code != std::errc{} || after != head_.data() + end || size < -1) return false;
      if (size > 0 && static_cast<std::uint64_t>(size) > most_) return false;
      allowed_ = end + 2 + (size < 0 ? 0 : static_cast<std::uint64_t>(size) + 2);
    }
  }
  return got_ <= allowed_;
}

reply_reader::state reply_reader::feed(std::string_view bytes) {
  if (!reader_) return damaged("no memory");
  got_ += bytes.size();
  if (!keep_bounds(bytes)) return damaged("the answer is longer than it states, or than allowed");
  if (::redisReaderFeed(reader_, bytes.data(), bytes.size()) != 0) return damaged(reader_->errstr);
  void* reply = nullptr;
  if (::redisReaderGetReply(reader_, &reply) != 0) return damaged("not an answer of Redis to this question");
  if (!reply) return state::wants_more;
  reply_.reset(static_cast<redis_reply*>(reply));
  if (reader_->pos < reader_->len) return damaged("the answer is longer than it states");
  return state::complete;
}

}  // namespace bmes::remote
