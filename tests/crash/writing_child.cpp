// Logs from two threads until its time comes: writing_child ACKNOWLEDGED END ROWS
// ACKNOWLEDGED is a file with room for two counters, one a thread, of rows that push_to_table()
// said are committed. After ROWS of its own the main thread ends as END says: "crash" (null
// write), "throw", "wait" (for SIGKILL) or "exit". The other thread writes to the last moment.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <dblog/dblog.hpp>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using Counter = std::atomic<std::int64_t>;

volatile int* volatile null_pointer = nullptr;

Counter* open_counters(const char* path) {
  const int file = open(path, O_RDWR | O_CLOEXEC);
  void* memory = mmap(nullptr, 2 * sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<Counter*>(memory);
}

void push_one(dblog::EventLogger& logger, Counter& acknowledged) {
  if (logger.push_to_table("row of " + std::to_string(getpid()))) ++acknowledged;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  Counter* counters = open_counters(argv[1]);
  if (counters == nullptr) return 65;
  const std::string end = argv[2];
  dblog::install_handlers({.print_to_stderr = false});
  std::atomic<bool> is_done{false};
  std::thread other{[&] {
    dblog::EventLogger logger{"by_other_thread"};
    while (!is_done) push_one(logger, counters[1]);
  }};
  dblog::EventLogger logger{"by_main_thread"};
  const int rows = std::atoi(argv[3]);
  for (int i = 0; i < rows; ++i) push_one(logger, counters[0]);
  if (end == "crash") *null_pointer = 1;
  if (end == "throw") throw std::runtime_error("in the middle of it");
  if (end == "wait") {
    for (;;) push_one(logger, counters[0]);
  }
  is_done = true;
  other.join();
  return 0;
}
