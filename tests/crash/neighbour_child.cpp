// A program whose descriptor 2 is no longer its standard error: neighbour_child HOW
// HOW: "file" and "socket" (closed, and its number used for that), "redirected" (to the file
// errors.txt, before handlers are installed), "closed". Then it makes dblog complain, and crashes.
// Or "abort" and "assert": it just ends so. Or "lost": it crashes where nothing can be recorded.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dblog/dblog.hpp>

#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

volatile int* volatile null_pointer = nullptr;

void require(bool is_so, int exit_code) {
  if (!is_so) ::_exit(exit_code);
}

int open_file(const char* name) {
  return ::open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

// A directory is in the database's place, and the box is deleted.
void lose_database_and_box() {
  require(::rename("LOGS.db", "away") == 0 && ::mkdir("LOGS.db", 0700) == 0, 75);
  for (const auto& entry : std::filesystem::directory_iterator(".")) {
    if (entry.path().filename().string().find("-box-") == std::string::npos) continue;
    require(::unlink(entry.path().c_str()) == 0, 76);
  }
  *null_pointer = 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  const std::string how = argv[1];
  if (how == "redirected") require(::dup2(open_file("errors.txt"), STDERR_FILENO) == 2, 70);
  dblog::install_handlers();
  if (how == "abort") std::abort();
  if (how == "assert") assert(argc == 77);
  if (how == "lost") lose_database_and_box();
  int ends[2] = {-1, -1};
  if (how != "redirected") ::close(STDERR_FILENO);
  if (how == "file") require(open_file("errors.txt") == STDERR_FILENO, 71);
  if (how == "socket") {
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0, 72);
    require(ends[0] == STDERR_FILENO, 73);
  }
  dblog::EventLogger wrong{"no table; name"};
  require(!wrong.push_to_table("x").ok, 74);
  char byte = 0;
  if (how == "socket") std::printf("%d\n", static_cast<int>(::recv(ends[1], &byte, 1, 0)));
  std::fflush(stdout);
  *null_pointer = 1;
}
