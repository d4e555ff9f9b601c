// Logs from two threads until its time comes: writing_child NAME ACKNOWLEDGED END ROWS
// NAME is the release of its crash row, and the first word of its rows' messages; the second one
// counts them. ACKNOWLEDGED is a file with room for two counters, one a thread, of rows that
// push_to_table() said are committed. After ROWS of its own the main thread ends as END says:
// "crash" (null write), "throw", "wait" (for SIGKILL) or "exit". The other thread writes to the
// last moment.
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

// A row that was refused is tried again: there is no gap in the numbers.
void push_one(const std::string& name, dblog::EventLogger& logger, Counter& acknowledged) {
  if (logger.push_to_table(name + ' ' + std::to_string(acknowledged))) ++acknowledged;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 64;
  const std::string name = argv[1];
  Counter* counters = open_counters(argv[2]);
  if (counters == nullptr) return 65;
  const std::string end = argv[3];
  dblog::install_handlers({.release = name, .print_to_stderr = false});
  std::atomic<bool> is_done{false};
  std::thread other{[&] {
    dblog::EventLogger logger{"by_other_thread"};
    while (!is_done) push_one(name, logger, counters[1]);
  }};
  dblog::EventLogger logger{"by_main_thread"};
  const int rows = std::atoi(argv[4]);
  for (int i = 0; i < rows; ++i) push_one(name, logger, counters[0]);
  if (end == "crash") *null_pointer = 1;
  if (end == "throw") throw std::runtime_error("in the middle of it");
  if (end == "wait") {
    for (;;) push_one(name, logger, counters[0]);
  }
  is_done = true;
  other.join();
  return 0;
}
