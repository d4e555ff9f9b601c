#include "src/recovery/waiting_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <exception>
#include <string_view>

#include "handlers/record/black_box.hpp"
#include "src/base/trusted_file.hpp"
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

// Of a database in WAL mode each connection keeps a shared lock on these bytes, whatever it does:
// https://sqlite.org/fileformat2.html#the_lock_byte_page
bool is_open_elsewhere(const std::filesystem::path& database) noexcept {
  base::Distrust why = base::Distrust::none;
  const int descriptor = base::open_trusted(database.c_str(), O_RDONLY, why);
  if (descriptor < 0) return false;
  constexpr off_t kFirstShared = 0x40000002;
  constexpr off_t kSharedBytes = 510;
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = kFirstShared;
  range.l_len = kSharedBytes;
  const bool is_locked = ::fcntl(descriptor, F_GETLK, &range) == 0 && range.l_type != F_UNLCK;
  ::close(descriptor);
  return is_locked;
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
  return is_open_elsewhere(database);
}

}  // namespace dblog::recovery
