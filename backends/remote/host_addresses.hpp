// The addresses of a host, by a deadline that the system's resolver does not know of.
#pragma once

#include <bmes/store.hpp>
#include <chrono>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace bmes::remote {

struct socket_address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

struct host_addresses {
  std::vector<socket_address> found;  ///< at most 8, in the order to try them
  store_error error;                  ///< why there is none: remote_unreachable, or remote_timeout
};

/// Numbers and names of /etc/hosts are known at once. Another name is asked for in a thread of its own, which is left behind if
/// it takes longer than that.
[[nodiscard]] host_addresses find_addresses(const std::string& host, const std::string& port, std::chrono::steady_clock::time_point deadline);

}  // namespace bmes::remote
