#include "src/grouping/fold_repeats.hpp"

#include <algorithm>
#include <cstddef>

namespace dblog::grouping {
namespace {

constexpr std::size_t kLongestRound = 16;

/// Keeps the first of equal neighbouring rounds of `size` entries. Whether any was left out.
bool fold_rounds(std::vector<std::string>& entries, std::size_t size) {
  std::vector<std::string> kept;
  kept.reserve(entries.size());
  for (std::size_t at = 0; at < entries.size(); ++at) {
    kept.push_back(std::move(entries[at]));
    if (kept.size() < 2 * size) continue;
    const auto last = kept.end() - static_cast<std::ptrdiff_t>(size);
    if (std::equal(last, kept.end(), last - static_cast<std::ptrdiff_t>(size))) {
      kept.resize(kept.size() - size);
    }
  }
  const bool is_shorter = kept.size() < entries.size();
  entries = std::move(kept);
  return is_shorter;
}

}  // namespace

std::vector<std::string> fold_repeats(std::vector<std::string> entries) {
  for (std::size_t size = 1; size <= kLongestRound; ++size) {
    if (fold_rounds(entries, size)) size = 0;  // shorter rounds may have come together
  }
  return entries;
}

}  // namespace dblog::grouping
