#include "response_reader.hpp"

#include "remote_store.hpp"

#include <algorithm>

namespace bmes::remote {
namespace {

// Of headers, of what stands before a chunk, and of what stands after the last.
constexpr std::uint32_t most_header_bytes = 64 << 10;
constexpr unsigned most_interim = 16;

}  // namespace

void response_parser::on_body_init_impl(const size& length, error_code&) {
  if (length) body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, most_believed)));
}

std::size_t response_parser::on_body_impl(text bytes, error_code&) {
  body.append(bytes.data(), bytes.size());
  return bytes.size();
}

response_reader::response_reader(std::uint64_t most_bytes, bool has_body) : most_(most_bytes), has_body_(has_body) { begin(); }

void response_reader::begin() {
  parser_.emplace();
  parser_->eager(true);
  parser_->skip(!has_body_);
  parser_->header_limit(most_header_bytes);
  parser_->body_limit(most_);
}

response_reader::state response_reader::damaged(std::string why) {
  why_ = std::move(why);
  return state::damaged;
}

response_reader::state response_reader::feed(std::string_view bytes) {
  has_begun_ = has_begun_ || !bytes.empty();
  if (!rest_.empty()) {
    rest_ += bytes;
    bytes = rest_;
  }
  for (;;) {
    boost::system::error_code code;
    bytes.remove_prefix(parser_->put(boost::asio::buffer(bytes.data(), bytes.size()), code));
    if (code && code != boost::beast::http::error::need_more) return damaged(code.message());
    if (!parser_->is_done() || status() >= 200) break;
    if (++interim_ > most_interim) return damaged("only answers that say that one will come");
    begin();
  }
  rest_ = std::string(bytes);
  if (parser_->is_done()) return state::complete;
  return rest_.size() > most_header_bytes ? damaged("a line without an end") : state::wants_more;
}

response_reader::state response_reader::end() {
  if (!rest_.empty() || status() == 0) return damaged(std::string(broken_off));
  boost::system::error_code code;
  parser_->put_eof(code);
  return code ? damaged(std::string(broken_off)) : state::complete;
}

}  // namespace bmes::remote
