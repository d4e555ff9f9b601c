// What most consumers do: handlers, one row with its hardware snapshot, one look at the machine.
// Succeeds only if everything was recorded.
#include <dblog/dblog.hpp>
#include <iostream>

int main() {
  const dblog::InstallReport report = dblog::install_handlers({.release = "consumer 1.0"});
  for (const auto& [what, why] : report.missing) std::cerr << what << ": " << why << '\n';

  dblog::EventLogger events{"error_table"};
  const dblog::PushResult pushed = events.push_to_table("by a consumer", {.hw_monitor = true});
  dblog::Monitor monitor;
  const dblog::PushResult looked = monitor.monitor("look");
  std::cerr << pushed.error << looked.error << '\n';

  std::cout << dblog::version() << '\n';
  return report && pushed && looked ? 0 : 1;
}
