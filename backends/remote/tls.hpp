// TLS by OpenSSL over a socket that does not block. Nothing of OpenSSL is set up before open_tls().
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;

namespace bmes::remote {

enum class tls_state : unsigned char { done, wants_read, wants_write, ended, failed };

/// What a connection with TLS reads from and writes to, and until when: within one call OpenSSL reads as long as there is something
/// that is no data.
struct tls_socket {
  int fd = -1;
  std::chrono::steady_clock::time_point deadline;
};

/// Makes both for a client that checks the chain and the name of the host. `ca_file` may be empty: the system's list.
/// Why not, in words, if so.
[[nodiscard]] std::string open_tls(tls_socket&, const std::string& host, const std::string& ca_file, ssl_st*& tls, ssl_ctx_st*& context);
void close_tls(ssl_st*, ssl_ctx_st*) noexcept;
/// What these return is for tls_result(), at once.
[[nodiscard]] int connect_tls(ssl_st*);
[[nodiscard]] int write_tls(ssl_st*, std::string_view bytes, std::size_t& count);
[[nodiscard]] int read_tls(ssl_st*, char* into, std::size_t size, std::size_t& count, bool only_look);
[[nodiscard]] tls_state tls_result(ssl_st*, int result);
/// Of what failed, in words.
[[nodiscard]] std::string tls_failure(ssl_st*);

}  // namespace bmes::remote
