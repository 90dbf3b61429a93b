#pragma once
#include <bmes/bytes.hpp>
#include <bmes/error.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

// What a store implements: keys to immutable byte strings. A store knows nothing of what is in them.

namespace bmes {

/// Bytes that a store gave. They stay as they are, whatever happens to the entry, as long as this object.
class stored_bytes {
 public:
  virtual ~stored_bytes() = default;
  [[nodiscard]] virtual byte_view bytes() const noexcept = 0;
};

/// Why a store could not do something: a reason code for the trace, and words for people.
struct store_error {
  std::string_view reason;  ///< static storage; empty when nothing went wrong
  std::string message;
};

struct store_answer {
  std::unique_ptr<stored_bytes> entry;  ///< none when there is no entry, or none that can be had
  store_error error;
  std::string place;  ///< where the entry is or would be, for people
};

class cache_store {
 public:
  virtual ~cache_store() = default;
  /// Bytes that the store keeps for `key`, which may be fewer than get() gives; 0 when it has no entry. Cheap.
  [[nodiscard]] virtual std::uint64_t stored_size(const hash128& key) const = 0;
  [[nodiscard]] virtual store_answer get(const hash128& key) = 0;
  /// Makes `bytes` the entry of `key`, all of them or none: a reader sees the old entry or the new one.
  [[nodiscard]] virtual store_error put(const hash128& key, byte_view bytes) = 0;
};

}  // namespace bmes
