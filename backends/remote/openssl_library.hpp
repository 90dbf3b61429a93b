// OpenSSL, loaded when the first connection with TLS is made: it takes a millisecond, which others need not wait for. Only for tls.cpp.
#pragma once

#include <dlfcn.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <type_traits>

#if defined(__SANITIZE_ADDRESS__)
#define BMES_HAS_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BMES_HAS_ASAN
#endif
#endif

namespace bmes::remote::openssl {

// Pointers of the functions' own names, so that OpenSSL's macros, which call some of them, find these.
// clang-format off
#define BMES_OF_OPENSSL(with) \
  with(BIO_clear_flags) with(BIO_get_data) with(BIO_get_new_index) with(BIO_meth_free) with(BIO_meth_new) with(BIO_meth_set_ctrl) \
  with(BIO_meth_set_read) with(BIO_meth_set_write) with(BIO_new) with(BIO_set_data) with(BIO_set_flags) with(BIO_set_init) with(BIO_test_flags) \
  with(ERR_clear_error) with(ERR_peek_last_error) with(ERR_reason_error_string) \
  with(SSL_CTX_ctrl) with(SSL_CTX_free) with(SSL_CTX_load_verify_locations) with(SSL_CTX_new) with(SSL_CTX_set_default_verify_paths) with(SSL_CTX_set_verify) \
  with(SSL_connect) with(SSL_ctrl) with(SSL_free) with(SSL_get0_param) with(SSL_get_error) with(SSL_get_verify_result) with(SSL_new) with(SSL_peek_ex) \
  with(SSL_read_ex) with(SSL_set1_host) with(SSL_set_bio) with(SSL_set_hostflags) with(SSL_write_ex) with(TLS_client_method) \
  with(X509_VERIFY_PARAM_set1_ip_asc) with(X509_verify_cert_error_string)
// clang-format on

#define BMES_POINTER(name) inline decltype(&::name) name = nullptr;
BMES_OF_OPENSSL(BMES_POINTER)
#undef BMES_POINTER

/// Whether all of them are there; from then on for as long as the process.
[[nodiscard]] inline bool load() {
  static const bool is_there = [] {
    // Node has an OpenSSL of its own, and exports it: without this, half of the calls within the library would go there.
#if defined(RTLD_DEEPBIND) && !defined(BMES_HAS_ASAN)  // which refuses it
    constexpr int own_first = RTLD_DEEPBIND;
#else
    constexpr int own_first = 0;
#endif
    void* const library = ::dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL | own_first);
    bool all = library != nullptr;
    const auto take = [&](auto& function, const char* name) {
      function = all ? reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, name)) : nullptr;
      all = function != nullptr;
    };
#define BMES_TAKE(name) take(name, #name);
    BMES_OF_OPENSSL(BMES_TAKE)
#undef BMES_TAKE
    return all;
  }();
  return is_there;
}

}  // namespace bmes::remote::openssl
