#pragma once
#include <bmes/cursor.hpp>
#include <bmes/sequential_write.hpp>

namespace bmes::sequential {

/// Watches a reading: called for every field with its offset, its size and its value.
struct nobody {
  constexpr void operator()(std::uint64_t, std::uint64_t, std::string_view, const auto&) const noexcept {}
};

/// Reads structures from a cursor, checking everything.
template <class Watcher = nobody>
class reading {
 public:
  constexpr explicit reading(cursor& in, Watcher* watcher = nullptr) noexcept : in_(in), watcher_(watcher) {}

  constexpr std::uint32_t number(std::string_view field) {
    const auto offset = in_.offset();
    const auto value = in_.read<std::uint32_t>(field);
    return seen(offset, field, value), value;
  }
  constexpr void constant(std::string_view field, std::uint32_t expected, errc code) {
    const auto offset = in_.offset();
    in_.require(number(field) == expected, code, offset, field);
  }
  constexpr void bits(std::string_view field, std::uint32_t& value, std::uint32_t known) {
    const auto offset = in_.offset();
    value = number(field);
    in_.require((value & ~known) == 0, errc::bad_value, offset, field);
  }
  template <class E>
  constexpr void choice(std::string_view field, E& value, E last) {
    const auto offset = in_.offset();
    const auto raw = number(field);
    in_.require(raw <= static_cast<std::uint32_t>(last), errc::bad_value, offset, field);
    if (in_.good()) value = static_cast<E>(raw);
  }
  constexpr void text(std::string_view field, std::string_view& value) {
    const auto offset = in_.offset();
    const auto bytes = in_.bytes(in_.read<std::uint32_t>(field), field);
    const auto bad = first_bad_utf8(bytes);
    in_.require(bad == bytes.size(), errc::bad_utf8, offset + 4 + bad, field);
    if (in_.good()) value = as_text(bytes);
    seen(offset, field, value);
  }
  // Text, or the name that stands for `special` when the text is the one it used to be written as.
  constexpr void text_or(std::string_view field, name& value, const name& special) {
    std::string_view characters;
    text(field, characters);
    value = name_from(characters, special);
  }
  // Text where the type has this name; elsewhere the field is there and empty.
  constexpr void text_if(bool present, std::string_view field, name& value, const name& special) {
    const auto offset = in_.offset();
    std::string_view characters;
    text(field, characters);
    in_.require(present || characters.empty(), errc::bad_value, offset, field);
    if (present) value = name_from(characters, special);
  }
  template <class T>
  constexpr void items(std::string_view field, list<T>& value);
  template <class T>
  constexpr void optional_list(std::string_view flag, std::string_view field, list<T>& value) {
    const auto offset = in_.offset();
    const auto present = number(flag);
    in_.require(present <= 1, errc::bad_value, offset, flag);
    if (present == 1) items(field, value);
  }
  constexpr byte_view blob(std::uint64_t size, std::string_view field) {
    const auto offset = in_.offset();
    const auto bytes = in_.bytes(size, field);
    if (watcher_ && in_.good()) (*watcher_)(offset, bytes.size(), field, bytes);
    return bytes;
  }
  constexpr void padding(std::uint64_t alignment, std::string_view field) {
    auto offset = in_.offset();
    for (const std::byte b : blob((alignment - offset % alignment) % alignment, field))
      in_.require(b == std::byte{0}, errc::bad_padding, offset++, field);
  }
  [[nodiscard]] constexpr cursor& in() noexcept { return in_; }

 private:
  constexpr void seen(std::uint64_t offset, std::string_view field, const auto& value) {
    if (watcher_ && in_.good()) (*watcher_)(offset, in_.offset() - offset, field, value);
  }
  cursor& in_;
  Watcher* watcher_;
};

/// Bytes of the smallest T: a count can't be larger than what is left divided by this.
template <class T>
inline constexpr std::uint64_t smallest = [] {
  writing measure;
  T value{};
  describe(measure, value);
  return measure.size();
}();

template <class Watcher>
template <class T>
constexpr void reading<Watcher>::items(std::string_view field, list<T>& value) {
  const auto offset = in_.offset();
  const auto count = number(field);
  in_.require(count <= in_.remaining() / smallest<T>, errc::bad_count, offset, field);
  const auto start = in_.mark();
  for (std::uint32_t i = 0; i < count && in_.good(); ++i) {
    T item{};
    describe(*this, item);
  }
  if (in_.good()) value = list<T>(in_.since(start), count);
}

template <class T>
class list<T>::iterator {
 public:
  using value_type = T;
  using reference = T;
  using difference_type = std::ptrdiff_t;
  using iterator_concept = std::forward_iterator_tag;
  using iterator_category = std::input_iterator_tag;

  constexpr iterator() = default;
  constexpr iterator(byte_view bytes, std::uint32_t left) noexcept : bytes_(bytes), left_(left) { decode_item(); }
  constexpr T operator*() const noexcept { return item_.value; }
  constexpr iterator& operator++() noexcept {
    bytes_ = bytes_.subspan(item_.size);
    --left_;
    return decode_item(), *this;
  }
  constexpr iterator operator++(int) noexcept {
    auto old = *this;
    return ++*this, old;
  }
  friend constexpr bool operator==(const iterator& a, const iterator& b) noexcept { return a.left_ == b.left_; }
  friend constexpr bool operator==(const iterator& a, std::default_sentinel_t) noexcept { return a.left_ == 0; }

 private:
  constexpr void decode_item() noexcept {
    if (left_ == 0) return;
    const auto read = [](cursor& in) {
      T value{};
      reading io(in);
      describe(io, value);
      return value;
    };
    const auto item = decode_prefix(bytes_, read, 0);
    // The bytes were decoded once when the file was opened, so this holds.
    if (item) item_ = *item;
  }
  byte_view bytes_;
  std::uint32_t left_ = 0;
  prefix<T> item_{};
};

}  // namespace bmes::sequential
