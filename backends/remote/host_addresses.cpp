#include "host_addresses.hpp"

#include "remote_store.hpp"

#include <condition_variable>
#include <csignal>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <netdb.h>
#include <pthread.h>
#include <sstream>

namespace bmes::remote {
namespace {

constexpr std::size_t most_addresses = 8, most_lines = 4096;

int look_up(const std::string& host, const std::string& port, int flags, std::vector<socket_address>& out) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int code = ::getaddrinfo(host.c_str(), port.c_str(), &wanted, &list);
  if (code != 0) return code;
  for (const addrinfo* a = list; a && out.size() < most_addresses; a = a->ai_next) {
    if (a->ai_addrlen > sizeof(sockaddr_storage)) continue;
    socket_address address;
    std::memcpy(&address.bytes, a->ai_addr, a->ai_addrlen);
    address.size = a->ai_addrlen;
    out.push_back(address);
  }
  ::freeaddrinfo(list);
  return out.empty() ? EAI_NONAME : 0;
}

std::vector<socket_address> look_in_hosts_file(const std::string& host, const std::string& port) {
  std::vector<socket_address> out;
  std::ifstream file("/etc/hosts");
  std::string line;
  for (std::size_t n = 0; n < most_lines && out.size() < most_addresses && std::getline(file, line); ++n) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string address, name;
    words >> address;
    while (words >> name)
      if (::strcasecmp(name.c_str(), host.c_str()) == 0) {
        static_cast<void>(look_up(address, port, AI_NUMERICHOST, out));
        break;
      }
  }
  return out;
}

// Belongs to the thread that asks and to the one that waits, whichever lives longer.
struct question {
  std::string host, port;
  std::mutex lock;
  std::condition_variable is_over;
  bool over = false;
  int code = 0;
  std::vector<socket_address> found;
};

void* ask(void* given) {
  const std::unique_ptr<std::shared_ptr<question>> own(static_cast<std::shared_ptr<question>*>(given));
  question& q = **own;
  std::vector<socket_address> found;
  const int code = look_up(q.host, q.port, AI_ADDRCONFIG, found);
  const std::lock_guard hold(q.lock);
  q.found = std::move(found);
  q.code = code;
  q.over = true;
  q.is_over.notify_one();
  return nullptr;
}

bool start_thread(const std::shared_ptr<question>& q) {
  auto given = std::make_unique<std::shared_ptr<question>>(q);
  pthread_attr_t how;
  if (::pthread_attr_init(&how) != 0) return false;
  ::pthread_attr_setdetachstate(&how, PTHREAD_CREATE_DETACHED);
  // The program's signals are for its own threads.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const bool is_started = ::pthread_create(&thread, &how, ask, given.get()) == 0;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::pthread_attr_destroy(&how);
  if (is_started) static_cast<void>(given.release());
  return is_started;
}

}  // namespace

host_addresses find_addresses(const std::string& host, const std::string& port, std::chrono::steady_clock::time_point deadline) {
  host_addresses out;
  if (look_up(host, port, AI_NUMERICHOST, out.found) == 0) return out;
  out.found = look_in_hosts_file(host, port);
  if (!out.found.empty()) return out;

  const auto q = std::make_shared<question>();
  q->host = host;
  q->port = port;
  if (!start_thread(q)) {
    out.error = {reason::failed, "no thread can be started to look for " + host};
    return out;
  }
  std::unique_lock hold(q->lock);
  if (!q->is_over.wait_until(hold, deadline, [&] { return q->over; })) {
    out.error = {reason::timeout, "the address of " + host + " did not come in time"};
  } else if (q->code != 0) {
    out.error = {reason::unreachable, "there is no address of " + host + ": " + ::gai_strerror(q->code)};
  } else {
    out.found = q->found;
  }
  return out;
}

}  // namespace bmes::remote
