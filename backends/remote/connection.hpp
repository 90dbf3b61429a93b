// Bytes to a server and back, none after a deadline.
#pragma once

#include "tls.hpp"

#include <bmes/store.hpp>
#include <chrono>
#include <memory>
#include <string>

namespace bmes::remote {

struct endpoint {
  std::string host, port;  ///< of TCP
  std::string path;        ///< of a Unix domain socket, instead
  bool with_tls = false;
};

/// A socket, with TLS or without. A call that fails closes it. Never a signal.
class connection {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  connection() = default;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

  /// `ca_file`: whom to trust for TLS in the place of the system's list, or empty.
  [[nodiscard]] store_error open(const endpoint&, const std::string& ca_file, time_point deadline);
  [[nodiscard]] bool is_open() const noexcept { return socket_.fd >= 0; }
  /// Open, and the server neither closed it nor said anything that nobody asked for.
  [[nodiscard]] bool is_quiet(time_point deadline);
  [[nodiscard]] store_error send(std::string_view bytes, time_point deadline);
  /// The same until the server says something, or ends the connection: what it said can be received, and what of `bytes` it did not
  /// wait for is left.
  [[nodiscard]] store_error send_until_answer(std::string_view& bytes, time_point deadline);
  /// At least one byte, into `into`; `count` says how many. None: the server ended the connection, and it is closed.
  [[nodiscard]] store_error receive(char* into, std::size_t size, std::size_t& count, time_point deadline);
  void close() noexcept;

 private:
  enum class step : unsigned char { done, wants_read, wants_write, ended, failed };

  [[nodiscard]] store_error open_socket(const endpoint&, time_point deadline);
  [[nodiscard]] store_error start_tls(const endpoint&, const std::string& ca_file, time_point deadline);
  [[nodiscard]] store_error send_all(std::string_view& bytes, time_point deadline, bool stops_at_answer);
  [[nodiscard]] bool has_answer();
  [[nodiscard]] bool wait(short events, time_point deadline) const;
  [[nodiscard]] step send_some(std::string_view bytes, std::size_t& count);
  [[nodiscard]] step receive_some(char* into, std::size_t size, std::size_t& count, bool only_look);
  [[nodiscard]] step tls_step(int result) const;
  [[nodiscard]] store_error fail(std::string_view why, std::string message);

  tls_socket socket_;
  int code_ = 0;  // errno of what failed last
  ssl_st* tls_ = nullptr;
  ssl_ctx_st* context_ = nullptr;
};

}  // namespace bmes::remote
