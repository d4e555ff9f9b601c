// Whether the dynamic loader would put a library into a program without a word: asked of the loader
// itself, which lists what it would load and starts nothing.
// Threads: while there is only one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace dblog::run {

/// What kind of file a start of it runs.
struct ProgramFile {
  std::filesystem::path file;    ///< the program, or the interpreter of a script
  std::filesystem::path loader;  ///< its dynamic loader; empty: it has none
  std::string refusal;           ///< why nothing can be put into it; empty: it can
};

/// Reads the file's head, and those of a script's interpreters. Only what can be read: a refusal
/// says so.
[[nodiscard]] ProgramFile look_at_program(const std::filesystem::path& program);

/// Why the loader would not load the program with that environment, which has LD_PRELOAD, silently;
/// empty: it would. `names`: where what it would load is appended. Some milliseconds.
[[nodiscard]] std::string refusal_of_loader(const ProgramFile& program,
                                            const std::vector<std::string>& environment,
                                            std::string& names);

}  // namespace dblog::run
