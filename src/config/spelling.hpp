// How far two words are from one another, to find the one that was meant.
// Used for keys of settings and, by the tool, for verbs. For short words.
#pragma once

#include <cstddef>
#include <string_view>

namespace dblog::config {

/// How many letters must be put in, left out, exchanged or swapped with their neighbour (optimal
/// string alignment).
[[nodiscard]] std::size_t spelling_distance(std::string_view left, std::string_view right);

}  // namespace dblog::config
