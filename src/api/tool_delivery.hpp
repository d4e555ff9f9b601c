// Starting the tool that delivers: found and prepared once, started after a crash, after a push
// with messages, or when an earlier run left some.
// Used by install_handlers() and EventLogger. Never waits for the network; secrets go to the tool
// through its environment only, out of the program's own, and are not kept.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dblog/event_field.hpp"
#include "dblog/handlers.hpp"
#include "src/config/settings.hpp"

namespace dblog::api {

/// The channels that messages are meant for.
struct WantedChannels {
  bool slack = false;
  bool email = false;
};

/// A line for each of the channels for which the settings name no server. None if the file with the
/// settings was refused: that is among the errors, and the one thing to mend.
std::vector<std::string> unset_channels(const config::LoadedSettings& loaded,
                                        WantedChannels wanted);

/// Prepares what crashes start and what pushes wake, as wanted or as DBLOG_DELIVERY says. Empty, or
/// why the tool cannot be started, or which one was passed over for another: where no channel is
/// wanted, only of a tool that is there and refused. The caller has said what the channels of
/// crashes lack.
std::string set_up_delivery(Delivery wanted, const std::filesystem::path& database,
                            const std::filesystem::path& env_file, WantedChannels of_crashes);

/// The rules for scrubbing have changed: what crashes start gets the new ones.
void tell_tool_rules();

/// Why the file by which the tools take turns cannot be used, unless stderr has it already; empty
/// if it can. Messages are sent all the same.
std::string lock_trouble(const std::filesystem::path& database);

/// Those of the `wanted` channels to which an event of this severity is sent: the settings
/// slack_min_severity and mail_min_severity, which are read at the first use, and by
/// set_up_delivery(). All of them if that fails for lack of memory.
WantedChannels channels_for(Severity severity, WantedChannels wanted) noexcept;

/// A message for `database` was committed: starts the tool, unless it runs already for that
/// database. At the first use without install_handlers(): as with the defaults there, or as
/// DBLOG_DELIVERY says. Warns on stderr at a channel's first message about what the channel lacks.
/// About a millisecond when it starts a tool or for a channel's first message, else microseconds.
/// Never throws.
void wake_delivery(const std::filesystem::path& database, WantedChannels wanted) noexcept;

/// Messages of an earlier run are waiting: starts the tool, unless delivery is `none`.
void deliver_what_is_left(const std::filesystem::path& database) noexcept;

/// Messages wait in `database`, which may have been so before this process began: starts the tool
/// with delivery `helper`, unless one runs or stands by, or was just started. Never throws.
void keep_delivering(const std::filesystem::path& database) noexcept;

}  // namespace dblog::api
