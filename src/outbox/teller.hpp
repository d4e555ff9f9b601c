// What a message about one kind says beyond its alert's stored text; made when the message is, and
// kept for every further try. The outbox does not know what crashes and errors are: whoever calls
// it does.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace dblog::outbox {

struct ToldAlert {
  std::string subject, body;  ///< As stored; the teller adds to it.
  std::string source_table;   ///< Empty if the alert is about no row.
  std::int64_t source_id = 0;
};

/// Called in a write transaction on the database: reads by key only. Threads: any.
using Teller = std::function<void(ToldAlert&)>;

}  // namespace dblog::outbox
