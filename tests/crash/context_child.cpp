// Ends in the middle of scopes, in the way that its argument names, while another thread is in one
// of its own: context_child WAY
#include <sys/wait.h>
#include <unistd.h>
#include <dblog/dblog.hpp>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

volatile int* volatile null_pointer = nullptr;

void end(const std::string& way) {
  if (way == "crash") *null_pointer = 1;
  if (way == "abort") std::abort();
  if (way == "throw") throw std::runtime_error("not caught");
  if (way == "sigkill") ::raise(SIGKILL);
  if (way == "constructor") {
    const std::string_view nowhere{reinterpret_cast<const char*>(std::uintptr_t{8}), 100};
    const dblog::Context scope{{"half", 1}, {"request", nowhere}};
  }
  if (way == "set-context") {
    dblog::set_context("half", {std::string_view{reinterpret_cast<const char*>(8), 100}});
  }
  if (way == "odd-names") {
    dblog::set_context(std::string_view{"n\0m", 3}, "caf\xE9\x1b");
    dblog::set_context("n m", "hidden");
    std::raise(SIGSEGV);
  }
  if (way == "fork") {
    const pid_t child = ::fork();
    if (child == 0) {
      const dblog::Context scope{{"process", "child"}};
      *null_pointer = 1;
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ::_exit(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV ? 0 : 67);
  }
}

void stay_in_a_scope(std::atomic<bool>& is_inside) {
  const dblog::Context scope{{"other", 1}};
  is_inside = true;
  while (true) ::pause();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  dblog::set_context("region", "before");
  dblog::install_handlers({.print_to_stderr = false});
  dblog::set_context("region", "eu-1");
  dblog::set_context("shard", 3);
  std::atomic<bool> is_inside{false};
  std::thread other{[&] { stay_in_a_scope(is_inside); }};
  while (!is_inside) std::this_thread::yield();
  dblog::EventLogger events{"t", {.queued = true}};
  const dblog::Context outer{{"request", 7}, {"user", "ann"}, {"share", 0.5}, {"again", true}};
  const dblog::Context inner{{"user", "bob"}};
  if (!events.push_to_table("queued")) return 66;
  end(argv[1]);
  return 65;
}
