// Modules as files: what specifiers mean, and the texts behind them.
#pragma once

#include <bmes/engine.hpp>
#include <map>

namespace bmes::filesystem {

/// Resolves relative specifiers, absolute paths and file: URLs; an extension or an index file is added where
/// there is no such file. Keys are absolute paths without "." and "..".
class module_files final : public module_host {
 public:
  resolution resolve(std::string_view specifier, std::string_view referrer) override;
  fetched_module fetch(std::string_view url) override;
  std::optional<std::string> text_of(std::uint32_t index) override;
  bool is_fresh(std::uint32_t index) override;
  void new_turn() override;

  /// The graph that text_of() is asked about.
  void set_graph(const v4::file& graph) { graph_ = &graph; }
  /// What resolution found absent on the way to what it found: the files that would change its answers.
  [[nodiscard]] std::vector<std::string> absent_candidates() const;

 private:
  std::map<std::string, std::string, std::less<>> found_;
  const v4::file* graph_ = nullptr;
};

/// `path` made absolute from the working folder, without "." and "..".
[[nodiscard]] std::string absolute_path(std::string_view path);

}  // namespace bmes::filesystem
