#include "redis_url.hpp"

#include "url_parts.hpp"

#include <algorithm>
#include <sys/un.h>

namespace bmes::remote {
namespace {

constexpr unsigned most_databases = 1U << 20;
constexpr std::uint32_t most_seconds = 10U * 366 * 86400;
constexpr std::size_t longest_prefix = 256, longest_path = sizeof(sockaddr_un::sun_path) - 1;

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
  out.at.with_tls = scheme == "rediss";
  std::string_view rest = url.substr(colon + 3);
  if (rest.find_first_of("#\r\n \t") != std::string_view::npos) return no("there is a space or a # in it, which are written %20 and %23");

  std::string_view options = rest;
  rest = take_until(options, '?');
  // A path may hold an @, too.
  const auto slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  if (!take_credentials(authority, out.user, out.password)) return no("of user and password a % is written %25");
  rest.remove_prefix(slash - authority.size());
  if (is_unix) {
    if (!decode(rest, out.at.path) || !out.at.path.starts_with('/') || out.at.path.size() > longest_path)
      return no("the path of a socket is absolute, and has at most " + std::to_string(longest_path) + " bytes");
  } else {
    std::string_view database = rest;
    if (!read_host(take_until(database, '/'), 6379, out.at)) return no("the host or the port is not one");
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
