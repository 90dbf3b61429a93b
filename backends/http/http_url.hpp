// Where an HTTP server is, and what of it is asked for.
#pragma once

#include "connection.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bmes::remote {

struct http_address {
  endpoint at;
  std::string host;            ///< as the server is told it: with the port where that isn't the scheme's own
  std::string target;          ///< path and query, with {key} for the 32 hex digits of a key
  std::string user, password;  ///< empty where none is given
  std::string name;            ///< the URL without user, password and query, which may be signed
};

/// http://[user[:password]@]host[:port][/path][?query], https:// likewise. Nothing, and why in words that show no password, when it is none of these.
[[nodiscard]] std::optional<http_address> parse_http_url(std::string_view url, std::string& error);

}  // namespace bmes::remote
