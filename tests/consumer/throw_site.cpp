// Says whether throw sites work in here, pushes a handled exception, and dies of one that meets
// noexcept after a destructor has run.
#include <dblog/dblog.hpp>
#include <iostream>
#include <stdexcept>

volatile int sink = 0;

struct Guard {
  ~Guard() { sink = sink + 1; }
};

[[gnu::noinline]] void handled_thrower() { throw std::runtime_error("handled"); }
[[gnu::noinline]] void fatal_thrower() { throw std::runtime_error("fatal"); }
[[gnu::noinline]] void with_a_destructor() {
  const Guard guard;
  fatal_thrower();
}
[[gnu::noinline]] void must_not_throw() noexcept { with_a_destructor(); }

int main() {
  const dblog::InstallReport report = dblog::install_handlers();
  for (const std::string& what : report.captured) {
    if (what == "throw sites") std::cout << "captured: throw sites" << std::endl;
  }
  for (const auto& missing : report.missing) std::cout << "missing: " << missing.what << std::endl;
  dblog::EventLogger events{"error_table"};
  try {
    handled_thrower();
  } catch (const std::exception& error) {
    if (!events.push_to_table(error)) return 1;
  }
  must_not_throw();
}
