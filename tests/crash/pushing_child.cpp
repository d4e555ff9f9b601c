// Pushes ten events and stops for a tracer before and after the tenth: pushing_child OPTION…
// "handlers" (installed before), "nostack", "hw", "message" (for Slack), "queued".
#include <unistd.h>
#include <dblog/dblog.hpp>

#include <string_view>

#include "tests/crash/crash_child_options.hpp"

namespace {

// Read at run time, so that no push is compiled apart: it would have a stack of its own.
volatile int rounds = 10;

[[gnu::noinline]] void stop_at_the_last(int round) {
  if (round == rounds) dblog::test::stop_for_tracer();
}

}  // namespace

int main(int argc, char** argv) {
  dblog::PushOptions options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "handlers") dblog::install_handlers({.delivery = dblog::Delivery::none});
    if (argument == "nostack") options.stack = false;
    if (argument == "hw") options.hw_monitor = true;
    if (argument == "message") options.slack = true;
    if (argument == "queued") options.queued = true;
  }
  dblog::EventLogger events{"error_table", "LOGS.db"};
  for (int round = 1; round <= rounds; ++round) {
    stop_at_the_last(round);
    const bool is_kept = events.push_to_table("Error: division by zero", options).ok;
    stop_at_the_last(round);
    if (!is_kept) ::_exit(1);
  }
  ::_exit(0);
}
