// What takes how long, of runs that are measured.
#pragma once
#include "prelude.hpp"

#include "modules/module.hpp"

#include <bmes/engine.hpp>

#include <chrono>
#include <string_view>
#include <vector>

namespace bmes::jsc {

class module_times {
 public:
  enum class work : bool { loading, evaluation };
  void open(work, const module&);
  /// Closes the innermost ones, until `depth` are open.
  void close_to(std::size_t depth);
  [[nodiscard]] std::size_t depth() const { return open_.size(); }
  [[nodiscard]] std::vector<module_span> spans() const;

 private:
  using clock = std::chrono::steady_clock;
  struct span {
    std::string_view key;
    work what;
    clock::time_point begin, end;
    std::uint32_t parent;
  };
  clock::time_point begun_ = clock::now();
  std::vector<span> spans_;
  std::vector<std::uint32_t> open_;
};

/// Closes what was opened after it; nothing, where nothing is measured.
class time_scope {
 public:
  explicit time_scope(module_times* times) : times_(times), depth_(times ? times->depth() : 0) {}
  time_scope(module_times* times, module_times::work what, const module& m) : time_scope(times) {
    if (times_) times_->open(what, m);
  }
  ~time_scope() {
    if (times_) times_->close_to(depth_);
  }
  time_scope(const time_scope&) = delete;
  time_scope& operator=(const time_scope&) = delete;

 private:
  module_times* times_;
  std::size_t depth_;
};

}  // namespace bmes::jsc
