// The program's main part: measures install(), then faults. A second argument starts so many idle
// threads first.
#include "tests/benchmarks/victims/victim.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace {

constexpr int kSharedFile = 3;

std::int64_t resident_bytes() {
  std::ifstream statm{"/proc/self/statm"};
  std::int64_t size = 0, resident = 0;
  statm >> size >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

std::int64_t thread_count() {
  return std::distance(std::filesystem::directory_iterator{"/proc/self/task"}, {});
}

void start_idle_threads(int count) {
  static std::atomic<int> started = 0;
  for (int i = 0; i < count; ++i) {
    std::thread{[] {
      ++started;
      for (;;) ::pause();
    }}.detach();
  }
  while (started < count) std::this_thread::yield();
}

volatile int* volatile nowhere = nullptr;

[[gnu::noinline]] void fault() {
  victim::stamps->fault = victim::now();
  *nowhere = 1;
}

}  // namespace

int main(int argc, char** argv) {
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  void* page =
      ::mmap(nullptr, sizeof(victim::Stamps), PROT_READ | PROT_WRITE, MAP_SHARED, kSharedFile, 0);
  if (page == MAP_FAILED) return 1;
  victim::stamps = static_cast<victim::Stamps*>(page);
  const std::int64_t before = resident_bytes();
  const std::int64_t start = victim::now();
  victim::install(argv[0], argc > 1 ? argv[1] : "");
  victim::stamps->install = victim::now() - start;
  victim::stamps->more_bytes = resident_bytes() - before;
  victim::stamps->threads = thread_count();
  if (argc > 2) start_idle_threads(std::atoi(argv[2]));
  fault();
}
