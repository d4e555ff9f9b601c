// Recursion, direct or through several functions, as one round of it. Called for fingerprints:
// how deep a recursion went must not tell crashes apart. Pure.
#pragma once

#include <string>
#include <vector>

namespace dblog::grouping {

/// Of every run that repeats, one round: "a b a b a b main" becomes "a b main". Rounds of up to 16
/// entries; the shortest rounds first, until none is left.
std::vector<std::string> fold_repeats(std::vector<std::string> entries);

}  // namespace dblog::grouping
