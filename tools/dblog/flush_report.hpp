// What a flush says at its end: lines for people, or JSON.
#pragma once

#include <string>
#include <vector>

#include "src/outbox/delivery.hpp"
#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct FlushReport {
  std::vector<outbox::ChannelReport> channels;
  std::vector<std::string> problems;  ///< Besides the channels' own; one line each.
  bool is_refused = false;            ///< The database could not be written: full, or locked.
  int recovered = 0;                  ///< Crashes and killed processes imported.
  int journaled = 0;                  ///< Crashes sent to the systemd journal.
  bool is_stopped = false;            ///< By a signal, before it was done.
  std::int64_t pruned = 0;            ///< Rows that were over the limits.
  std::int64_t held_bytes = 0;        ///< Why the file stays over its limit: messages that wait.
  std::int64_t revived = 0;           ///< Dead rows that were made pending.
};

/// Whether it changed what there is to do: that is what more may follow upon.
bool has_done_something(const FlushReport& report);

/// Whether something was sent, or went wrong in a way that needs saying.
bool has_news(const FlushReport& report);

ExitCode exit_code_of(const FlushReport& report);

/// A line for each trouble, then the summary.
std::string report_text(const FlushReport& report);

/// One object; on one line if `is_compact`.
std::string report_json(const FlushReport& report, bool is_compact);

/// Of a flush that watches for a database that is not there yet.
std::string absent_text(const std::string& database, bool json);

/// "slack: 3 sent, 1 failed"
std::string progress_line(const outbox::ChannelReport& report);

}  // namespace dblog::tool
