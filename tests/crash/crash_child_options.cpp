#include "tests/crash/crash_child_options.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>

namespace dblog::test {
namespace {

[[noreturn]] void throw_for_tracer() { throw std::logic_error("thrown for the tracer"); }

[[noreturn]] void stop_for_tracer_and_abort() {
  stop_for_tracer();
  std::abort();
}

void on_previous(int, siginfo_t* info, void*) {
  dprintf(STDOUT_FILENO, "previous handler: signal %d address %p\n", info->si_signo, info->si_addr);
}

void install_previous_handler() {
  struct sigaction action {};
  action.sa_flags = static_cast<int>(SA_SIGINFO | SA_RESETHAND);
  action.sa_sigaction = on_previous;
  sigaction(SIGSEGV, &action, nullptr);
}

void print_and_die(int signal, siginfo_t*, void*) {
  dprintf(STDOUT_FILENO, "previous handler: signal %d\n", signal);
  raise(signal);
}

[[noreturn]] void print_and_abort() {
  dprintf(STDOUT_FILENO, "previous terminate handler\n");
  std::abort();
}

void install_all_previous_handlers() {
  struct sigaction action {};
  action.sa_flags = static_cast<int>(SA_SIGINFO | SA_RESETHAND);
  action.sa_sigaction = print_and_die;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) {
    sigaction(signal, &action, nullptr);
  }
  std::set_terminate(print_and_abort);
}

}  // namespace

void exit_3(int) { _exit(3); }
[[noreturn]] void exit_4() { _exit(4); }

void stop_for_tracer() {
#if defined(__x86_64__)
  __asm__ volatile("int3" : : "a"(&std::abort), "d"(&throw_for_tracer));
#endif
}

void start_threads_that_wait() {
  constexpr int kThreads = 3;
  static std::atomic<int> waiting{0};
  for (int i = 0; i < kThreads; ++i) {
    std::thread{[is_deaf = i == 0] {
      sigset_t all;
      sigfillset(&all);
      if (is_deaf) pthread_sigmask(SIG_BLOCK, &all, nullptr);
      ++waiting;
      for (;;) pause();
    }}.detach();
  }
  while (waiting < kThreads) std::this_thread::yield();
}

// It is one byte of the -shm file; the shell would give it back.
void hold_the_write_lock_in_another_process() {
  int ready[2];
  if (pipe(ready) != 0) return;
  const pid_t program = getpid();
  if (fork() == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != program) _exit(1);
    const int file = open("LOGS.db-shm", O_RDWR | O_CLOEXEC);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = 120;
    lock.l_len = 1;
    const bool is_held = fcntl(file, F_SETLK, &lock) == 0;
    if (write(ready[1], is_held ? "y" : "n", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char answer = 'n';
  if (read(ready[0], &answer, 1) != 1 || answer != 'y') _exit(99);
}

DyingOptions read_options(int argc, char** argv) {
  DyingOptions options;
  dblog::HandlerOptions& handlers = options.handlers;
  for (int i = 2; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::string value = argument.substr(argument.find('=') + 1);
    if (argument.starts_with("release=")) handlers.release = value;
    if (argument.starts_with("database=")) handlers.database = value;
    if (argument.starts_with("deadline=")) {
      handlers.deadline = std::chrono::milliseconds{std::stoi(value)};
    }
    if (argument == "nosync") handlers.sync_to_disk = false;
    if (argument == "noregisters") handlers.registers = false;
    if (argument == "nohw") handlers.hw_monitor = false;
    if (argument == "slack") handlers.slack = true;
    if (argument == "email") handlers.email = true;
    if (argument == "quiet") handlers.print_to_stderr = false;
    if (argument == "thread") options.in_thread = true;
    if (argument == "bare") options.install = false;
    if (argument == "traced") {
      options.is_traced = true;
      std::set_terminate(stop_for_tracer_and_abort);
    }
    if (argument == "watched") {
      options.is_traced = true;
      std::set_terminate(std::abort);  // the runtime's own says more on stderr
    }
    if (argument == "threads") options.has_other_threads = true;
    if (argument == "notimers") {
      const rlimit none{};
      setrlimit(RLIMIT_SIGPENDING, &none);
    }
    if (argument == "locked") options.is_locked = true;
    if (argument == "previous") install_previous_handler();
    if (argument == "previous-all") install_all_previous_handlers();
    if (argument == "previous-exit") std::signal(SIGSEGV, exit_3);
    if (argument == "previous-terminate") std::set_terminate(exit_4);
    if (argument == "delivery=none") handlers.delivery = dblog::Delivery::none;
    if (argument == "delivery=next_run") handlers.delivery = dblog::Delivery::next_run;
    if (argument == "ignored") {
      std::signal(SIGSEGV, SIG_IGN);
      std::signal(SIGUSR1, SIG_IGN);
    }
  }
  return options;
}

}  // namespace dblog::test
