// Stores that other machines share: servers that somebody runs anyway.
#pragma once

#include <bmes/store.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace bmes::remote {

/// What went wrong, beside `no_entry`. Each call makes one attempt.
namespace reason {
inline constexpr std::string_view unreachable = "remote_unreachable";  ///< no such host, or nobody listens there
inline constexpr std::string_view timeout = "remote_timeout";          ///< not all was there by the deadline
inline constexpr std::string_view status = "remote_status";            ///< an answer that means nothing here
inline constexpr std::string_view denied = "remote_denied";            ///< the credentials do not do
inline constexpr std::string_view redirected = "remote_redirected";    ///< sent elsewhere, where nobody goes
inline constexpr std::string_view damaged = "remote_damaged";          ///< broken off, of another length than stated, or larger than allowed
inline constexpr std::string_view failed = "remote_failed";            ///< anything else
}  // namespace reason

/// What an answer is refused with that ends before it is whole.
inline constexpr std::string_view broken_off = "the server ended the connection before all was there";
/// Of what a server says that it will send, the bytes that room is made for before they are there.
inline constexpr std::uint64_t most_believed = 8 << 20;
/// Until when a call may go on that begins now: for a minute where nobody set a deadline, and where it is far away.
[[nodiscard]] inline std::chrono::steady_clock::time_point end_of_call(std::chrono::steady_clock::time_point now,
                                                                     std::chrono::steady_clock::time_point deadline) {
  constexpr std::chrono::minutes longest(1);
  return deadline - now > longest ? now + longest : deadline;
}

/// Not for use by several threads. Its connection is kept for the next call.
class remote_store : public cache_store {
 public:
  /// From now on no call goes on after that: it gives up, with `remote_timeout`. No call takes longer than a minute.
  virtual void set_deadline(std::chrono::steady_clock::time_point) = 0;
  /// Whether there is an entry: no reason, `no_entry`, or what went wrong.
  [[nodiscard]] virtual store_error look_for(const hash128& key) = 0;
  /// put() where there is no entry yet. `is_new` says whether there was none, as far as the server tells.
  [[nodiscard]] virtual store_error add(const hash128& key, byte_view bytes, bool& is_new) = 0;
  [[nodiscard]] virtual store_error remove(const hash128& key) = 0;
  /// Whether claim() means something.
  [[nodiscard]] virtual bool has_claims() const noexcept = 0;
  /// True for the first of all machines that asks for this key within that time, and for all where the server has no such thing.
  [[nodiscard]] virtual bool claim(const hash128& key, std::chrono::seconds) = 0;
  /// Ends a claim of one's own before its time.
  virtual void end_claim(const hash128& key) = 0;
  /// The URL, without credentials.
  [[nodiscard]] virtual const std::string& name() const noexcept = 0;
};

struct remote_settings {
  std::string url;          ///< docs/fleet.md, "URLs"
  std::string token_file;   ///< a bearer token, or a password; which not everybody may read
  std::string header_file;  ///< HTTP: lines of headers; likewise
  std::string s3_credentials_file;  ///< HTTP: of an object store, in the format of AWS' tools; likewise
  std::string s3_region;            ///< of its bucket; us-east-1 where none is given
  std::string ca_file;      ///< whom to trust for TLS, in the place of the system's list
  std::uint64_t most_bytes = std::uint64_t{256} << 20;  ///< of one entry
};

struct made_remote {
  std::unique_ptr<remote_store> store;
  std::string error;  ///< why there is none, in words
};

/// By the scheme of the URL: http, https, redis, rediss, redis+unix. Asks nobody yet.
[[nodiscard]] made_remote make_remote_store(const remote_settings&);

/// The text of a file that not everybody may read, without a line's end; nothing, and why, if that is not so.
struct secret_text {
  std::string text, error;
};
[[nodiscard]] secret_text read_secret(const std::string& path);

}  // namespace bmes::remote
