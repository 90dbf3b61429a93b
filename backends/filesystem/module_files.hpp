// Modules as files: what specifiers mean, and the texts behind them.
#pragma once

#include "module_urls.hpp"

#include <bmes/engine.hpp>
#include <bmes/freshness.hpp>
#include <functional>
#include <unordered_map>

namespace bmes::filesystem {

/// Resolves relative specifiers, absolute paths and file: URLs; an extension or an index file is added where
/// there is no such file. Keys are absolute paths without "." and "..", or file: URLs where there is a query or a fragment.
class module_files final : public module_host {
 public:
  resolution resolve(std::string_view specifier, std::string_view referrer) override;
  fetched_module fetch(std::string_view url) override;
  std::optional<std::string> text_of(std::uint32_t index) override;
  bool is_fresh(std::uint32_t index) override;
  void new_turn() override { looks_.clear(); }

  /// The graph that text_of() and is_fresh() are asked about.
  void set_graph(const v4::file& graph) { graph_ = &graph; }
  /// How is_fresh() looks.
  void set_check(check_mode mode) { check_ = mode; }

 private:
  struct text_hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  /// What is at `path`, as it was when first looked at in this turn.
  disk_state look_once(std::string_view path, bool with_hash);

  std::unordered_map<std::string, disk_state, text_hash, std::equal_to<>> looks_;
  const v4::file* graph_ = nullptr;
  check_mode check_ = check_mode::stat;
};

}  // namespace bmes::filesystem
