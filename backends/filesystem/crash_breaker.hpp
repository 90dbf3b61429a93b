// What a crash does to the entry that was in use.
#pragma once

#include <string>

namespace bmes::filesystem {

/// While this object lives, a fault that ends the process sets the entry at `place` aside, so that the next start is from sources: an
/// entry of the user's own `folder` gets another name, `<key>.crashed`; of one of another folder, or of another machine, an empty
/// file of that name is left in `folder`. The process ends as it would have. One such object at a time.
class crash_breaker {
 public:
  crash_breaker(const std::string& place, const std::string& folder);
  ~crash_breaker();
  crash_breaker(const crash_breaker&) = delete;
  crash_breaker& operator=(const crash_breaker&) = delete;
  /// What runs from here on has nothing to do with the entry. Calls nothing of the system, as the handlers stay.
  void disarm() noexcept;
};

}  // namespace bmes::filesystem
