#include "tools/dblog/recursion_fold.hpp"

namespace dblog::tool {
namespace {

constexpr std::size_t kLongestBlock = 8;
constexpr std::size_t kFewestCopies = 3;

/// How often the block that begins there stands there in a row, itself included.
std::size_t copies(const std::vector<std::string>& places, std::size_t begin, std::size_t block) {
  std::size_t end = begin + block;
  while (end < places.size() && places[end] == places[end - block]) ++end;
  return (end - begin) / block;
}

}  // namespace

std::vector<ShownFrame> fold_recursion(const std::vector<std::string>& places) {
  std::vector<ShownFrame> shown;
  for (std::size_t at = 0; at < places.size();) {
    std::size_t block = 1;
    while (block <= kLongestBlock && copies(places, at, block) < kFewestCopies) ++block;
    if (block > kLongestBlock || at + block > places.size()) {
      shown.push_back({.index = at++});
      continue;
    }
    const std::size_t all = copies(places, at, block);
    for (std::size_t i = 0; i < block; ++i) shown.push_back({.index = at + i});
    shown.back().block = block;
    shown.back().repeats = all - 1;
    at += all * block;
  }
  return shown;
}

}  // namespace dblog::tool
