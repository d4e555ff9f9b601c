// Whether the value of an option is usable, for CLI11.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace dblog::tool {

/// Empty if it is, else what is wrong.
[[nodiscard]] std::string is_not_empty(const std::string& text);
[[nodiscard]] std::string is_above_zero(const std::string& text);
[[nodiscard]] std::string is_directory(const std::string& text);

/// Refuses nothing: the words that completion offers as the option's value.
[[nodiscard]] CLI::Validator offers(const std::vector<std::string>& words);

/// Of an option with such a check; empty if it has none.
[[nodiscard]] std::vector<std::string> offered_values(CLI::Option& option);

}  // namespace dblog::tool
