// What a message says beyond the text that its alert was stored with: made when it is sent, because
// names of functions come after the crash. Crashes and handled errors get the same: what happened,
// the facts, the command that shows more, the stack, the last breadcrumbs. Called by `dblog flush`.
// Adds only: whatever the stored text says stays in it.
#pragma once

#include <string>

#include "src/reader/reader.hpp"

namespace dblog::report {

struct MessageText {
  std::string subject;
  std::string body;
};

[[nodiscard]] MessageText told_in_full(const MessageText& stored, const store::Details& details,
                                       const std::string& database);

/// "dblog show error_table/3 --db /srv/LOGS.db", fit for a shell; without the database if it is
/// empty.
[[nodiscard]] std::string show_command(const store::EntryId& id, const std::string& database);

}  // namespace dblog::report
