// Takes variables out of the environment in place: neither the array nor a text moves, so that
// main()'s third argument, `environ` and what others hold of either stay the same.
// Threads: before main(), while there is only one.
#pragma once

#include <string_view>

namespace dblog::preload {

void remove_variable(std::string_view name) noexcept;

/// Takes `entry` out of a variable that is a list (between ':' or ' '), with one separator. All
/// else stays as it is; a variable of which nothing is left is removed.
void remove_from_list(std::string_view name, std::string_view entry) noexcept;

}  // namespace dblog::preload
