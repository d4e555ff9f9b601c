// Puts libdblog_preload.so into the environment that a program is started with, if the program can
// take it without being disturbed.
// Called by `dblog run`. Threads: while there is only one.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace dblog::run {

using Variables = std::vector<std::pair<const char*, std::string>>;

struct PreloadChoice {
  std::vector<std::string> environment;  ///< for the program: "NAME=VALUE"
  std::string refusal;                   ///< why it gets no handlers; empty: it does
  bool is_linked = false;                ///< because it has them: linked with libdblog.so
};

/// `program`: as find_program() gave it. `environment`: this process's. `variables`: of
/// preload_variables.hpp, what the library is told.
[[nodiscard]] PreloadChoice choose_preload(const std::filesystem::path& program,
                                           std::vector<std::string> environment,
                                           const Variables& variables);

}  // namespace dblog::run
