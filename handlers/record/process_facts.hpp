// What the crash path must know and cannot find out while the process dies: filled at install,
// read only afterwards.
// Context: crash time (reading), setup (filling).
#pragma once

#include <climits>
#include <cstddef>
#include <cstdint>

#include "src/base/hardware_sample.hpp"
#include "src/base/local_time.hpp"

namespace dblog::crash {

/// The program's function that adds a note to a crash (HandlerOptions::on_crash). Not among the
/// facts, which are in the black box: what comes from a file is never called.
using NoteWriter = void (*)(char* text, std::size_t size) noexcept;

struct ProcessFacts {
  char database[PATH_MAX] = {};  ///< absolute path
  /// Why a database may not be opened or made there, whatever the file system says; empty: it may.
  /// No black box is made beside it either.
  char place_refusal[256] = {};
  char executable[PATH_MAX] = {};
  char host[256] = {};
  char release[128] = {};
  char environment[64] = {};
  /// What the row of dblog_processes says besides; empty texts: not known.
  char machine_id[20] = {};
  char command_line[1024] = {};
  char directory[PATH_MAX] = {};
  char kernel[160] = {};
  char distribution[128] = {};
  std::int64_t user_id = -1;
  std::int64_t started_utc_microseconds = 0;
  bool hw_monitor = true;
  bool all_threads = true;
  bool slack = false;
  bool email = false;
  bool sync_to_disk = true;
  bool print_to_stderr = true;
  bool registers = true;
  /// The program's own ends (exit functions, _exit(), exec(), signals such as SIGTERM) all take the
  /// black box away or mark it; without, one that is left need not be of a process that was killed.
  bool marks_ends = false;
  base::LocalTimeTable local_time;
  base::HardwareSources hardware_sources;
  base::HardwareSample first_sample;  ///< the look that a crash's cpu_usage counts from
};

}  // namespace dblog::crash
