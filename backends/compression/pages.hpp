// Memory that bytes are unpacked to.
#pragma once

#include <bmes/store.hpp>
#include <memory>

namespace bmes::packing {

class pages final : public stored_bytes {
 public:
  pages(void* start, std::size_t size, std::size_t mapped) : start_(start), size_(size), mapped_(mapped) {}
  pages(const pages&) = delete;
  pages& operator=(const pages&) = delete;
  ~pages() override;
  [[nodiscard]] byte_view bytes() const noexcept override { return {static_cast<const std::byte*>(start_), size_}; }

  [[nodiscard]] std::span<std::byte> writable() const noexcept { return {static_cast<std::byte*>(start_), size_}; }
  void seal() const noexcept;

 private:
  void* start_;
  std::size_t size_;
  std::size_t mapped_;  // at least size_
};

/// Nothing, and errno is set, when there is no memory.
[[nodiscard]] std::unique_ptr<pages> make_pages(std::size_t size);

}  // namespace bmes::packing
