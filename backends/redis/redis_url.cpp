#include "redis_url.hpp"

#include <charconv>
#include <sys/un.h>

namespace bmes::remote {
namespace {

constexpr unsigned most_databases = 1U << 20;
constexpr std::uint32_t most_seconds = 10U * 366 * 86400;
constexpr std::size_t longest_prefix = 256, longest_path = sizeof(sockaddr_un::sun_path) - 1;

template <class T>
bool read_number(std::string_view text, T least, T most, T& out) {
  T n{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (code != std::errc{} || end != text.data() + text.size() || n < least || n > most) return false;
  out = n;
  return true;
}

bool decode(std::string_view text, std::string& out) {
  out.clear();
  while (!text.empty()) {
    if (text[0] != '%') {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    unsigned char byte = 0;
    if (text.size() < 3) return false;
    const auto [end, code] = std::from_chars(text.data() + 1, text.data() + 3, byte, 16);
    if (code != std::errc{} || end != text.data() + 3 || byte == 0) return false;
    out += static_cast<char>(byte);
    text.remove_prefix(3);
  }
  return true;
}

// What is before the first `mark`; `text` goes on behind it.
std::string_view take_until(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  const std::string_view head = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return head;
}

bool read_host(std::string_view text, redis_address& out) {
  std::string_view host;
  if (text.starts_with('[')) {
    text.remove_prefix(1);
    const auto end = text.find(']');
    if (end == std::string_view::npos) return false;
    host = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (!text.empty() && !text.starts_with(':')) return false;
    if (!text.empty()) text.remove_prefix(1);
  } else {
    host = take_until(text, ':');
  }
  unsigned port = 6379;
  if (!text.empty() && !read_number(text, 1U, 65535U, port)) return false;
  out.port = std::to_string(port);
  return decode(host, out.host) && !out.host.empty() && out.host.size() < 256;
}

// Why not, if so.
std::string_view read_option(std::string_view name, std::string_view value, bool is_unix, redis_address& out) {
  if (name == "prefix") return decode(value, out.prefix) && out.prefix.size() <= longest_prefix ? "" : "the prefix is not one";
  if (name == "ttl")
    return read_number(value, std::uint32_t{1}, most_seconds, out.ttl_seconds) ? "" : "ttl is a number of seconds, at most ten years";
  if (name == "db" && is_unix) return read_number(value, 0U, most_databases, out.database) ? "" : "db is a number";
  return "after the question mark there can be prefix and ttl, and db with a path";
}

}  // namespace

std::optional<redis_address> parse_redis_url(std::string_view url, std::string& error) {
  redis_address out;
  const auto no = [&](std::string_view why) {
    error = "not a Redis URL: " + std::string(why);
    return std::nullopt;
  };
  const auto colon = url.find("://");
  const std::string_view scheme = url.substr(0, colon);
  if (colon == std::string_view::npos || (scheme != "redis" && scheme != "rediss" && scheme != "redis+unix"))
    return no("it begins with redis://, rediss:// or redis+unix://");
  const bool is_unix = scheme == "redis+unix";
  out.with_tls = scheme == "rediss";
  std::string_view rest = url.substr(colon + 3);
  if (rest.find_first_of("#\r\n \t") != std::string_view::npos) return no("there is a space or a # in it, which are written %20 and %23");

  std::string_view options = rest;
  rest = take_until(options, '?');
  const auto slash = rest.find('/');
  // A password may hold an @ that nobody encoded: the last one counts. A path may hold one, too.
  const auto at = rest.substr(0, slash).rfind('@');
  if (at != std::string_view::npos) {
    std::string_view password = rest.substr(0, at);
    const std::string_view user = take_until(password, ':');
    if (!decode(user, out.user) || !decode(password, out.password)) return no("of user and password a % is written %25");
    rest.remove_prefix(at + 1);
  }
  if (is_unix) {
    if (!decode(rest, out.path) || !out.path.starts_with('/') || out.path.size() > longest_path)
      return no("the path of a socket is absolute, and has at most " + std::to_string(longest_path) + " bytes");
  } else {
    std::string_view database = rest;
    if (!read_host(take_until(database, '/'), out)) return no("the host or the port is not one");
    if (!database.empty() && !read_number(database, 0U, most_databases, out.database)) return no("behind the host is the number of a database");
  }
  out.name = std::string(scheme) + "://" + std::string(rest);
  if (!options.empty()) out.name += "?" + std::string(options);
  while (!options.empty()) {
    std::string_view value = take_until(options, '&');
    const std::string_view name = take_until(value, '=');
    if (const auto why = read_option(name, value, is_unix, out); !why.empty()) return no(why);
  }
  return out;
}

}  // namespace bmes::remote
