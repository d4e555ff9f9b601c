// dblog flush: imports what dead processes left, and sends what is due.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/outbox/delivery.hpp"
#include "tools/dblog/outcome.hpp"
#include "tools/dblog/stop_signals.hpp"

namespace dblog::tool {

struct FlushOptions {
  bool watch = false;       ///< Stay, and send whenever something becomes due.
  bool dry_run = false;     ///< Say what would be sent; change nothing.
  bool retry_dead = false;  ///< What is dead is tried again.
  bool now = false;         ///< next_attempt does not count.
  bool json = false;
  std::string env_file;  ///< Of the settings; empty: ./.env
  /// Stay so long for more after the last thing that was done; and take turns with others that do.
  std::optional<int> linger_seconds;
  /// Nor longer than this from its start, whatever happens.
  std::chrono::milliseconds longest_linger = std::chrono::minutes{5};
  int after = 0;      ///< Begin when this process has ended; 0: at once.
  int max_tries = 0;  ///< 0: no limit.
  int max_days = 0;   ///< 0: no limit.

  /// What is printed before the verb ends: the results of a flush that watches.
  std::function<void(const std::string&)> print = [](const std::string&) {};
  /// One line that replaces the one before; '' removes it. Set where a person looks on.
  std::function<void(const std::string&)> show_progress = [](const std::string&) {};
};

/// What a flush is made of besides the outbox.
struct FlushParts {
  /// Reads the settings and makes the senders; again for every round of a flush that watches.
  std::function<std::vector<outbox::Channel>()> make_channels;
  /// Gives new crashes what is made after the fact, before messages about them go out; in the time
  /// given. Or why it could not.
  std::function<std::optional<base::Error>(const std::filesystem::path& database,
                                           std::chrono::milliseconds limit)>
      complete_crashes;
  /// Makes what turns alerts into the texts that are sent; without it, they go out as they are.
  std::function<outbox::AlertRenderer(const std::filesystem::path& database)> make_renderer = {};
  /// Sends new crashes to the systemd journal, if the settings ask for it, in the time given: how
  /// many.
  std::function<base::Result<int>(const std::filesystem::path& database,
                                  std::chrono::milliseconds limit)>
      write_journal = {};
  /// Whether the settings ask for it: what a dry run says.
  std::function<bool()> is_journal_on = {};
};

/// With the parts of the real tool.
Outcome flush(const std::filesystem::path& database, const FlushOptions& options,
              const StopSignals& stop);

Outcome flush(const std::filesystem::path& database, const FlushOptions& options,
              const FlushParts& parts, const StopSignals& stop);

}  // namespace dblog::tool
