// Logs an event, and crashes.
#include <dblog/dblog.hpp>

void crash_for_real(volatile int* address) { *address = 42; }

int main() {
  dblog::install_handlers();
  dblog::EventLogger events{"error_table"};
  if (!events.push_to_table("by a packaged consumer")) return 1;
  crash_for_real(nullptr);
}
