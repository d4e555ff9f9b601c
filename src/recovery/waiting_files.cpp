#include "src/recovery/waiting_files.hpp"

#include <exception>
#include <string_view>

#include "handlers/black_box.hpp"
#include "src/queue/queue_layout.hpp"
#include "src/recovery/dead_file.hpp"

namespace dblog::recovery {

std::size_t count_waiting_files(const std::filesystem::path& database) noexcept {
  try {
    const FilesBeside files{std::filesystem::absolute(database)};
    std::size_t count = 0;
    for (const std::string_view infix : {crash::kBoxInfix, queue::kQueueInfix}) {
      for (const auto& file : files.with(infix)) count += DeadFile::is_waiting(file);
    }
    return count;
  } catch (const std::exception&) {
    return 0;
  }
}

}  // namespace dblog::recovery
