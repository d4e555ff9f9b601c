// The README's program: a handled error becomes a row, and so does a real crash.
#include <dblog/dblog.hpp>
#include <stdexcept>
#include <string>

// volatile: a compiler may leave out a write that it knows to go nowhere.
void crash_for_real(volatile int* address) { *address = 42; }

int main() {
  dblog::install_handlers();
  dblog::EventLogger events{"error_table"};
  try {
    throw std::domain_error{"division by zero"};
  } catch (const std::exception& error) {
    events.push_to_table(std::string{"Error: "} + error.what(), {.hw_monitor = true});
  }
  crash_for_real(nullptr);
}
