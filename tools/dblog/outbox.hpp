// dblog outbox: what waits, what was sent, what could not be; dropping it and sending it again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct OutboxOptions {
  std::optional<std::string> state, channel;  ///< Of the list: only these.
  std::int64_t limit = 20;
  std::vector<std::int64_t> ids;  ///< Of show (one), drop and replay.
  bool json = false;
  bool full = false;  ///< Of show: every text whole.
  std::optional<std::size_t> terminal_width;
};

Outcome outbox_list(const std::filesystem::path& database, const OutboxOptions& options);
Outcome outbox_show(const std::filesystem::path& database, const OutboxOptions& options);
Outcome outbox_drop(const std::filesystem::path& database, const OutboxOptions& options);
Outcome outbox_replay(const std::filesystem::path& database, const OutboxOptions& options);

}  // namespace dblog::tool
