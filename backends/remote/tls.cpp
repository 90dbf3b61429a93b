#include "tls.hpp"

#include "openssl_library.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <sys/socket.h>

namespace bmes::remote {
namespace {

using namespace openssl;

// OpenSSL's own socket writes with write(), which raises SIGPIPE in a program that is not ours.
const tls_socket& socket_of(BIO* bio) { return *static_cast<const tls_socket*>(BIO_get_data(bio)); }

int write_socket(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t n = ::send(socket_of(bio).fd, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(n);
}

int read_socket(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  if (std::chrono::steady_clock::now() >= socket_of(bio).deadline) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const ssize_t n = ::recv(socket_of(bio).fd, into, static_cast<std::size_t>(size), 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  if (n == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(n);
}

long control_socket(BIO* bio, int what, long, void*) {
  if (what == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
  return what == BIO_CTRL_FLUSH || what == BIO_CTRL_DUP;
}

// Made once; it lives as long as the program.
const BIO_METHOD* socket_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "a socket without signals");
    if (m && (BIO_meth_set_write(m, write_socket) != 1 || BIO_meth_set_read(m, read_socket) != 1 || BIO_meth_set_ctrl(m, control_socket) != 1)) {
      BIO_meth_free(m);
      m = nullptr;
    }
    return m;
  }();
  return method;
}

std::string library_error() {
  const unsigned long code = ERR_peek_last_error();
  const char* const text = code ? ERR_reason_error_string(code) : nullptr;
  return text ? text : "OpenSSL gives no reason";
}

bool is_number(const std::string& host) {
  in6_addr unused;
  return ::inet_pton(AF_INET, host.c_str(), &unused) == 1 || ::inet_pton(AF_INET6, host.c_str(), &unused) == 1;
}

bool expect_host(SSL* tls, std::string host) {
  // The zone of an address is this machine's own.
  if (host.find(':') != std::string::npos) host.erase(std::min(host.find('%'), host.size()));
  if (is_number(host)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host.c_str()) == 1;
  SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(tls, host.c_str()) == 1 && SSL_set_tlsext_host_name(tls, host.c_str()) == 1;
}

}  // namespace

std::string open_tls(tls_socket& socket, const std::string& host, const std::string& ca_file, ssl_st*& tls, ssl_ctx_st*& context) {
  if (!openssl::load()) return "TLS needs libssl.so.3, and there is none";
  ERR_clear_error();
  context = SSL_CTX_new(TLS_client_method());
  if (!context) return "no TLS: " + library_error();
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) return "no TLS: " + library_error();
  const int loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(context) : SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr);
  if (loaded != 1) return "no certificates in " + (ca_file.empty() ? "the system's list" : ca_file) + ": " + library_error();
  tls = SSL_new(context);
  BIO* const bio = tls && socket_method() ? BIO_new(socket_method()) : nullptr;
  if (!bio) return "no TLS: " + library_error();
  BIO_set_data(bio, &socket);
  BIO_set_init(bio, 1);
  SSL_set_bio(tls, bio, bio);
  return expect_host(tls, host) ? "" : "no TLS: " + library_error();
}

void close_tls(ssl_st* tls, ssl_ctx_st* context) noexcept {
  if (tls) SSL_free(tls);
  if (context) SSL_CTX_free(context);
}

int connect_tls(ssl_st* tls) {
  ERR_clear_error();
  errno = 0;
  return SSL_connect(tls);
}

int write_tls(ssl_st* tls, std::string_view bytes, std::size_t& count) {
  ERR_clear_error();
  errno = 0;
  return SSL_write_ex(tls, bytes.data(), bytes.size(), &count);
}

int read_tls(ssl_st* tls, char* into, std::size_t size, std::size_t& count, bool only_look) {
  ERR_clear_error();
  errno = 0;
  return only_look ? SSL_peek_ex(tls, into, size, &count) : SSL_read_ex(tls, into, size, &count);
}

tls_state tls_result(ssl_st* tls, int result) {
  if (result == 1) return tls_state::done;
  switch (SSL_get_error(tls, result)) {
    case SSL_ERROR_WANT_READ:
      return tls_state::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return tls_state::wants_write;
    case SSL_ERROR_ZERO_RETURN:
      return tls_state::ended;
    case SSL_ERROR_SYSCALL:
      return errno == 0 || errno == EPIPE || errno == ECONNRESET ? tls_state::ended : tls_state::failed;
    default:
      break;
  }
  return ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING ? tls_state::ended : tls_state::failed;
}

std::string tls_failure(ssl_st* tls) {
  const long check = SSL_get_verify_result(tls);
  return check == X509_V_OK ? library_error() : X509_verify_cert_error_string(check);
}

}  // namespace bmes::remote
