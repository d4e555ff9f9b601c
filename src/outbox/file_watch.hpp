// Sleeps until a database may have been written.
//
// The kernel tells of writes to the database and its write-ahead log (inotify), and of files with
// their names that appear in the directory; other files there may be written as often as they like
// (a log, the output of strace). Neither file need be there.
// Threads: one at a time.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "src/base/result.hpp"

namespace dblog::outbox {

class FileWatch {
 public:
  /// `database` with its directory, which must be there.
  static base::Result<std::unique_ptr<FileWatch>> open(const std::filesystem::path& database);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  /// Returns when `wake` becomes readable, or after `limit`, whatever is written meanwhile.
  void pause(std::chrono::milliseconds limit, int wake);

  /// Returns when the files were written, when poll(2) finds one of `wakes`, or after `limit`.
  void wait(std::chrono::milliseconds limit, const std::vector<pollfd>& wakes);

  /// How often the kernel has woken wait() so far.
  [[nodiscard]] std::int64_t wake_ups() const noexcept { return wake_ups_; }

 private:
  FileWatch(std::filesystem::path path, int inotify);
  void watch_files();
  bool take_events();

  const std::filesystem::path path_;
  const int inotify_;
  const int directory_;
  std::int64_t wake_ups_ = 0;
};

}  // namespace dblog::outbox
