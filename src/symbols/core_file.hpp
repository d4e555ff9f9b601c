// Which process a core is of, by its notes (core(5)). The file may be broken or hostile: only in a
// process that may be lost.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace dblog::symbols {

struct CoreFacts {
  int process_id = 0;     ///< As the process itself saw it.
  int signal = 0;         ///< That ended it.
  bool has_file = false;  ///< It had mapped the file that was asked for.
};

/// Nothing if it is no core of a process. `mapped_file`: an absolute path.
[[nodiscard]] std::optional<CoreFacts> read_core(const std::filesystem::path& core,
                                                 const std::string& mapped_file);

}  // namespace dblog::symbols
