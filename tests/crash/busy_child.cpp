// A program with several threads and breadcrumbs that dies while they are at work. First argument:
// how ("write", "throw", "kill", "breadcrumbs-while-dying"); then any of "alone" (no threads),
// "deaf" (one thread blocks all signals), "sigwait" (one waits for all signals), "crowd" (80
// threads), "off" (threads not wanted).
#include <chrono>
#include <dblog/dblog.hpp>

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

std::atomic<int> waiting{0};
std::atomic<int> steps{0};
volatile int* volatile null_pointer = nullptr;
volatile int sink = 0;

[[gnu::noinline]] void wait_here() {
  ++waiting;
  while (true) ::pause();
}

void start_thread_that_waits_for_signals() {
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::thread{[all] {
    ::pthread_setname_np(::pthread_self(), "sigwait");
    ++waiting;
    while (true) {
      int signal = 0;
      ::sigwait(&all, &signal);
      std::printf("sigwait() took signal %d\n", signal);
      std::fflush(stdout);
    }
  }}.detach();
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

bool is_in_sigwait() {
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name, call;
    std::getline(std::ifstream{task.path() / "comm"}, name);
    std::ifstream{task.path() / "syscall"} >> call;
    if (name == "sigwait") return call == std::to_string(SYS_rt_sigtimedwait);
  }
  return false;
}

void start_thread(const std::string& name, bool is_deaf) {
  std::thread{[name, is_deaf] {
    ::pthread_setname_np(::pthread_self(), name.c_str());
    if (is_deaf) {
      sigset_t all;
      sigfillset(&all);
      ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    }
    wait_here();
    sink = sink + 1;  // no tail call
  }}.detach();
}

void keep_leaving_breadcrumbs() {
  for (int i = 0;; ++i) {
    dblog::breadcrumb("step " + std::to_string(i) + " of many");
    ++steps;
  }
}

}  // namespace

int main(int argc, char** argv) {
  dblog::breadcrumb("before install");
  dblog::HandlerOptions options;
  options.deadline = std::chrono::seconds{30};  // the machine may be busy with other tests
  bool is_alone = false;
  bool has_deaf = false;
  bool has_sigwait = false;
  int threads = 3;
  for (int i = 2; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "alone") is_alone = true;
    if (argument == "deaf") has_deaf = true;
    if (argument == "sigwait") has_sigwait = true;
    if (argument == "crowd") threads = 80;
    if (argument == "off") options.all_threads = false;
  }
  dblog::install_handlers(options);
  if (is_alone) threads = 0;
  for (int i = 0; i < threads; ++i) start_thread("worker-" + std::to_string(i), false);
  if (has_deaf) start_thread("deaf", true);
  if (has_sigwait) start_thread_that_waits_for_signals();
  while (waiting < threads + (has_deaf ? 1 : 0) + (has_sigwait ? 1 : 0)) std::this_thread::yield();
  while (has_sigwait && !is_in_sigwait()) std::this_thread::yield();
  dblog::breadcrumb(std::string("caf\xC3\xA9 ") + "broken \xE9");

  const std::string how = argv[1];
  if (how == "kill") ::kill(::getpid(), SIGKILL);
  if (how == "throw") throw std::runtime_error("on purpose");
  if (how == "breadcrumbs-while-dying") {
    for (int i = 0; i < 4; ++i) std::thread{keep_leaving_breadcrumbs}.detach();
    while (steps < 1'000) std::this_thread::yield();
  }
  *null_pointer = 1;
}
