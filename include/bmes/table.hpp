#pragma once
#include <bmes/schema.hpp>
#include <compare>
#include <cstdlib>
#include <iterator>
#include <ranges>

namespace bmes {

/// A random-access range whose elements are made on access: `Source` has `size()` and `operator[]`.
/// The iterators of table and of the views; they hold the source by value, so ranges are borrowed.
template <class Source>
class index_iterator {
 public:
  using value_type = std::remove_cvref_t<decltype(std::declval<const Source&>()[std::size_t{}])>;
  using reference = value_type;
  using difference_type = std::ptrdiff_t;
  using iterator_concept = std::random_access_iterator_tag;
  using iterator_category = std::input_iterator_tag;

  constexpr index_iterator() = default;
  constexpr index_iterator(const Source& source, std::size_t index) noexcept : source_(source), index_(index) {}

  constexpr reference operator*() const noexcept { return source_[index_]; }
  constexpr reference operator[](difference_type n) const noexcept { return *(*this + n); }
  constexpr index_iterator& operator++() noexcept { return ++index_, *this; }
  constexpr index_iterator operator++(int) noexcept { auto old = *this; return ++index_, old; }
  constexpr index_iterator& operator--() noexcept { return --index_, *this; }
  constexpr index_iterator operator--(int) noexcept { auto old = *this; return --index_, old; }
  constexpr index_iterator& operator+=(difference_type n) noexcept { return index_ += static_cast<std::size_t>(n), *this; }
  constexpr index_iterator& operator-=(difference_type n) noexcept { return index_ -= static_cast<std::size_t>(n), *this; }
  friend constexpr index_iterator operator+(index_iterator i, difference_type n) noexcept { return i += n; }
  friend constexpr index_iterator operator+(difference_type n, index_iterator i) noexcept { return i += n; }
  friend constexpr index_iterator operator-(index_iterator i, difference_type n) noexcept { return i -= n; }
  friend constexpr difference_type operator-(const index_iterator& a, const index_iterator& b) noexcept {
    return static_cast<difference_type>(a.index_) - static_cast<difference_type>(b.index_);
  }
  friend constexpr bool operator==(const index_iterator& a, const index_iterator& b) noexcept { return a.index_ == b.index_; }
  friend constexpr auto operator<=>(const index_iterator& a, const index_iterator& b) noexcept { return a.index_ <=> b.index_; }

 private:
  Source source_{};
  std::size_t index_ = 0;
};

/// A bounds-checked run of fixed-size records, decoded on access; 16 bytes, copied freely.
/// `table[i]` past the end aborts: it is the caller's mistake and never the input's.
template <wire_record R>
class table {
 public:
  constexpr table() = default;
  /// Takes the whole records of `bytes`; a rest that is no whole record is left out.
  [[nodiscard]] static constexpr table over(byte_view bytes) noexcept {
    table out;
    out.bytes_ = bytes.first(bytes.size() / wire_size<R> * wire_size<R>);
    return out;
  }

  [[nodiscard]] constexpr std::size_t size() const noexcept { return bytes_.size() / wire_size<R>; }
  [[nodiscard]] constexpr bool empty() const noexcept { return bytes_.empty(); }
  [[nodiscard]] constexpr R operator[](std::size_t index) const noexcept {
    if (index >= size()) [[unlikely]] std::abort();
    return load<R>(bytes_.subspan(index * wire_size<R>).template first<wire_size<R>>());
  }
  [[nodiscard]] constexpr auto begin() const noexcept { return index_iterator<table>{*this, 0}; }
  [[nodiscard]] constexpr auto end() const noexcept { return index_iterator<table>{*this, size()}; }
  /// The records as they lie in the file.
  [[nodiscard]] constexpr byte_view bytes() const noexcept { return bytes_; }

 private:
  byte_view bytes_;
};

}  // namespace bmes

template <class R>
inline constexpr bool std::ranges::enable_borrowed_range<bmes::table<R>> = true;
