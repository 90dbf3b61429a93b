// Bytes as a graph to be written: every input is one, and small changes of the bytes are small changes of it.
#pragma once

#include <array>
#include <bmes/owned.hpp>

namespace bmes::fuzz {

class graph_maker {
 public:
  /// The graph's texts and payloads point into `bytes`.
  explicit graph_maker(byte_view bytes) noexcept : rest_(bytes) {}

  owned_graph make() {
    owned_graph g;
    repeat(4, [&] { g.engines.push_back({hash(), text()}); });
    const auto engines = static_cast<std::uint32_t>(g.engines.size());
    modules_ = below(6);
    for (std::uint32_t i = 0; i < modules_; ++i) g.modules.push_back(module_of(engines));
    repeat(4, [&] { g.facts.push_back({text(), choice(fact_kind::directory), identity()}); });
    g.entry = edge();
    return g;
  }
  /// A number for whatever else is to be chosen.
  std::uint64_t number() {
    std::uint64_t out = 0;
    for (const std::byte b : take(8)) out = out << 8 | std::to_integer<std::uint64_t>(b);
    return out;
  }

 private:
  byte_view take(std::size_t size) {
    const auto out = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(out.size());
    return out;
  }
  std::uint32_t byte() {
    const auto one = take(1);
    return one.empty() ? 0 : std::to_integer<std::uint32_t>(one[0]);
  }
  std::uint32_t below(std::uint32_t count) { return byte() % count; }
  void repeat(std::uint32_t below_this, auto make) {
    for (std::uint32_t n = below(below_this); n != 0; --n) make();
  }

  // Mostly what files hold, so that graphs agree with themselves; sometimes any bytes, UTF-8 or not.
  std::string_view text() {
    static constexpr std::array<std::string_view, 16> usual{
        "a",       "b",    "c",    "d", "default",   "/a.mjs",      "/b.mjs",   "./a.mjs",
        "./b.mjs", "type", "json", "",  "*default*", "*namespace*", "\xC3\xA9", "\xF0\x9F\x98\x80"};
    const std::uint32_t which = byte();
    return which < 0xC0 ? usual[which % usual.size()] : as_text(take(which - 0xC0));
  }
  name name_of() {
    switch (byte() % 16) {
      case 0:
        return {};
      case 1:
        return name::star_default();
      case 2:
        return name::star_namespace();
    }
    return name(text());
  }
  /// Up to `last`, but for one byte that is beyond it.
  template <class E>
  E choice(E last) {
    const std::uint32_t which = byte();
    return static_cast<E>(which == 0xFF ? which : which % (static_cast<std::uint32_t>(last) + 1));
  }
  std::uint32_t bits(std::uint32_t known) {
    const std::uint32_t value = byte() | byte() << 8 | byte() << 16 | byte() << 24;
    return value >> 24 == 0xFF ? value : value & known;
  }
  std::uint32_t edge() {
    const std::uint32_t to = byte();
    return to >= 0x80 || modules_ == 0 ? external : to == 0x7F ? modules_ : to % modules_;
  }
  hash128 hash() {
    hash128 out{};
    out[0] = static_cast<std::byte>(byte());
    return out;
  }
  source_identity identity() { return {byte(), hash(), number(), byte(), byte(), byte()}; }

  owned_record module_of(std::uint32_t engines) {
    owned_record m;
    m.url = text();
    m.source = identity();
    m.source_length = byte();
    m.text = take(byte() % 8);
    m.flags = bits(known_module_flags);
    m.reason = choice(uncacheable::unsupported_entry);
    repeat(4, [&] {
      std::vector<import_attribute> with;
      repeat(3, [&] { with.push_back({text(), text()}); });
      const auto specifier = text();
      const auto phase = choice(import_phase::source);
      m.add_request(specifier, std::move(with), phase, edge());
    });
    repeat(5, [&] {
      const auto type = choice(import_type::namespace_object);
      const bool fits = byte() != 0xFF;
      m.imports.push_back({type, text(), fits && type == import_type::namespace_object ? name::star_namespace() : name_of(), text()});
    });
    repeat(5, [&] {
      const auto type = choice(export_type::namespace_object);
      const bool fits = byte() != 0xFF;
      const auto when = [&](bool has) { return has || !fits ? name_of() : name(); };
      export_entry e{type, text(), {}, {}, {}};
      e.module_name = when(type != export_type::local);
      e.import_name = when(type == export_type::indirect);
      e.local_name = when(type == export_type::local);
      m.exports.push_back(e);
    });
    repeat(3, [&] { m.stars.push_back({text()}); });
    repeat(5, [&] {
      const auto variable_name = name_of();
      const auto scope = choice(variable_scope::lexical);
      m.variables.push_back({variable_name, scope, bits(known_variable_bits)});
    });
    repeat(3, [&] {
      const auto engine = byte();
      m.payloads.push_back({engines == 0 || engine == 0xFF ? engine : engine % engines, take(byte() % 200)});
    });
    return m;
  }

  byte_view rest_;
  std::uint32_t modules_ = 0;
};

}  // namespace bmes::fuzz
