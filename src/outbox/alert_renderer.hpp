// What turns an alert into the text that is sent: called once, when the alert is claimed; the text
// is kept for every further try. The outbox does not know what crashes and errors are: its caller
// does.
#pragma once

#include <functional>
#include <string>

#include "src/sqlite/row.hpp"
#include "src/text/message_parts.hpp"

namespace dblog::outbox {

struct RenderedAlert {
  std::string subject;
  text::LaidOutText text;
};

/// How much of an alert a message shows.
enum class Extent {
  whole,
  brief,  ///< The message shares its room with alerts of other kinds.
};

/// `alert` is a row of the table outbox. Called in a write transaction on the database: reads by
/// key only. Threads: any.
using AlertRenderer = std::function<RenderedAlert(const sqlite::Row& alert, Extent extent)>;

}  // namespace dblog::outbox
