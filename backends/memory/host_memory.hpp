// What a virtual machine's host does with memory that nobody uses.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>
#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace bmes {

/// Whether the host takes free memory back within seconds and brings it again when it is used: a balloon that reports free pages (VIRTIO 1.2, 5.5.3). `driver`
/// is the folder in which Linux names its devices; where it can't be read the answer is no.
inline bool host_takes_memory_back(const std::string& driver = "/sys/bus/virtio/drivers/virtio_balloon") {
  constexpr std::size_t reports_free_pages = 5;
  struct closes {
    void operator()(DIR* d) const noexcept { ::closedir(d); }
  };
  const std::unique_ptr<DIR, closes> devices(::opendir(driver.c_str()));
  if (!devices) return false;
  while (const dirent* const d = ::readdir(devices.get())) {
    if (!std::string_view(d->d_name).starts_with("virtio")) continue;
    const int fd = ::open((driver + "/" + d->d_name + "/features").c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    std::array<char, reports_free_pages + 1> features{};
    const ssize_t size = ::read(fd, features.data(), features.size());
    ::close(fd);
    if (size == static_cast<ssize_t>(features.size()) && features.back() == '1') return true;
  }
  return false;
}

}  // namespace bmes
