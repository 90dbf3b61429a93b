#include "signature.hpp"

#include "beside.hpp"

#include <bmes/schema.hpp>
#include <sodium.h>
#include <algorithm>
#include <cstring>

namespace bmes::signing {
namespace {

struct envelope {
  static constexpr std::string_view name = "envelope";
  std::uint32_t magic = 0x47534D42;  // "BMSG"
  std::uint32_t version = 2;
  key_id signer{};
  std::uint64_t size = 0;
  std::array<std::byte, 8> reserved{};
  std::array<std::byte, 64> signature{};
  static constexpr auto fields() {
    return std::tuple{field{"envelope.magic", &envelope::magic, "0x47534D42"},
                      field{"envelope.version", &envelope::version, "2"},
                      field{"envelope.signer", &envelope::signer, "first 8 bytes of the BLAKE2b-256 of the public key"},
                      field{"envelope.size", &envelope::size, "bytes of the contents, which follow"},
                      field{"envelope.reserved", &envelope::reserved, "zero"},
                      field{"envelope.signature", &envelope::signature, "Ed25519"}};
  }
};
static_assert(wire_size<envelope> == 96);

constexpr std::string_view domain = "bmes fleet entry 2";
constexpr std::size_t digest_part = std::size_t{256} << 10;

const unsigned char* raw(byte_view bytes) { return static_cast<const unsigned char*>(static_cast<const void*>(bytes.data())); }

// What is signed: that these contents are the entry of this key.
std::vector<std::byte> statement(const hash128& key, const envelope& e, const digest& contents) {
  std::vector<std::byte> out;
  const auto add = [&](byte_view bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); };
  add(as_bytes(domain));
  add(key);
  add(e.signer);
  std::array<std::byte, 8> size{};
  wire_rep<std::uint64_t>::store(size, e.size);
  add(size);
  add(contents);
  return out;
}

template <std::size_t N>
std::string text_of(const std::string& name, const std::array<unsigned char, N>& bytes) {
  std::string out(sodium_base64_ENCODED_LEN(N, sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes.data(), N, sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();  // its NUL
  return name + ":" + out;
}

template <class Key>
std::optional<Key> parse(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  Key out;
  out.name = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(out.bytes.data(), out.bytes.size(), text.data(), text.size(), nullptr, &size, &end, sodium_base64_VARIANT_ORIGINAL) != 0 ||
      size != out.bytes.size() || end != text.data() + text.size())
    return std::nullopt;
  return out;
}

bool has_id(const public_key& k, const key_id& id) { return k.id() == id; }

digest blake2b(byte_view bytes) {
  digest out{};
  crypto_generichash_blake2b(static_cast<unsigned char*>(static_cast<void*>(out.data())), out.size(), raw(bytes), bytes.size(), nullptr, 0);
  return out;
}

}  // namespace

key_id public_key::id() const {
  const auto whole = digest_of(std::as_bytes(std::span(bytes)));
  key_id out{};
  std::copy_n(whole.begin(), out.size(), out.begin());
  return out;
}

public_key secret_key::public_part() const {
  public_key out{name, {}};
  crypto_sign_ed25519_sk_to_pk(out.bytes.data(), bytes.data());
  return out;
}

secret_key generate(std::string name) {
  secret_key out{std::move(name), {}};
  public_key unused;
  crypto_sign_ed25519_keypair(unused.bytes.data(), out.bytes.data());
  return out;
}

std::string to_text(const public_key& k) { return text_of(k.name, k.bytes); }
std::string to_text(const secret_key& k) { return text_of(k.name, k.bytes); }
std::optional<public_key> parse_public(std::string_view text) { return parse<public_key>(text); }
std::optional<secret_key> parse_secret(std::string_view text) { return parse<secret_key>(text); }

digest digest_of(byte_view bytes) {
  if (bytes.size() <= digest_part) return blake2b(bytes);
  std::vector<digest> parts((bytes.size() + digest_part - 1) / digest_part);
  for_each_part(parts.size(), [&](std::size_t i) {
    const byte_view rest = bytes.subspan(i * digest_part);
    parts[i] = blake2b(rest.first(std::min(rest.size(), digest_part)));
  });
  return blake2b(std::as_bytes(std::span(parts)));
}

std::vector<std::byte> sign(const secret_key& secret, const hash128& key, byte_view contents) {
  envelope e;
  e.signer = secret.public_part().id();
  e.size = contents.size();
  const auto what = statement(key, e, digest_of(contents));
  crypto_sign_ed25519_detached(static_cast<unsigned char*>(static_cast<void*>(e.signature.data())), nullptr, raw(what), what.size(),
                               secret.bytes.data());
  std::vector<std::byte> out(wire_size<envelope>);
  out.reserve(out.size() + contents.size());
  store<envelope>(std::span(out).first<wire_size<envelope>>(), e);
  out.insert(out.end(), contents.begin(), contents.end());
  return out;
}

proven_contents prove(const trust& t, const hash128& key, byte_view stored) {
  proven_contents out;
  const auto refuse = [&](std::string_view why, std::string words) {
    out.contents = {};
    out.error = {why, std::move(words)};
    return std::move(out);
  };
  const envelope expected;
  if (stored.size() < wire_size<envelope>) return refuse(reason::not_signed, "shorter than a signature");
  const auto e = load<envelope>(stored.first<wire_size<envelope>>());
  if (e.magic != expected.magic || e.version != expected.version) return refuse(reason::not_signed, "no signature of version 2");
  const auto signer = std::ranges::find_if(t.accepted, [&](const public_key& k) { return has_id(k, e.signer); });
  if (std::ranges::any_of(t.revoked, [&](const public_key& k) { return has_id(k, e.signer); })) return refuse(reason::revoked_key, "its key is revoked");
  if (signer == t.accepted.end()) return refuse(reason::unknown_key, "signed with a key that is not trusted here");
  out.contents = stored.subspan(wire_size<envelope>);
  if (out.contents.size() != e.size || e.reserved != expected.reserved) return refuse(reason::wrong_signature, "not of the size that was signed");
  out.contents_digest = digest_of(out.contents);
  const auto what = statement(key, e, out.contents_digest);
  if (crypto_sign_ed25519_verify_detached(static_cast<const unsigned char*>(static_cast<const void*>(e.signature.data())), raw(what), what.size(),
                                          signer->bytes.data()) != 0)
    return refuse(reason::wrong_signature, "not signed by " + signer->name + " for this key");
  out.signer = signer->name;
  return out;
}

}  // namespace bmes::signing
