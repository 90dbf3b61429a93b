// What the URLs of all stores have in common.
#pragma once

#include "connection.hpp"

#include <charconv>
#include <string>
#include <string_view>

namespace bmes::remote {

/// All of `text` as a decimal number between the two.
template <class T>
[[nodiscard]] bool read_number(std::string_view text, T least, T most, T& out) {
  T n{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (code != std::errc{} || end != text.data() + text.size() || n < least || n > most) return false;
  out = n;
  return true;
}

/// With %XX as the byte that it stands for; false for what stands for none, and for zeros.
[[nodiscard]] bool decode(std::string_view text, std::string& out);
/// What is before the first `mark`, or all; `text` goes on behind it.
std::string_view take_until(std::string_view& text, char mark);
/// host[:port], where the host may be an IPv6 address in brackets.
[[nodiscard]] bool read_host(std::string_view text, unsigned default_port, endpoint& out);
/// user[:password]@ if that is there; `authority` goes on behind it. A password may hold an @ that nobody encoded: the last one counts.
[[nodiscard]] bool take_credentials(std::string_view& authority, std::string& user, std::string& password);

}  // namespace bmes::remote
