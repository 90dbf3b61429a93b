#pragma once
#include <bmes/bytes.hpp>
#include <bmes/error.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

// What a store implements: keys to immutable byte strings. A store knows nothing of what is in them.

namespace bmes {

/// Bytes that a store gave. They stay as they are, whatever happens to the entry, as long as this object.
class stored_bytes {
 public:
  virtual ~stored_bytes() = default;
  [[nodiscard]] virtual byte_view bytes() const noexcept = 0;
};

/// Bytes in memory, as a string, a vector, or a view of what lives longer.
template <class Bytes>
class kept_bytes final : public stored_bytes {
 public:
  explicit kept_bytes(Bytes bytes) : bytes_(std::move(bytes)) {}
  [[nodiscard]] byte_view bytes() const noexcept override { return std::as_bytes(std::span(bytes_)); }

 private:
  Bytes bytes_;
};
/// `bytes` as what a store gives.
template <class Bytes>
[[nodiscard]] std::unique_ptr<stored_bytes> keep_bytes(Bytes bytes) {
  return std::make_unique<kept_bytes<Bytes>>(std::move(bytes));
}

/// Why a store could not do something: a reason for the trace, and words for people.
struct store_error {
  std::string_view reason;  ///< static storage; empty when nothing went wrong
  std::string message;
};

struct store_answer {
  std::unique_ptr<stored_bytes> entry;  ///< what was put; none when there is no entry, or none that can be had
  store_error error;
  std::string place;    ///< where the entry is or would be, for people
  std::string version;  ///< another one whenever the entry is replaced, as HTTP's entity tags; empty without an entry
};

/// While this object lives, others know that its owner is going to put an entry.
class write_turn {
 public:
  virtual ~write_turn() = default;
  /// The file descriptor that it lives by, -1 if by none: whoever closes all that are open leaves this one.
  [[nodiscard]] virtual int descriptor() const noexcept { return -1; }
};

class cache_store {
 public:
  virtual ~cache_store() = default;
  /// Where the store can, the bytes are not read before they are looked at: their number is known at once. Without an
  /// entry the reason is no_entry, being_written when somebody has the turn to write it, or crashed when it was set aside.
  [[nodiscard]] virtual store_answer get(const hash128& key) = 0;
  /// Makes `bytes` the entry of `key`, all of them or none: a reader sees the old entry or the new one.
  [[nodiscard]] virtual store_error put(const hash128& key, byte_view bytes) = 0;
  /// Optional: the turn to write the entry of `key`, which one at a time has, and which ends with its process. Null when
  /// it can't be had within `patience`; put() works without.
  [[nodiscard]] virtual std::unique_ptr<write_turn> take_turn(const hash128&, std::chrono::milliseconds) { return nullptr; }
  /// Optional, for statistics: a start is over that asked for the key. It was a hit, or `why` says why it was none.
  virtual void note_start(const hash128&, [[maybe_unused]] std::string_view why) {}
};

}  // namespace bmes
