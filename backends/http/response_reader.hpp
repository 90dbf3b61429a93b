// One answer of an HTTP server from bytes that come in pieces. Parsed by Boost.Beast; bounded here.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bmes::remote {

/// Status and body. Headers say nothing that Beast does not look at itself.
class response_parser final : public boost::beast::http::basic_parser<false> {
 public:
  unsigned status = 0;
  std::string body;

 private:
  using error_code = boost::beast::error_code;
  using text = boost::beast::string_view;
  using size = boost::optional<std::uint64_t>;

  void on_request_impl(boost::beast::http::verb, text, text, int, error_code&) override {}
  void on_response_impl(int code, text, int, error_code&) override { status = static_cast<unsigned>(code); }
  void on_field_impl(boost::beast::http::field, text, text, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const size& length, error_code&) override;
  std::size_t on_body_impl(text, error_code&) override;
  void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, text bytes, error_code& code) override { return on_body_impl(bytes, code); }
  void on_finish_impl(error_code&) override {}
};

class response_reader {
 public:
  /// `most_bytes` of a body; `has_body` is false for what HEAD asked for.
  response_reader(std::uint64_t most_bytes, bool has_body);

  enum class state : unsigned char { wants_more, complete, damaged };
  /// After `damaged` the reader and the connection are of no more use.
  [[nodiscard]] state feed(std::string_view bytes);
  /// The connection has ended.
  [[nodiscard]] state end();
  /// Of the answer; 0 before all of its headers are there.
  [[nodiscard]] unsigned status() const { return parser_->is_header_done() ? parser_->status : 0; }
  [[nodiscard]] bool has_begun() const noexcept { return has_begun_; }
  /// Whether another question can be asked on the connection.
  [[nodiscard]] bool is_reusable() const { return parser_->is_done() && parser_->keep_alive() && rest_.empty(); }
  [[nodiscard]] std::size_t body_size() const { return parser_->body.size(); }
  [[nodiscard]] std::string take_body() { return std::move(parser_->body); }
  [[nodiscard]] const std::string& why() const noexcept { return why_; }

 private:
  void begin();
  [[nodiscard]] state damaged(std::string why);

  std::uint64_t most_;
  bool has_body_, has_begun_ = false;
  unsigned interim_ = 0;                   // answers that only say that one will come
  std::optional<response_parser> parser_;  // of the answer that is being read
  std::string rest_;                       // what the parser wants to see again, with more behind it
  std::string why_;
};

}  // namespace bmes::remote
