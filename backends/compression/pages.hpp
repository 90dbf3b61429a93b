// Memory that bytes are unpacked to.
#pragma once

#include <bmes/store.hpp>
#include <memory>

namespace bmes::packing {

class pages final : public stored_bytes {
 public:
  pages(void* start, std::size_t size, std::size_t mapped) : start_(start), room_(size), size_(size), mapped_(mapped) {}
  pages(const pages&) = delete;
  pages& operator=(const pages&) = delete;
  ~pages() override;
  [[nodiscard]] byte_view bytes() const noexcept override { return writable(); }

  [[nodiscard]] std::span<std::byte> writable() const noexcept { return room().subspan(before_, size_); }
  /// All that there is: what was asked for.
  [[nodiscard]] std::span<std::byte> room() const noexcept { return {static_cast<std::byte*>(start_), room_}; }
  [[nodiscard]] std::size_t before() const noexcept { return before_; }
  /// From now on bytes() is this part of the room.
  void narrow(std::size_t before, std::size_t size) noexcept {
    before_ = before;
    size_ = size;
  }
  void seal() const noexcept;
  /// Has the system put memory behind a part of the room, before it is written to: in huge pages where that wastes little and they come fast. `begin` is a
  /// multiple of 2 MB, and so is `end`, or it is the room's. Several threads may do so with parts of their own.
  void make_present(std::size_t begin, std::size_t end) const noexcept;

 private:
  void* start_;
  std::size_t room_;
  std::size_t before_ = 0, size_;
  std::size_t mapped_;  // at least room_
};

/// Memory that is not present yet. Nothing, and errno is set, when there is no room.
[[nodiscard]] std::unique_ptr<pages> reserve_pages(std::size_t size);
/// The same, made present.
[[nodiscard]] std::unique_ptr<pages> make_pages(std::size_t size);

}  // namespace bmes::packing
