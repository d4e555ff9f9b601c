// Queues 500 events from each of two threads and ends before its writer is done with them:
// queueing_child END
// END: "crash" (null write), "abort", "_exit", "sigkill", "sigterm", "exec", "quick-exit".
#include <unistd.h>
#include <dblog/dblog.hpp>

#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

namespace {

volatile int* volatile null_pointer = nullptr;

void push(dblog::EventLogger& events, const char* thread) {
  for (int i = 0; i < 500; ++i) {
    if (!events.push_to_table(std::string(thread) + "/" + std::to_string(i))) ::_exit(70);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  const std::string end = argv[1];
  dblog::install_handlers({.print_to_stderr = false});
  dblog::EventLogger events{"t", {.queued = true}};
  std::thread other{[&] { push(events, "1"); }};
  push(events, "0");
  other.join();
  if (end == "crash") *null_pointer = 1;
  if (end == "abort") std::abort();
  if (end == "_exit") ::_exit(0);
  if (end == "sigkill") ::raise(SIGKILL);
  if (end == "sigterm") ::raise(SIGTERM);
  if (end == "exec") ::execl("/bin/true", "true", nullptr);
  if (end == "quick-exit") std::quick_exit(0);
  return 65;
}
