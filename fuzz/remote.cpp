// What a server may answer. Nothing that no key signed is believed, whatever it looks like; a manifest and answers of Redis and HTTP are read within
// their bytes, and take no more memory than these account for.
#include "target.hpp"

#include "manifest.hpp"
#include "reply_reader.hpp"
#include "response_reader.hpp"
#include "signature.hpp"

#include <sodium.h>
#include <algorithm>

using namespace bmes;
using namespace bmes::fuzz;

namespace {

struct keys {
  signing::secret_key secret;
  signing::trust trust;
  hash128 key{};

  keys() {
    expect(::sodium_init() >= 0, "libsodium starts");
    secret = signing::generate("fuzz");
    trust.accepted.push_back(secret.public_part());
  }
};

void check_signature(byte_view bytes) {
  static const keys k;
  const auto stranger = signing::prove(k.trust, k.key, bytes);
  expect(!stranger.error.reason.empty() && stranger.contents.empty(), "what nobody signed is not believed");
  auto stored = signing::sign(k.secret, k.key, bytes);
  const auto good = signing::prove(k.trust, k.key, stored);
  expect(good.error.reason.empty() && std::ranges::equal(good.contents, bytes), "what was signed is");
  if (bytes.empty()) return;
  // The input says which byte, and what becomes of it.
  const std::size_t at = (bytes.size() * 31 + std::to_integer<std::size_t>(bytes[0])) % stored.size();
  stored[at] ^= bytes.back() == std::byte{0} ? std::byte{1} : bytes.back();
  expect(!signing::prove(k.trust, k.key, stored).error.reason.empty(), "no byte of it can be changed");
}

void check_manifest(byte_view bytes) {
  const auto read = fleet::read_manifest(bytes);
  if (!read) return expect_placed(read.error(), bytes.size());
  for (const fleet::candidate& c : *read) touch(c.facts);
  expect(std::ranges::equal(fleet::write_manifest(*read), bytes) || read->size() != 0, "an empty manifest has one form");
}

constexpr std::uint64_t most = 4096;

template <class Reader>
typename Reader::state feed_in_parts(Reader& reader, byte_view bytes) {
  auto out = Reader::state::wants_more;
  for (std::size_t at = 0; at < bytes.size() && out == Reader::state::wants_more; at += 7)
    out = reader.feed(as_text(bytes.subspan(at, std::min<std::size_t>(7, bytes.size() - at))));
  return out;
}

// Once in one piece and once in many: the same is to come of it.
void check_reply(byte_view bytes) {
  using state = remote::reply_reader::state;
  remote::reply_reader whole(most);
  const state at_once = whole.feed(as_text(bytes));
  remote::reply_reader parts(most);
  const state in_parts = feed_in_parts(parts, bytes);
  if (at_once == state::complete) {
    const auto reply = whole.take();
    expect(reply.text.size() <= std::max<std::uint64_t>(most, bytes.size()), "an answer is no larger than allowed");
    expect(in_parts == state::complete && parts.take().text == reply.text, "an answer is the same in pieces");
  }
}

void check_response(byte_view bytes, bool has_body) {
  using state = remote::response_reader::state;
  remote::response_reader whole(most, has_body);
  state at_once = whole.feed(as_text(bytes));
  remote::response_reader parts(most, has_body);
  state in_parts = feed_in_parts(parts, bytes);
  if (at_once == state::wants_more && in_parts == state::wants_more) {
    at_once = whole.end();
    in_parts = parts.end();
  }
  expect((at_once == state::complete) == (in_parts == state::complete), "an answer is one in pieces, too");
  if (at_once != state::complete) return;
  expect(whole.status() >= 200 && whole.status() == parts.status(), "an answer has its status");
  const std::string body = whole.take_body();
  expect(body.size() <= most && (has_body || body.empty()), "an answer is no larger than allowed");
  expect(body == parts.take_body(), "an answer is the same in pieces");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  check_signature(bytes);
  check_manifest(bytes);
  check_reply(bytes);
  check_response(bytes, true);
  // Behind a header that is right, as few inputs have one.
  if (bytes.empty()) return 0;
  fleet::candidate one;
  const auto facts = bytes.first(std::min<std::size_t>(size, 64));
  one.facts = facts;
  one.row.facts_size = static_cast<std::uint32_t>(facts.size());
  auto manifest = fleet::write_manifest({one});
  manifest[std::to_integer<std::size_t>(bytes[0]) % manifest.size()] ^= bytes.back();
  check_manifest(manifest);
  std::string reply = "$" + std::to_string(size) + "\r\n";
  reply.append(as_text(bytes)).append("\r\n");
  reply[std::to_integer<std::size_t>(bytes[0]) % 4] ^= static_cast<char>(bytes.back());
  check_reply(as_bytes(reply));
  for (std::string head : {"HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n", std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
                           std::string("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"), std::string("HTTP/1.1 200 OK\r\n")}) {
    check_response(as_bytes(head + std::string(as_text(bytes))), true);
    head[std::to_integer<std::size_t>(bytes[0]) % head.size()] ^= static_cast<char>(bytes.back());
    check_response(as_bytes(head + std::string(as_text(bytes))), (bytes[0] & std::byte{1}) == std::byte{0});
  }
  return 0;
}
