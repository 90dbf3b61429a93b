#include "prelude.hpp"

#include "modules/times.hpp"

namespace bmes::jsc {

void module_times::open(work what, const module& m) {
  // What its importer waits for is the importer's; and what it does for itself on the way is no span of its own.
  if (m.is_builtin()) return;
  const std::uint32_t parent = open_.empty() ? external : open_.back();
  if (parent != external && spans_[parent].what == what && spans_[parent].key.data() == m.key.data()) return;
  open_.push_back(static_cast<std::uint32_t>(spans_.size()));
  spans_.push_back({m.key, what, clock::now(), {}, parent});
}

void module_times::close_to(std::size_t depth) {
  if (open_.size() <= depth) return;
  const auto now = clock::now();
  for (; open_.size() > depth; open_.pop_back()) spans_[open_.back()].end = now;
}

std::vector<module_span> module_times::spans() const {
  const auto now = clock::now();
  const auto since = [&](clock::time_point t) { return std::chrono::duration<double, std::milli>(t - begun_).count(); };
  std::vector<module_span> out;
  for (const span& s : spans_)
    out.push_back({std::string(s.key), s.what == work::evaluation, since(s.begin), since(s.end == clock::time_point() ? now : s.end), s.parent});
  return out;
}

}  // namespace bmes::jsc
