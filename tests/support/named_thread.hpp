// A thread of this process, as /proc shows it, and what those of dblog's are to block.
#pragma once

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace dblog::test {

struct NamedThread {
  int id = 0;  ///< 0: there is none
  std::uint64_t blocked_signals = 0;
};

inline NamedThread find_thread(std::string_view name) {
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string word;
    std::ifstream{task.path() / "comm"} >> word;
    if (word != name) continue;
    NamedThread found{std::stoi(task.path().filename()), 0};
    std::ifstream status{task.path() / "status"};
    while (status >> word) {
      if (word == "SigBlk:") status >> std::hex >> found.blocked_signals;
    }
    return found;
  }
  return {};
}

/// All but what the thread's own faults raise, and what cannot be blocked: by any program, or by
/// those that use the C library's threads.
inline std::uint64_t signals_blocked_by_dblog() {
  std::uint64_t blocked = ~0ULL;
  for (const int open : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGKILL,
                         SIGSTOP, __SIGRTMIN, __SIGRTMIN + 1}) {
    blocked &= ~(1ULL << (open - 1));
  }
  return blocked;
}

}  // namespace dblog::test
