#pragma once
#include <algorithm>
#include <bmes/checksum.hpp>
#include <bmes/utf8.hpp>
#include <bmes/v4_layout.hpp>
#include <functional>
#include <numeric>
#include <unordered_map>
#include <utility>
#include <vector>

// What a file of version 4 holds once, however often it is used. The pools point to what they were given.

namespace bmes::v4::detail {

/// The indices of some items in ascending order of their keys, and each item's place in it.
struct order_and_place {
  std::vector<std::uint32_t> order;
  std::vector<std::uint32_t> place;
};
template <class Items, class Key>
[[nodiscard]] order_and_place sorted_order(const Items& items, const Key& key) {
  order_and_place out{std::vector<std::uint32_t>(items.size()), std::vector<std::uint32_t>(items.size())};
  std::iota(out.order.begin(), out.order.end(), 0U);
  std::sort(out.order.begin(), out.order.end(), [&](auto a, auto b) { return std::invoke(key, items[a]) < std::invoke(key, items[b]); });
  for (std::uint32_t i = 0; i < out.order.size(); ++i) out.place[out.order[i]] = i;
  return out;
}

/// Strings. They get numbers as they come; sort() tells each number's place in the file.
class string_pool {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return texts_.size(); }
  [[nodiscard]] std::uint32_t add(std::string_view text) {
    if (text.size() < long_text) return add_new(text);
    // A long text that many records share is looked at once.
    const auto [seen, is_first] = seen_.try_emplace(text.data(), 0U);
    if (!is_first && texts_[seen->second].size() == text.size()) return seen->second;
    return seen->second = add_new(text);
  }

  /// Bytes of all strings together.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] const std::vector<std::string_view>& texts() const noexcept { return texts_; }

  [[nodiscard]] std::vector<std::uint32_t> sort() {
    const auto [order, place] = sorted_order(texts_, std::identity());
    std::vector<std::string_view> sorted;
    for (const std::uint32_t i : order) sorted.push_back(texts_[i]);
    texts_ = std::move(sorted);
    return place;
  }

  [[nodiscard]] std::vector<string_row> rows() const {
    std::vector<string_row> out;
    std::uint32_t end = 0;
    for (const std::string_view text : texts_) {
      end += static_cast<std::uint32_t>(text.size());
      out.push_back({end | (is_ascii(as_bytes(text)) ? string_row::ascii : 0)});
    }
    return out;
  }

 private:
  static constexpr std::size_t long_text = 128;
  [[nodiscard]] std::uint32_t add_new(std::string_view text) {
    const auto [at, is_new] = numbers_.try_emplace(text, static_cast<std::uint32_t>(texts_.size()));
    if (is_new) {
      texts_.push_back(text);
      bytes_ += text.size();
    }
    return at->second;
  }

  std::vector<std::string_view> texts_;
  std::uint64_t bytes_ = 0;
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
  std::unordered_map<const char*, std::uint32_t> seen_;  // by where they lie
};

/// Bytecode and sources. Modules of the same text have the same bytecode.
class blob_pool {
 public:
  [[nodiscard]] std::uint32_t add(byte_view bytes) {
    // A blob that many modules share is looked at once.
    const auto [seen, is_first] = seen_.try_emplace(bytes.data(), 0U);
    if (!is_first && contents_[seen->second].size() == bytes.size()) return seen->second;
    return seen->second = add_new(bytes);
  }

  /// Bytes of all blobs together, with the padding between them.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return rows_.empty() ? 0 : rows_.back().offset + rows_.back().size; }
  [[nodiscard]] const std::vector<blob_row>& rows() const noexcept { return rows_; }
  [[nodiscard]] const std::vector<byte_view>& contents() const noexcept { return contents_; }

 private:
  [[nodiscard]] std::uint32_t add_new(byte_view bytes) {
    const hash128 hash = checksum128(bytes);
    const std::uint64_t key = wire_rep<std::uint64_t>::load(std::span(hash).first<8>());
    const auto [first, last] = numbers_.equal_range(key);
    for (auto at = first; at != last; ++at)
      if (same_hash(rows_[at->second].checksum, hash) && rows_[at->second].size == bytes.size()) return at->second;
    const auto number = static_cast<std::uint32_t>(rows_.size());
    numbers_.emplace(key, number);
    rows_.push_back({(this->bytes() + payload_alignment - 1) / payload_alignment * payload_alignment, bytes.size(), hash});
    contents_.push_back(bytes);
    return number;
  }

  std::vector<blob_row> rows_;
  std::vector<byte_view> contents_;
  std::unordered_multimap<std::uint64_t, std::uint32_t> numbers_;
  std::unordered_map<const std::byte*, std::uint32_t> seen_;  // by where they lie
};

}  // namespace bmes::v4::detail
