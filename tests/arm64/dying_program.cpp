// Pushes an event, then dies: dying_program null_write|abort|exception
#include <cstdlib>
#include <dblog/dblog.hpp>
#include <stdexcept>
#include <string_view>

namespace {

[[gnu::noinline]] void write_to(volatile int* address) { *address = 42; }

[[gnu::noinline]] void load(int order) {
  if (order < 0) throw std::invalid_argument{"order -1 does not exist"};
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view way = count > 1 ? arguments[1] : "";
  dblog::install_handlers();
  dblog::EventLogger events{"error_table"};
  events.push_to_table("about to die", {.hw_monitor = true});
  if (way == "null_write") write_to(nullptr);
  if (way == "abort") std::abort();
  if (way == "exception") load(-1);
}
