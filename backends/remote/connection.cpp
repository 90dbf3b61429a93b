#include "connection.hpp"

#include "host_addresses.hpp"
#include "remote_store.hpp"
#include "tls.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace bmes::remote {
namespace {

using clock = std::chrono::steady_clock;

constexpr auto most_for_one = std::chrono::milliseconds(250);  // of several addresses
constexpr std::string_view too_late = "not all came in time";

socket_address unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  socket_address out;
  std::memcpy(&out.bytes, &address, sizeof address);
  out.size = sizeof address;
  return out;
}

}  // namespace

connection::~connection() { close(); }

void connection::close() noexcept {
  close_tls(tls_, context_);
  tls_ = nullptr;
  context_ = nullptr;
  if (socket_.fd >= 0) ::close(socket_.fd);
  socket_.fd = -1;
}

store_error connection::fail(std::string_view why, std::string message) {
  close();
  return {why, std::move(message)};
}

// False when nothing happened by then.
bool connection::wait(short events, time_point deadline) const {
  pollfd p{socket_.fd, events, 0};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
    if (left.count() <= 0) return false;
    const int n = ::poll(&p, 1, static_cast<int>(std::min<std::chrono::milliseconds::rep>(left.count(), 60'000)));
    if (n > 0) return true;
    if (n < 0 && errno != EINTR) return true;  // what comes next says what is wrong
  }
}

store_error connection::open(const endpoint& to, const std::string& ca_file, time_point deadline) {
  close();
  if (auto error = open_socket(to, deadline); !error.reason.empty()) return error;
  return to.with_tls ? start_tls(to, ca_file, deadline) : store_error{};
}

store_error connection::open_socket(const endpoint& to, time_point deadline) {
  host_addresses addresses;
  if (to.path.empty()) {
    addresses = find_addresses(to.host, to.port, deadline);
  } else {
    addresses.found.push_back(unix_address(to.path));
  }
  if (!addresses.error.reason.empty()) return addresses.error;
  store_error error{reason::unreachable, "there is no address"};
  auto left = static_cast<int>(addresses.found.size());
  for (const auto& address : addresses.found) {
    const auto now = clock::now();
    if (now >= deadline) return {reason::timeout, "no connection in time"};
    // One that does not answer leaves time for the others.
    const auto own_deadline = --left == 0 ? deadline : now + std::min<clock::duration>((deadline - now) / 4, most_for_one);
    socket_.fd = ::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket_.fd < 0) {
      error = {reason::failed, std::string("no socket: ") + std::strerror(errno)};
      continue;
    }
    int code = ::connect(socket_.fd, reinterpret_cast<const sockaddr*>(&address.bytes), address.size) == 0 ? 0 : errno;
    if (code == EINPROGRESS || code == EINTR) {
      if (!wait(POLLOUT, own_deadline)) {
        error = fail(reason::timeout, "no connection in time");
        continue;
      }
      socklen_t size = sizeof code;
      if (::getsockopt(socket_.fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0) code = errno;
    }
    if (code == 0) {
      const int on = 1;
      if (to.path.empty()) ::setsockopt(socket_.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return {};
    }
    error = fail(reason::unreachable, std::string("no connection: ") + std::strerror(code));
  }
  return error;
}

store_error connection::start_tls(const endpoint& to, const std::string& ca_file, time_point deadline) {
  socket_.deadline = deadline;
  if (const auto why = open_tls(socket_, to.host, ca_file, tls_, context_); !why.empty()) return fail(reason::failed, why);
  for (;;) {
    const step s = tls_step(connect_tls(tls_));
    if (s == step::done) return {};
    if (s == step::ended) return fail(reason::damaged, "the server ended the connection while TLS began");
    if (s == step::failed) return fail(reason::failed, "no TLS: " + tls_failure(tls_));
    if (!wait(s == step::wants_read ? POLLIN : POLLOUT, deadline)) return fail(reason::timeout, std::string(too_late));
  }
}

connection::step connection::tls_step(int result) const {
  switch (tls_result(tls_, result)) {
    case tls_state::done:
      return step::done;
    case tls_state::wants_read:
      return step::wants_read;
    case tls_state::wants_write:
      return step::wants_write;
    case tls_state::ended:
      return step::ended;
    case tls_state::failed:
      break;
  }
  return step::failed;
}

connection::step connection::send_some(std::string_view bytes, std::size_t& count) {
  if (tls_) return tls_step(write_tls(tls_, bytes, count));
  for (;;) {
    const ssize_t n = ::send(socket_.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      count = static_cast<std::size_t>(n);
      return step::done;
    }
    if (errno == EINTR) continue;
    code_ = errno;
    if (code_ == EAGAIN) return step::wants_write;
    return code_ == EPIPE || code_ == ECONNRESET ? step::ended : step::failed;
  }
}

connection::step connection::receive_some(char* into, std::size_t size, std::size_t& count, bool only_look) {
  if (tls_) return tls_step(read_tls(tls_, into, size, count, only_look));
  for (;;) {
    const ssize_t n = ::recv(socket_.fd, into, size, only_look ? MSG_PEEK : 0);
    if (n > 0) {
      count = static_cast<std::size_t>(n);
      return step::done;
    }
    if (n == 0) return step::ended;
    if (errno == EINTR) continue;
    code_ = errno;
    if (code_ == EAGAIN) return step::wants_read;
    return code_ == ECONNRESET ? step::ended : step::failed;
  }
}

// Something of the answer is there, or none will come.
bool connection::has_answer() {
  char byte = 0;
  std::size_t count = 0;
  const step s = receive_some(&byte, 1, count, true);
  return s != step::wants_read && s != step::wants_write;
}

bool connection::is_quiet(time_point deadline) {
  socket_.deadline = deadline;
  if (is_open() && has_answer()) close();
  return is_open();
}

store_error connection::send(std::string_view bytes, time_point deadline) { return send_all(bytes, deadline, false); }
store_error connection::send_until_answer(std::string_view& bytes, time_point deadline) { return send_all(bytes, deadline, true); }

store_error connection::send_all(std::string_view& bytes, time_point deadline, bool stops_at_answer) {
  socket_.deadline = deadline;
  while (!bytes.empty()) {
    std::size_t count = 0;
    const step s = send_some(bytes, count);
    if (s == step::done) {
      bytes.remove_prefix(count);
      if (clock::now() >= deadline && !bytes.empty()) return fail(reason::timeout, std::string(too_late));
      continue;
    }
    if (s == step::ended && stops_at_answer) return {};
    if (s == step::ended) return fail(reason::damaged, "the server ended the connection while it was asked");
    if (s == step::failed) return fail(reason::failed, tls_ ? tls_failure(tls_) : std::strerror(code_));
    const short wanted = s == step::wants_read ? POLLIN : POLLOUT;
    if (!wait(static_cast<short>(stops_at_answer ? wanted | POLLIN : wanted), deadline)) return fail(reason::timeout, std::string(too_late));
    if (stops_at_answer && has_answer()) return {};
  }
  return {};
}

store_error connection::receive(char* into, std::size_t size, std::size_t& count, time_point deadline) {
  socket_.deadline = deadline;
  for (;;) {
    // Bytes may come without an end: the clock is looked at whether or not there is something to wait for.
    if (clock::now() >= deadline) return fail(reason::timeout, std::string(too_late));
    const step s = receive_some(into, size, count, false);
    if (s == step::done) return {};
    if (s == step::ended) {
      close();
      count = 0;
      return {};
    }
    if (s == step::failed) return fail(reason::failed, tls_ ? tls_failure(tls_) : std::strerror(code_));
    if (!wait(s == step::wants_read ? POLLIN : POLLOUT, deadline)) return fail(reason::timeout, std::string(too_late));
  }
}

}  // namespace bmes::remote
