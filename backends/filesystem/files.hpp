// Looking at files: the few system calls that the store, the freshness check and the module loader share.
#pragma once

#include <bmes/freshness.hpp>
#include <bmes/store.hpp>
#include <memory>
#include <optional>
#include <string>

namespace bmes::filesystem {

[[nodiscard]] std::string to_hex(const hash128&);

/// A file descriptor that is closed with the object.
class descriptor {
 public:
  explicit descriptor(int fd = -1) noexcept : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  descriptor& operator=(descriptor&&) = delete;
  ~descriptor();
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

/// A file to read, links not followed, without a trace of that in its time of access where the system allows it.
[[nodiscard]] descriptor open_quietly(const std::string& path);

/// The first `size` bytes of an open file, mapped: read when they are looked at. Null, and errno is set, when that fails.
[[nodiscard]] std::unique_ptr<stored_bytes> map_file(int fd, std::uint64_t size);

/// Where the symbolic link at `path` leads, as it says; nothing where there is none.
[[nodiscard]] std::optional<std::string> read_link(const std::string& path);

/// As map_file(), but a small file is read: then a fault of the disk is an error, and no signal while the bytes are in use.
[[nodiscard]] std::unique_ptr<stored_bytes> load_file(int fd, std::uint64_t size);

/// What is at a path or behind a module's key (path_of()), symbolic links followed; with the hash of a file's bytes if asked for.
/// A path that ends with a slash means the symbolic link itself, whose bytes are where it leads.
[[nodiscard]] disk_state look(std::string_view key, bool with_hash);

/// A file's text and identity. The times are 0, not to be trusted, when the file changed too recently for its
/// times to tell the next change.
struct file_text {
  std::string text;
  source_identity identity;
  int error = 0;  ///< errno, if there is no text
};
/// Reads what look() looks at.
[[nodiscard]] file_text read_file(std::string_view key);

}  // namespace bmes::filesystem
