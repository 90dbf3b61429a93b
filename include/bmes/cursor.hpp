#pragma once
#include <bmes/error.hpp>
#include <bmes/schema.hpp>
#include <bmes/table.hpp>
#include <type_traits>
#include <utility>

namespace bmes {

template <class T>
struct prefix;

/// Reads forward through bytes that it never leaves.
///
/// The first failure sticks: every later read yields zeroes and moves nothing, so decoding is a
/// straight line. A cursor exists only inside decode(), which turns the failure into its result.
class cursor {
 public:
  cursor(const cursor&) = delete;
  cursor& operator=(const cursor&) = delete;

  [[nodiscard]] constexpr bool good() const noexcept { return error_.code == errc{}; }
  /// Offset of the next byte, from the first byte of the file.
  [[nodiscard]] constexpr std::uint64_t offset() const noexcept { return base_ + at_; }
  [[nodiscard]] constexpr std::size_t remaining() const noexcept { return bytes_.size() - at_; }

  constexpr void fail(errc code, std::uint64_t offset, std::string_view field) noexcept {
    if (good()) error_ = {code, offset, field};
  }
  constexpr void require(bool held, errc code, std::uint64_t offset, std::string_view field) noexcept {
    if (!held) [[unlikely]] fail(code, offset, field);
  }

  /// The next `size` bytes; none after a failure.
  constexpr byte_view bytes(std::uint64_t size, std::string_view field) noexcept {
    if (!available(size, field)) return {};
    const auto out = bytes_.subspan(at_, static_cast<std::size_t>(size));
    at_ += static_cast<std::size_t>(size);
    return out;
  }

  /// A place to come back to with since().
  [[nodiscard]] constexpr std::size_t mark() const noexcept { return at_; }
  /// The bytes read since `mark`.
  [[nodiscard]] constexpr byte_view since(std::size_t mark) const noexcept { return slice(bytes_, mark, at_ - mark); }

  /// The next integer or enum; zero after a failure.
  template <class T>
  constexpr T read(std::string_view field) noexcept {
    const byte_view in = bytes(wire_rep<T>::size, field);
    if (in.size() != wire_rep<T>::size) return T{};
    return wire_rep<T>::load(in.template first<wire_rep<T>::size>());
  }

  /// The next record; zeroes after a failure.
  template <wire_record R>
  constexpr R read_record() noexcept {
    const byte_view in = bytes(wire_size<R>, R::name);
    if (in.size() != wire_size<R>) return R{};
    return load<R>(in.template first<wire_size<R>>());
  }

  /// The next `count` records; an empty table after a failure.
  template <wire_record R>
  constexpr table<R> read_table(std::uint64_t count) noexcept {
    if (count > remaining() / wire_size<R>) return fail(errc::truncated, offset(), R::name), table<R>{};
    return table<R>::over(bytes(count * wire_size<R>, R::name));
  }

 private:
  template <class F>
  friend constexpr auto decode_prefix(byte_view, F&&, std::uint64_t) -> result<prefix<std::invoke_result_t<F, cursor&>>>;
  constexpr cursor(byte_view bytes, std::uint64_t base) noexcept : bytes_(bytes), base_(base) {}

  constexpr bool available(std::uint64_t size, std::string_view field) noexcept {
    if (good() && fits(at_, size, bytes_.size())) [[likely]] return true;
    fail(errc::truncated, offset(), field);
    return false;
  }

  byte_view bytes_;
  std::uint64_t base_;
  std::size_t at_ = 0;
  bmes::error error_{};
};

/// What decode_prefix() read, and how many bytes it took.
template <class T>
struct prefix {
  T value{};
  std::size_t size = 0;
};

/// Runs `body` over the start of `bytes`, which lie at offset `base` of the file. With decode() the only
/// way to have a cursor, and the one place that looks at its failure.
template <class F>
[[nodiscard]] constexpr auto decode_prefix(byte_view bytes, F&& body, std::uint64_t base)
    -> result<prefix<std::invoke_result_t<F, cursor&>>> {
  cursor in{bytes, base};
  prefix<std::invoke_result_t<F, cursor&>> out{std::forward<F>(body)(in), 0};
  if (!in.good()) return in.error_;
  out.size = in.at_;
  return out;
}

/// Runs `body` over `bytes` and asks that it reads them to the end.
template <class F>
[[nodiscard]] constexpr auto decode(byte_view bytes, F&& body, std::uint64_t base = 0)
    -> result<std::invoke_result_t<F, cursor&>> {
  auto out = decode_prefix(
      bytes,
      [&](cursor& in) {
        auto value = body(in);
        in.require(in.remaining() == 0, errc::trailing_bytes, in.offset(), "end");
        return value;
      },
      base);
  if (!out) return out.error();
  return std::move(out->value);
}

}  // namespace bmes
