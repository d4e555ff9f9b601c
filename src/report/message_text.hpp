// What is sent about an alert: made once, of columns, when the alert is claimed for sending; names
// of functions and groups are there by then. Crashes and handled errors get the same: what
// happened, the alert's own text, the facts, the command that shows more, the stacks, the last
// breadcrumbs. Called by `dblog flush`. Must never look for anything in a text: the alert's own is
// anybody's.
#pragma once

#include <optional>
#include <string>

#include "src/reader/reader.hpp"
#include "src/sqlite/row.hpp"
#include "src/text/message_parts.hpp"

namespace dblog::report {

struct MessageText {
  std::string subject;
  text::LaidOutText text;
};

/// `alert` is a row of the table outbox that has facts. `source` is what it is about; without it,
/// because the row is gone or cannot be read, the alert's own text and facts remain.
[[nodiscard]] MessageText whole_message(const sqlite::Row& alert,
                                        const std::optional<reader::Details>& source,
                                        const std::string& database);

/// The alert's own text and who it came from, for a message that tells of many.
[[nodiscard]] MessageText brief_message(const sqlite::Row& alert,
                                        const std::optional<reader::Details>& source);

/// "dblog show error_table/3 --db /srv/LOGS.db", fit for a shell; without the database if it is
/// empty.
[[nodiscard]] std::string show_command(const reader::EntryId& id, const std::string& database);

/// The same for another verb, with `options` as they are; a crash is its number alone.
[[nodiscard]] std::string command_for(const std::string& verb, const reader::EntryId& id,
                                      const std::string& options, const std::string& database);

}  // namespace dblog::report
