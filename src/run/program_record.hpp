// What is recorded of a program that was started and waited for: the cause of its death, which only
// its parent knows for certain, and how it ended.
// Called by `dblog run`. Threads: one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "src/base/result.hpp"
#include "src/process/process_identity.hpp"
#include "src/store/rows.hpp"

namespace dblog::run {

struct RecordOptions {
  std::string release;
  std::string environment;         ///< empty: as the settings say
  std::filesystem::path env_file;  ///< of the settings; empty: ./.env
  bool slack = false;              ///< a message if it was killed
  bool email = false;
};

/// What is known of the end that is recorded.
struct RecordedEnd {
  std::optional<std::int64_t> crash;  ///< the id of the program's last crash
  bool is_news = false;               ///< it was recorded here, not by the program
};

class ProgramRecord {
 public:
  /// Before the start. `database`: as prepare_database_place() gave it.
  ProgramRecord(std::filesystem::path database, RecordOptions options,
                const std::filesystem::path& program, const std::vector<std::string>& arguments);

  /// It runs, as this process.
  void note_start(pid_t process);

  /// It has ended: imports what it left, writes the row of its death if it was killed and has none,
  /// and its exit; starts the delivery of messages. Waits for the database for some seconds at
  /// most, and not for the network.
  [[nodiscard]] base::Result<RecordedEnd> note_end(int wait_status);

 private:
  [[nodiscard]] std::optional<base::Error> import_and_record(int wait_status, RecordedEnd& end);

  std::filesystem::path database_;
  RecordOptions options_;
  store::ProcessRow row_;
  process::ProcessIdentity identity_{};
  std::int64_t oom_kills_ = -1;
};

}  // namespace dblog::run
