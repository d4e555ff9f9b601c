// A program that links one crash handler (a file of victims/) and does nothing else:
//
//   program_NAME            ends at once
//   program_NAME install    installs the handler, then ends
//   program_NAME report     prints bytes resident at the start of main(), bytes that installing
//                           added, threads and child processes afterwards
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/benchmarks/victims/victim.hpp"

namespace {

long resident_bytes() {
  long pages[2] = {};
  std::ifstream{"/proc/self/statm"} >> pages[0] >> pages[1];
  return pages[1] * ::sysconf(_SC_PAGESIZE);
}

long count_children() {
  std::ifstream children{"/proc/self/task/" + std::to_string(::gettid()) + "/children"};
  return std::distance(std::istream_iterator<long>{children}, {});
}

void report(const char* program) {
  const long at_start = resident_bytes();
  victim::install(program, "");
  const long more = resident_bytes() - at_start;
  const long threads = std::distance(std::filesystem::directory_iterator{"/proc/self/task"}, {});
  std::printf("%ld %ld %ld %ld\n", at_start, more, threads, count_children());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "report") == 0) {
    report(argv[0]);
  } else if (argc > 1) {
    victim::install(argv[0], "");
  }
  return 0;
}
