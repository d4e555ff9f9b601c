// A program that logs from main and from the destructor of a global object.
#include <cstdlib>

#include "dblog/event_logger.hpp"

namespace {

struct LogsAtExit {
  dblog::EventLogger events{"t"};
  ~LogsAtExit() {
    if (!events.push_to_table("destructor")) std::abort();
  }
};

LogsAtExit logs_at_exit;

}  // namespace

int main() { return logs_at_exit.events.push_to_table("main") ? 0 : 1; }
