#include "reply_reader.hpp"

#include "remote_store.hpp"

#include <algorithm>
#include <charconv>
#include <hiredis/read.h>

namespace bmes::remote {
namespace {

constexpr std::uint64_t longest_line = 16384, longest_length = 32;
constexpr std::string_view line_end = "\r\n", too_long = "the answer is longer than it states, or than allowed";

using kind = redis_reply::kind;

void* make(kind what, std::string_view text, long long number) { return new redis_reply{what, std::string(text), number}; }

void* make_line(const redisReadTask* task, char* text, std::size_t size) {
  if (task->type != REDIS_REPLY_ERROR && task->type != REDIS_REPLY_STATUS) return nullptr;
  return make(task->type == REDIS_REPLY_ERROR ? kind::error : kind::status, {text, size}, 0);
}

void* refuse_array(const redisReadTask*, int) { return nullptr; }
void* make_number(const redisReadTask*, long long n) { return make(kind::number, {}, n); }
void* make_nothing(const redisReadTask*) { return make(kind::nothing, {}, 0); }
void free_reply(void* reply) { delete static_cast<redis_reply*>(reply); }

redisReplyObjectFunctions functions{make_line, refuse_array, make_number, make_nothing, free_reply};

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

// A text states its length: nothing is kept of one that is too large, and what is kept goes to where it stays. hiredis would copy it twice.
bool reply_reader::begin() {
  if (!head_.starts_with('$')) {
    allowed_ = longest_line;
    return true;
  }
  const auto end = head_.find(line_end);
  if (end == std::string::npos) return head_.size() < longest_length;
  std::int64_t size = 0;
  const auto [after, code] = std::from_chars(head_.data() + 1, head_.data() + end, size);
  if (code != std::errc{} || after != head_.data() + end || size < -1) return false;
  allowed_ = end + line_end.size();
  if (size < 0) return true;
  if (static_cast<std::uint64_t>(size) > most_) return false;
  const auto stated = static_cast<std::uint64_t>(size) + line_end.size();
  allowed_ += stated;
  reply_ = std::make_unique<redis_reply>(redis_reply{kind::text, {}, 0});
  reply_->text.reserve(static_cast<std::size_t>(std::min(stated, most_believed)));
  head_.erase(0, end + line_end.size());
  return true;
}

reply_reader::state reply_reader::feed(std::string_view bytes) {
  if (!reader_) return damaged("no memory");
  got_ += bytes.size();
  if (allowed_ == 0) {
    head_ += bytes;
    if (!begin()) return damaged(std::string(too_long));
    if (allowed_ == 0) return state::wants_more;
    bytes = head_;
  }
  if (got_ > allowed_) return damaged(std::string(too_long));
  if (reply_) {
    reply_->text += bytes;
    if (got_ < allowed_) return state::wants_more;
    if (!reply_->text.ends_with(line_end)) return damaged("a text without an end");
    reply_->text.resize(reply_->text.size() - line_end.size());
    return state::complete;
  }
  if (::redisReaderFeed(reader_, bytes.data(), bytes.size()) != 0) return damaged(reader_->errstr);
  void* reply = nullptr;
  if (::redisReaderGetReply(reader_, &reply) != 0) return damaged("not an answer of Redis to this question");
  if (!reply) return state::wants_more;
  reply_.reset(static_cast<redis_reply*>(reply));
  if (reader_->pos < reader_->len) return damaged(std::string(too_long));
  return state::complete;
}

}  // namespace bmes::remote
