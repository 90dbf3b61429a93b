// Entries that only somebody with a secret key can have made (Ed25519; docs/fleet.md, "Bytes").
#pragma once

#include <array>
#include <bmes/bytes.hpp>
#include <bmes/store.hpp>
#include <optional>
#include <string>
#include <vector>

namespace bmes::signing {

using digest = std::array<std::byte, 32>;
using key_id = std::array<std::byte, 8>;  ///< the beginning of the BLAKE2b-256 of the public key

struct public_key {
  std::string name;  ///< for people
  std::array<unsigned char, 32> bytes{};
  [[nodiscard]] key_id id() const;
};
struct secret_key {
  std::string name;
  std::array<unsigned char, 64> bytes{};
  [[nodiscard]] public_key public_part() const;
};

namespace reason {
inline constexpr std::string_view not_signed = "not_signed", unknown_key = "unknown_key", revoked_key = "revoked_key",
                                  wrong_signature = "wrong_signature";
}

[[nodiscard]] secret_key generate(std::string name);
/// One line: the name, a colon, Base64.
[[nodiscard]] std::string to_text(const public_key&);
[[nodiscard]] std::string to_text(const secret_key&);
[[nodiscard]] std::optional<public_key> parse_public(std::string_view);
[[nodiscard]] std::optional<secret_key> parse_secret(std::string_view);

/// BLAKE2b-256; of more than 256 KiB that of the digests of its parts of 256 KiB, made by two threads. Those who compare digests
/// compare sizes as well: only then the same digest means the same bytes.
[[nodiscard]] digest digest_of(byte_view);

/// Whose entries are used. Who is in both lists is revoked.
struct trust {
  std::vector<public_key> accepted, revoked;
};

/// What is to be stored under `key` for `contents`: 96 bytes more.
[[nodiscard]] std::vector<std::byte> sign(const secret_key&, const hash128& key, byte_view contents);

struct proven_contents {
  byte_view contents;  ///< in the bytes given
  digest contents_digest{};
  std::string signer;
  store_error error;  ///< `not_signed`, `unknown_key`, `revoked_key` or `wrong_signature`
};
/// What was signed for this key, proven before anything of it is looked at. Complexity: linear.
[[nodiscard]] proven_contents prove(const trust&, const hash128& key, byte_view stored);

}  // namespace bmes::signing
