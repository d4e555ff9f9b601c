// leaving_child return|sigwait|quick: a thread crashes while the main thread waits for a signal,
// and ends the program when its wait is over.
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <dblog/dblog.hpp>
#include <string_view>
#include <thread>

namespace {

volatile int* volatile null_pointer = nullptr;

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string_view how = argv[1];
  dblog::HandlerOptions options;
  options.deadline = std::chrono::seconds{30};  // the machine may be busy with other tests
  dblog::install_handlers(options);
  sigset_t all;
  sigfillset(&all);
  if (how == "sigwait") pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::thread{[] {
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, nullptr);
    *null_pointer = 1;
  }}.detach();
  int signal = 0;
  if (how == "sigwait") {
    sigwait(&all, &signal);
    std::exit(3);
  }
  pause();
  if (how == "quick") std::quick_exit(4);
  return 0;
}
