// A program whose files another program truncates while they are in use: truncating_child WHAT
// Or truncating_child shell COMMAND: logs, runs the command, logs again and crashes; shell-crash
// COMMAND crashes at once.
// WHAT: "queue", "held-queue" (while events wait in it), "index", "index-crash", "plain-queue" (no
// handlers are installed).
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <dblog/dblog.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

namespace fs = std::filesystem;

volatile int* volatile null_pointer = nullptr;

void require(bool is_so, int exit_code) {
  if (!is_so) ::_exit(exit_code);
}

void truncate_files_with(const std::string& part) {
  bool any = false;
  for (const auto& entry : fs::directory_iterator(".")) {
    if (entry.path().filename().string().find(part) == std::string::npos) continue;
    require(::truncate(entry.path().c_str(), 0) == 0, 71);
    any = true;
  }
  require(any, 72);
}

// Another process holds SQLite's lock on writing (https://sqlite.org/walformat.html#wal_locks).
class WriteLockOfAnotherProcess {
 public:
  WriteLockOfAnotherProcess() {
    int is_held[2];
    require(::pipe(is_held) == 0 && ::pipe(end_) == 0, 73);
    child_ = ::fork();
    if (child_ == 0) {
      constexpr off_t kWriteLock = 120;
      struct flock lock {};
      lock.l_type = F_WRLCK;
      lock.l_whence = SEEK_SET;
      lock.l_start = kWriteLock;
      lock.l_len = 1;
      ::close(end_[1]);
      const int file = ::open("LOGS.db-shm", O_RDWR);
      require(file >= 0 && ::fcntl(file, F_SETLKW, &lock) == 0, 74);
      char byte = 0;
      (void)!::write(is_held[1], &byte, 1);
      (void)!::read(end_[0], &byte, 1);
      ::_exit(0);
    }
    char byte = 0;
    require(::read(is_held[0], &byte, 1) == 1, 75);
  }
  void release() {
    ::close(end_[1]);
    int status = 0;
    ::waitpid(child_, &status, 0);
    require(status == 0, 76);
  }

 private:
  int end_[2] = {};
  pid_t child_ = 0;
};

void truncate_the_queue() {
  dblog::EventLogger events{"t", {.queued = true}};
  require(events.push_to_table("before").ok, 80);
  require(dblog::EventLogger::flush().ok, 81);
  truncate_files_with("-queue-");
  require(events.push_to_table("meets the truncated file").ok, 82);
  require(events.push_to_table("after").ok, 83);
  const dblog::PushResult said = dblog::EventLogger::flush();
  require(!said.ok && said.error.find("truncated") != std::string::npos, 84);
  require(dblog::EventLogger::flush().ok, 85);
}

void truncate_the_queue_while_events_wait() {
  dblog::EventLogger events{"t", {.queued = true}};
  require(events.push_to_table("before").ok, 80);
  require(dblog::EventLogger::flush().ok, 81);
  WriteLockOfAnotherProcess lock;
  for (const char* message : {"waits 1", "waits 2", "waits 3"}) {
    require(events.push_to_table(message).ok, 82);
  }
  truncate_files_with("-queue-");
  lock.release();
  require(events.push_to_table("after").ok, 83);
  const dblog::PushResult said = dblog::EventLogger::flush();
  require(!said.ok && said.error.find("truncated") != std::string::npos, 84);
  require(dblog::EventLogger::flush().ok, 85);
  std::printf("%llu\n", static_cast<unsigned long long>(dblog::EventLogger::queue_counts().lost));
}

void truncate_the_index(bool is_to_crash) {
  dblog::EventLogger events{"t"};
  require(events.push_to_table("before").ok, 80);
  truncate_files_with("-shm");
  if (is_to_crash) *null_pointer = 1;
  const dblog::PushResult pushed = events.push_to_table("after");
  if (!pushed) std::puts(pushed.error.c_str());
  require(pushed.ok, 81);
  require(events.push_to_table("at last").ok, 82);
}

// Exits with 90 where a push says that it failed.
void log_around(const char* command, bool is_to_crash) {
  dblog::EventLogger events{"t"};
  for (int i = 0; i < 100; ++i) require(events.push_to_table("before").ok, 80);
  require(std::system(command) == 0, 81);
  if (is_to_crash) *null_pointer = 1;
  const dblog::PushResult pushed = events.push_to_table("after");
  if (!pushed) std::puts(pushed.error.c_str());
  std::fflush(stdout);
  if (!pushed) ::_exit(90);
  require(events.push_to_table("after").ok, 82);
  *null_pointer = 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  const std::string what = argv[1];
  if (what != "plain-queue") {
    const dblog::InstallReport report = dblog::install_handlers({.print_to_stderr = false});
    require(report.recording, 70);
  }
  if (what == "shell") log_around(argv[2], false);
  if (what == "shell-crash") log_around(argv[2], true);
  if (what == "queue" || what == "plain-queue") truncate_the_queue();
  if (what == "held-queue") truncate_the_queue_while_events_wait();
  if (what == "index") truncate_the_index(false);
  if (what == "index-crash") truncate_the_index(true);
  return 0;
}
