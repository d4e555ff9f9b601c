// What can follow on a command line, for the completion of shells: made from the same description
// as the command line itself. `dblog complete` prints it; completion/ has the shells' scripts.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace dblog::tool {

/// Other things than words, which the shells know better. Printed in the place of words.
inline constexpr const char* kFiles = ":files";
inline constexpr const char* kDirectories = ":directories";
inline constexpr const char* kPrograms = ":programs";

struct Suggestion {
  std::string word;
  std::string what;  ///< In a line; may be empty.
};

/// `words` follow the tool's name. The last is the one that is being typed, and may be empty; a
/// suggestion begins with it. `=` between an option and its value may be a word of its own, as in
/// bash: then the suggestions are values.
std::vector<Suggestion> complete(CLI::App& app, const std::vector<std::string>& words);

}  // namespace dblog::tool
