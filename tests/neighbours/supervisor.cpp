// Starts a child of its own and waits until it has none: supervisor ROLE ALERTS
// ROLE "subreaper": orphans come to it (PR_SET_CHILD_SUBREAPER); "first": it is the first process;
// "first-and-last": likewise, and does not wait for others when it ends.
// Prints what wait() had, and the zombies that it sees, at once and when its input is closed, and
// how dblog's thread is. What the tool does meanwhile is for the test to say.
#include <dirent.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <dblog/dblog.hpp>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/support/named_thread.hpp"

namespace {

// The other processes that it sees, or those of its children that are zombies.
int count_processes(bool zombies_only) {
  int count = 0;
  DIR* processes = opendir("/proc");
  while (const dirent* entry = readdir(processes)) {
    const int process = std::atoi(entry->d_name);
    if (process == 0 || process == getpid()) continue;
    std::ifstream file{std::string{"/proc/"} + entry->d_name + "/stat"};
    std::string line;
    std::getline(file, line);
    const std::size_t end = line.rfind(')');
    const std::string zombie = "Z " + std::to_string(getpid()) + ' ';
    const bool is_zombie =
        end != std::string::npos && line.compare(end + 2, zombie.size(), zombie) == 0;
    if (is_zombie || !zombies_only) ++count;
  }
  closedir(processes);
  return count;
}

void wait_until_input_is_closed() {
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
}

// wait() until it has nothing, and what else is to be seen.
void say_children(pid_t own) {
  int zombies = 0;
  int others = 0;
  int status = 0;
  while (true) {
    const pid_t child = wait(&status);
    if (child < 0 && errno == ECHILD) break;
    if (child != own) ++others;
    zombies += count_processes(true);
  }
  zombies += count_processes(true);
  std::printf("others: %d, zombies: %d\n", others, zombies);
  std::fflush(stdout);
}

// The thread that has the tool does not inherit that.
void push_with_a_fault_blocked(dblog::EventLogger& events) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGSEGV);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  events.push_to_table("lost", {.slack = true});
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void say_thread() {
  const auto thread = dblog::test::find_thread("dblog-tool");
  const bool is_ordinary = thread.blocked_signals == dblog::test::signals_blocked_by_dblog();
  std::printf("thread: %s\n", thread.id == 0 ? "none" : is_ordinary ? "ordinary" : "odd");
  std::fflush(stdout);
}

void wait_until_alone() {
  constexpr int kLimit = 6'000;
  int rounds = 0;
  while (count_processes(false) > 0 && ++rounds < kLimit) usleep(10'000);
  std::printf("left: %d\n", count_processes(false));
}

}  // namespace

int main(int, char** argv) {
  const std::string_view role = argv[1];
  if (role == "subreaper") prctl(PR_SET_CHILD_SUBREAPER, 1);
  const dblog::InstallReport report = dblog::install_handlers();
  for (const auto& missing : report.missing) std::printf("missing: %s\n", missing.what.c_str());
  dblog::EventLogger events{"alerts"};
  for (int i = 0; i < std::atoi(argv[2]); ++i) push_with_a_fault_blocked(events);
  const pid_t own = fork();
  if (own == 0) _exit(3);
  say_children(own);
  wait_until_input_is_closed();
  say_thread();
  say_children(own);
  if (role == "first") wait_until_alone();
}
