// Modules as files: what specifiers mean, and the texts behind them.
#pragma once

#include "package_rules.hpp"

#include <bmes/engine.hpp>

namespace bmes::filesystem {

/// Resolves as Node does. Where a relative specifier of an import names no file, an extension or an index file is added. Keys are
/// absolute paths without "." and "..", links followed; file: URLs where there is a query or a fragment; data: URLs; names of the host.
class module_files final : public module_host {
 public:
  explicit module_files(package_options options = {}) : options_(std::move(options)) {}

  resolution resolve(const resolution_request&) override;
  format_answer format_of(std::string_view url, bool by_require) override;
  fetched_module fetch(std::string_view url) override;
  std::optional<std::string> text_of(std::uint32_t index) override;
  bool is_fresh(std::uint32_t index) override;
  void new_turn() override { disk_.new_turn(); }

  /// The key of a program's entry, which a user wrote as a path.
  [[nodiscard]] std::string entry_key(std::string_view path);
  /// Whether a module of the host has this name.
  void set_builtins(std::function<bool(std::string_view)> is_builtin) { options_.is_builtin = std::move(is_builtin); }
  /// The graph that text_of() and is_fresh() are asked about.
  void set_graph(const v4::file& graph) { graph_ = &graph; }
  /// How is_fresh() looks.
  void set_check(check_mode mode) { check_ = mode; }

 private:
  resolution import(std::string_view specifier, std::string_view referrer);
  resolution require(std::string_view specifier, std::string_view referrer);
  void finish(resolution&, file_reference);
  void add_hint(resolution&, std::string_view specifier, const std::string& base);

  package_options options_;
  disk_view disk_;
  const v4::file* graph_ = nullptr;
  check_mode check_ = check_mode::stat;
};

}  // namespace bmes::filesystem
