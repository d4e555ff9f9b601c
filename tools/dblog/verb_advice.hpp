// What to say about a verb that there is not. Called by main. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dblog::tool {

/// "shwo: is no verb; did you mean 'show'? Verbs: groups, list, show". With an empty `given`: that
/// one is missing.
std::string verb_advice(std::string_view given, const std::vector<std::string>& verbs);

}  // namespace dblog::tool
