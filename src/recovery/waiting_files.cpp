#include "src/recovery/waiting_files.hpp"

#include <exception>
#include <string_view>

#include "handlers/record/black_box.hpp"
#include "src/queue/queue_layout.hpp"
#include "src/recovery/box_file.hpp"
#include "src/recovery/dead_file.hpp"

namespace dblog::recovery {
namespace {

std::size_t count_waiting(const SidecarFiles& files, std::string_view infix, WaitingFiles& found) {
  std::size_t count = 0;
  for (const auto& file : files.with(infix)) {
    const DeadFile::State state = DeadFile::state_of(file);
    if (state == DeadFile::State::foreign) ++found.foreign;
    if (state != DeadFile::State::waiting) continue;
    if (infix == crash::kBoxInfix && has_nothing_to_tell(file)) continue;
    std::error_code gone;
    const auto size = std::filesystem::file_size(file, gone);
    if (!gone) found.bytes += size;
    ++count;
  }
  return count;
}

}  // namespace

WaitingFiles find_waiting_files(const std::filesystem::path& database) noexcept {
  try {
    const SidecarFiles files{std::filesystem::absolute(database)};
    WaitingFiles found;
    found.boxes = count_waiting(files, crash::kBoxInfix, found);
    found.queues = count_waiting(files, queue::kQueueInfix, found);
    return found;
  } catch (const std::exception&) {
    return {};
  }
}

bool is_in_use(const std::filesystem::path& database) noexcept {
  try {
    const SidecarFiles files{std::filesystem::absolute(database)};
    for (const std::string_view infix : {crash::kBoxInfix, queue::kQueueInfix}) {
      for (const auto& file : files.with(infix)) {
        if (DeadFile::state_of(file) == DeadFile::State::held) return true;
      }
    }
  } catch (const std::exception&) {
  }
  return false;
}

}  // namespace dblog::recovery
