#include "background.hpp"

#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bmes::v8_backend {
namespace {

constexpr unsigned longest_seconds = 30;

// Whoever reads what the parent wrote, or waits for its lock, is not to wait for this process.
void leave_the_foreground(int kept) {
  ::setsid();
  const int null = ::open("/dev/null", O_RDWR);
  for (const int fd : {0, 1, 2}) ::dup2(null, fd);
  if (kept >= 3) {
    if (kept > 3) ::close_range(3, static_cast<unsigned>(kept) - 1, 0);
    ::close_range(static_cast<unsigned>(kept) + 1, ~0U, 0);
  } else {
    ::close_range(3, ~0U, 0);
  }
  for (const int s : {SIGINT, SIGTERM, SIGSEGV, SIGBUS, SIGABRT, SIGALRM, SIGXFSZ, SIGTRAP, SIGILL}) ::signal(s, SIG_DFL);
  for (const int s : {SIGHUP, SIGPIPE}) ::signal(s, SIG_IGN);
  // The engine's other threads are not in this process: should it ever wait for one, it ends.
  ::alarm(longest_seconds);
  ::setpriority(PRIO_PROCESS, 0, 10);
}

}  // namespace

void in_background(const std::function<void()>& work, int kept, bool lives_on) {
  const int child = ::fork();
  if (child > 0) {
    if (lives_on) ::waitpid(child, nullptr, 0);
    return;
  }
  // Somebody else's child is nobody's to wait for.
  if (child == 0 && lives_on && ::fork() != 0) ::_exit(0);
  if (child == 0) leave_the_foreground(kept);
  work();
  if (child == 0) ::_exit(0);
}

}  // namespace bmes::v8_backend
