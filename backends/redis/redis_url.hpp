// Where a Redis server is, and what to say to it first.
#pragma once

#include "connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bmes::remote {

struct redis_address {
  endpoint at;
  std::string user, password;
  unsigned database = 0;
  std::string prefix = "bmes:";   ///< of each key
  std::uint32_t ttl_seconds = 0;  ///< of each entry; 0 for ever
  std::string name;               ///< the URL without user and password
};

/// redis://[[user][:password]@]host[:port][/database], rediss:// likewise, redis+unix://[[user][:password]@]/path[?db=database];
/// all with ?prefix=P and ttl=SECONDS. Nothing, and why in words that show no password, when it is none of these.
[[nodiscard]] std::optional<redis_address> parse_redis_url(std::string_view url, std::string& error);

}  // namespace bmes::remote
