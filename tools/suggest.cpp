#include "suggest.hpp"

#include <algorithm>
#include <vector>

namespace bmes::tools {
namespace {

// How many letters have to be left out, added, replaced, or swapped with their neighbour.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> to(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        to[i][j] = i + j;
        continue;
      }
      to[i][j] = std::min({to[i - 1][j] + 1, to[i][j - 1] + 1, to[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) to[i][j] = std::min(to[i][j], to[i - 2][j - 2] + 1);
    }
  return to[a.size()][b.size()];
}

std::string_view without_dashes(std::string_view text) { return text.substr(std::min(text.find_first_not_of('-'), text.size())); }

}  // namespace

std::string did_you_mean(std::string_view typed, std::span<const std::string> names) {
  typed = without_dashes(typed);
  if (typed.size() > 64) return {};
  std::string_view nearest;
  std::size_t least = 3;
  for (const std::string_view name : names) {
    // A word of three letters is near to everything that is two letters away.
    const std::size_t far = std::min(typed.size(), without_dashes(name).size()) < 4 ? 2 : 3;
    if (const auto d = distance(typed, without_dashes(name)); d < std::min(least, far)) {
      least = d;
      nearest = name;
    }
  }
  return nearest.empty() ? std::string() : " (did you mean " + std::string(nearest) + "?)";
}

}  // namespace bmes::tools
