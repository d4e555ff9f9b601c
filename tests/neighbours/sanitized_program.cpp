// Under ThreadSanitizer: an alert is pushed while another thread is there, then one more is
// started. After a fork that it knows of, the sanitizer ends a program that starts threads.
#include <sys/wait.h>
#include <dblog/dblog.hpp>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <thread>

int main() {
  dblog::install_handlers();
  dblog::EventLogger events{"alerts"};
  std::atomic<bool> is_over{false};
  std::thread worker{[&is_over] {
    while (!is_over) std::this_thread::yield();
  }};
  const bool is_pushed = static_cast<bool>(events.push_to_table("lost", {.slack = true}));
  std::thread{[] { std::puts("second thread"); }}.join();
  is_over = true;
  worker.join();
  const bool has_child = waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD;
  std::puts(has_child ? "a child" : "no child");
  std::puts(is_pushed ? "end" : "not pushed");
}
