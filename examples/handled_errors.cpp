// Handled errors: texts with fields, exceptions with their causes, and what became of a row.
#include <dblog/dblog.hpp>
#include <iostream>
#include <stdexcept>
#include <string>

namespace {

void read_settings() { throw std::runtime_error("settings.ini: no such file"); }

void start_service() {
  try {
    read_settings();
  } catch (...) {
    std::throw_with_nested(std::logic_error("the service did not start"));
  }
}

}  // namespace

int main() {
  dblog::EventLogger errors{"error_table"};
  errors.push_to_table("the disk is nearly full", {.severity = dblog::Severity::warning,
                                                   .fields = {{"disk", "/var"}, {"free_mb", 12}},
                                                   .tags = {"disk"}});

  // Type, what() and each cause, a line each.
  try {
    start_service();
  } catch (const std::exception& error) {
    errors.push_to_table(error, {.hw_monitor = true});
  }

  // An event keeps its own time and process id.
  const dblog::Event earlier{"noticed a minute ago", dblog::current_process_id(),
                             dblog::now() - std::chrono::minutes{1}};
  errors.push_to_table(earlier);

  // Nothing is thrown; a caller who wants to know asks. dblog's own tables are not for events.
  dblog::EventLogger refused{"crashes"};
  const dblog::PushResult result = refused.push_to_table("lost");
  std::cout << "ok: " << result.ok << ", because: " << result.error << '\n';
}
