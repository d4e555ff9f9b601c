// What to say about a verb or an option that there is not. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dblog::tool {

/// Of `words` the one that was probably meant; empty if none looks like it.
std::string closest_word(std::string_view given, const std::vector<std::string>& words);

/// "shwo: is no verb; did you mean 'show'? Verbs: groups, list, show". With an empty `given`: that
/// one is missing.
std::string verb_advice(std::string_view given, const std::vector<std::string>& verbs);

}  // namespace dblog::tool
