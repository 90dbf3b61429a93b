#pragma once
#include <bmes/v1.hpp>
#include <bmes/v3.hpp>
#include <bmes/v4.hpp>

// Files of any version.

namespace bmes {

/// The version that `bytes` say they are in, whether or not there is a reader for it.
[[nodiscard]] constexpr result<std::uint32_t> version_of(byte_view bytes) {
  const auto read = [](cursor& in) {
    in.require(in.read<std::uint32_t>("magic") == magic, errc::bad_magic, 0, "magic");
    return in.read<std::uint32_t>("version");
  };
  const auto out = decode_prefix(bytes, read, 0);
  if (!out) return out.error();
  return out->value;
}

/// Calls with_version(constant) with a std::integral_constant of the version of `bytes`: 1, 3 or 4.
template <class F>
[[nodiscard]] result<ok> visit_version(byte_view bytes, F&& with_version) {
  const auto version = version_of(bytes);
  if (!version) return version.error();
  switch (*version) {
    case v1::version:
      return with_version(std::integral_constant<std::uint32_t, v1::version>());
    case v3::version:
      return with_version(std::integral_constant<std::uint32_t, v3::version>());
    case v4::version:
      return with_version(std::integral_constant<std::uint32_t, v4::version>());
  }
  return error{errc::unsupported_version, wire_rep<std::uint32_t>::size, "version"};
}

/// Checks all of `bytes`, payloads included, and calls use(file) with a v1::file, v3::file or v4::file.
/// Complexity: linear, no allocation.
template <class F>
[[nodiscard]] result<ok> read_any(byte_view bytes, F&& use) {
  return visit_version(bytes, [&](auto version) -> result<ok> {
    const auto file = [&] {
      if constexpr (version() == v1::version) return v1::open(bytes);
      if constexpr (version() == v3::version) return v3::open(bytes);
      if constexpr (version() == v4::version) return v4::file::open(bytes);
    }();
    if (!file) return file.error();
    use(*file);
    return ok{};
  });
}

}  // namespace bmes
