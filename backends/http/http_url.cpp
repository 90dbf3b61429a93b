#include "http_url.hpp"

#include "url_parts.hpp"

#include <algorithm>

namespace bmes::remote {

std::optional<http_address> parse_http_url(std::string_view url, std::string& error) {
  http_address out;
  const auto no = [&](std::string_view why) {
    error = "not a URL of HTTP: " + std::string(why);
    return std::nullopt;
  };
  const auto colon = url.find("://");
  const std::string_view scheme = url.substr(0, colon);
  if (colon == std::string_view::npos || (scheme != "http" && scheme != "https")) return no("it begins with http:// or https://");
  out.at.with_tls = scheme == "https";
  std::string_view rest = url.substr(colon + 3);
  // Each would end the line of the request, or begin what no server is told.
  if (std::ranges::any_of(rest, [](unsigned char c) { return c <= ' ' || c == 0x7F || c == '#'; }))
    return no("there is a space, a control or a # in it, which are written %20 and %23");
  std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  rest.remove_prefix(authority.size());
  if (!take_credentials(authority, out.user, out.password)) return no("of user and password a % is written %25");
  const unsigned usual_port = out.at.with_tls ? 443 : 80;
  if (!read_host(authority, usual_port, out.at)) return no("the host or the port is not one");
  // The zone of an address is this machine's own.
  const bool is_address = out.at.host.find(':') != std::string::npos;
  out.host = is_address ? "[" + out.at.host.substr(0, out.at.host.find('%')) + "]" : out.at.host;
  if (out.at.port != std::to_string(usual_port)) out.host += ":" + out.at.port;
  out.target = rest.starts_with('/') ? "" : "/";
  out.target += rest;
  out.name = std::string(scheme) + "://" + out.host + std::string(rest.substr(0, rest.find('?')));
  return out;
}

}  // namespace bmes::remote
