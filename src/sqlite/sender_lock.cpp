// fcntl(2), the file's time, and the state of a process from proc(5).
#include "src/sqlite/sender_lock.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>

#include "src/base/trusted_file.hpp"
#include "src/sqlite/stored_time.hpp"

namespace dblog::sqlite {
namespace {

// The third field of /proc/PID/stat; the command before it may hold anything, ')' included.
bool is_stopped(pid_t process) {
  std::ifstream file{"/proc/" + std::to_string(process) + "/stat"};
  std::string line;
  std::getline(file, line, '\0');
  const std::size_t end_of_command = line.rfind(')');
  if (end_of_command == std::string::npos || end_of_command + 2 >= line.size()) return false;
  const char state = line[end_of_command + 2];
  return state == 'T' || state == 't';
}

bool has_made_progress(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return false;
  using Clock = std::chrono::system_clock;
  return !is_older_than(Clock::from_time_t(status.st_mtime), Clock::now(),
                        Clock::duration{kSenderPatience});
}

}  // namespace

std::filesystem::path sender_lock_path(const std::filesystem::path& database) {
  return database.native() + "-flush";
}

bool is_lock_file(int descriptor, const std::filesystem::path& path) noexcept {
  struct stat ours {
  }, there{};
  return ::fstat(descriptor, &ours) == 0 && ::lstat(path.c_str(), &there) == 0 &&
         ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

SenderState sender_at(int descriptor, off_t byte) {
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = byte;
  range.l_len = 1;
  if (::fcntl(descriptor, F_GETLK, &range) != 0 || range.l_type == F_UNLCK)
    return SenderState::none;
  // Of another pid namespace the process id is not known, and only the file's time tells.
  const bool is_stuck =
      (range.l_pid > 0 && is_stopped(range.l_pid)) || !has_made_progress(descriptor);
  return is_stuck ? SenderState::stuck : SenderState::active;
}

SenderSeen see_sender(const std::filesystem::path& database) {
  const std::filesystem::path path = sender_lock_path(database);
  base::Distrust why = base::Distrust::none;
  const int descriptor = base::open_trusted(path.c_str(), O_RDWR, why);
  if (descriptor < 0) {
    if (why == base::Distrust::missing || (why == base::Distrust::none && errno == ENOENT)) {
      return {};
    }
    const std::string reason = why != base::Distrust::none
                                   ? base::text_of(why)
                                   : std::generic_category().message(errno) + "; remove the file";
    return {.refusal = path.string() + " " + reason};
  }
  // A tool that waits bypasses a stuck one, so one that is active suffices.
  SenderSeen seen;
  for (const off_t byte : {kSenderWorks, kSenderWaits}) {
    seen.is_active = seen.is_active || sender_at(descriptor, byte) == SenderState::active;
  }
  seen.stands_by = sender_at(descriptor, kSenderStandsBy) != SenderState::none;
  ::close(descriptor);
  return seen;
}

}  // namespace dblog::sqlite
