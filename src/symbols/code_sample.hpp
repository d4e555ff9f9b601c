// A program's build id and some places of its code, to ask the symbolizer about them. The file may
// be broken or hostile: only in a process that may be lost.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dblog::symbols {

struct CodeSample {
  std::string build_id;                ///< Lower-case hex; empty if it has none.
  std::vector<std::uint64_t> offsets;  ///< In the file's own numbering, evenly over its code.
};

/// Nothing if it is no ELF program or library.
[[nodiscard]] std::optional<CodeSample> sample_code(const std::filesystem::path& file,
                                                    std::size_t count);

}  // namespace dblog::symbols
