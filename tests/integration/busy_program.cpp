// A program that records handled errors and perhaps crashes:
//   busy_program DATABASE NUMBER EVENTS exit|crash
// It prints how many microseconds its longest push took. Exit status 1: a push failed.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "dblog/dblog.hpp"

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  dblog::HandlerOptions options;
  options.database = argv[1];
  options.release = argv[2];
  options.delivery = dblog::Delivery::none;
  options.print_to_stderr = false;
  dblog::install_handlers(options);
  dblog::EventLogger errors{"errors", argv[1]};
  std::chrono::steady_clock::duration longest{0};
  for (int i = 0; i < std::atoi(argv[3]); ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const std::string message = std::string(argv[2]) + "/" + std::to_string(i);
    if (!errors.push_to_table(message, {.slack = i == 0, .hw_monitor = i == 1})) return 1;
    longest = std::max(longest, std::chrono::steady_clock::now() - begin);
  }
  std::printf("%lld\n",
              static_cast<long long>(
                  std::chrono::duration_cast<std::chrono::microseconds>(longest).count()));
  std::fflush(stdout);
  if (std::string_view{argv[4]} == "crash") {
    volatile int* nowhere = nullptr;
    *nowhere = 1;
  }
  return 0;
}
