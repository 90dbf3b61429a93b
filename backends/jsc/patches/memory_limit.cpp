#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

// The memory that the control group allows, which the engine asks for to size its heap. The library's own
// answer, where a file of the control group is missing (a bare chroot, the root group), reads and closes the
// file descriptor whose number is the error's, 2, and aborts the next time. It is replaced (the linker's
// --wrap, see meson.build).

namespace {

// No allocation: the allocator asks, before it can give anything.
std::string_view read_file(const char* path, char (&buffer)[4096]) {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const ssize_t size = ::read(fd, buffer, sizeof buffer);
  ::close(fd);
  return {buffer, size > 0 ? static_cast<std::size_t>(size) : 0};
}

// 0 for "max" and for what is no number.
std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') break;
    if (value > (UINT64_MAX - 9) / 10) return 0;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

std::uint64_t limit_at(const char* root, std::string_view group, const char* file) {
  char path[4096];
  char buffer[4096];
  // The group's own limit, or that of the mount's root: inside a container the group's path is the host's.
  const int size = std::snprintf(path, sizeof path, "%s%.*s/%s", root, static_cast<int>(group.size()), group.data(), file);
  if (size > 0 && static_cast<std::size_t>(size) < sizeof path)
    if (const auto value = number(read_file(path, buffer)); value != 0) return value;
  std::snprintf(path, sizeof path, "%s/%s", root, file);
  return number(read_file(path, buffer));
}

}  // namespace

std::uint64_t memory_limit() asm("__wrap__Z25uv_get_constrained_memoryv");

std::uint64_t memory_limit() {
  char buffer[4096];
  std::string_view groups = read_file("/proc/self/cgroup", buffer);
  std::uint64_t limit = 0;
  while (!groups.empty() && limit == 0) {
    const auto line = groups.substr(0, groups.find('\n'));
    groups.remove_prefix(line.size() < groups.size() ? line.size() + 1 : groups.size());
    const auto first = line.find(':');
    const auto second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second == line.npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    const auto group = line.substr(second + 1);
    if (controllers.empty()) limit = limit_at("/sys/fs/cgroup", group, "memory.max");
    if (controllers == "memory") limit = limit_at("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes");
  }
  return limit;
}
