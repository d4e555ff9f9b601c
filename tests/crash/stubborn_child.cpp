// A program that makes trouble around its crash, in the way that its first argument names.
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <dblog/dblog.hpp>

#include <atomic>
#include <cassert>
#include <csetjmp>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace {

volatile int* volatile null_pointer = nullptr;
constexpr int kSizeOfTheWrite = 6;
sigjmp_buf before_the_crash;
void* volatile page = nullptr;  // read by a handler

void write_to_null() { *null_pointer = 1; }

void set_handler(int signal, void (*handler)(int, siginfo_t*, void*)) {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO;
  sigaction(signal, &action, nullptr);
}

// Handlers that are there before dblog's.
void jump_away(int, siginfo_t*, void*) { siglongjmp(before_the_crash, 1); }
void repair_the_page(int, siginfo_t* info, void*) {
  if (info->si_addr == page) {
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
  } else {
    signal(SIGSEGV, SIG_DFL);
  }
}
void move_on(int, siginfo_t*, void* interrupted) {
#if defined(__x86_64__)
  static_cast<ucontext_t*>(interrupted)->uc_mcontext.gregs[REG_RIP] += kSizeOfTheWrite;
#endif
}
void shrug(int, siginfo_t*, void*) {}
void shrug_ten_times(int, siginfo_t*, void*) {
  static int times = 0;
  if (++times == 10) raise(SIGKILL);
}
void print_and_raise_again(int number, siginfo_t*, void*) {
  signal(number, SIG_DFL);
  raise(number);
}

// A crash signal that the program or another one sends, and a handler that lives with it.
std::atomic<int> signals_seen{0};
void count_signal(int, siginfo_t*, void*) { ++signals_seen; }
void default_again(int number, siginfo_t*, void*) { signal(number, SIG_DFL); }
void default_and_abort(int number, siginfo_t*, void*) {
  signal(number, SIG_DFL);
  std::abort();
}

void send_from_a_thread(int number) {
  const pthread_t target = pthread_self();
  std::thread{[target, number] { pthread_kill(target, number); }}.join();
}
void send_from_a_child(int number) {
  const pid_t target = getpid();
  const pid_t child = fork();
  if (child == 0) _exit(kill(target, number));
  waitpid(child, nullptr, 0);
}
void live_with_sent_signals() {
  int sent = 0;
  for (const int number : {SIGABRT, SIGSEGV}) {
    for (int round = 0; round < 2; ++round) {
      raise(number);
      kill(getpid(), number);
      sigqueue(getpid(), number, sigval{});
      send_from_a_thread(number);
      send_from_a_child(number);
      sent += 5;
    }
  }
  while (signals_seen != sent) {
  }
}
void count_sent_signals() {
  set_handler(SIGABRT, count_signal);
  set_handler(SIGSEGV, count_signal);
}
void abort_from_a_thread() {
  send_from_a_thread(SIGABRT);
  for (;;) pause();
}
void abort_by_assertion_then_send() {
  if (sigsetjmp(before_the_crash, 1) == 0) __assert_fail("is_stale", "f.cpp", 1, "f()");
  signal(SIGABRT, SIG_DFL);
  raise(SIGABRT);
}

// While a process dies of its recorded crash, its other threads work on.
std::atomic<bool> may_push{false};
std::atomic<bool> has_pushed{false};
void wait_for_a_push_and_be_killed(int, siginfo_t*, void*) {
  may_push = true;
  while (!has_pushed) {
  }
  raise(SIGKILL);
}
void crash_while_another_thread_logs() {
  std::thread{[] {
    dblog::EventLogger logger{"events"};
    while (!may_push) {
    }
    logger.push_to_table("x");
    has_pushed = true;
    for (;;) pause();
  }}.detach();
  write_to_null();
}
void be_rescued_then_killed() {
  if (sigsetjmp(before_the_crash, 1) == 0) write_to_null();
  dblog::EventLogger logger{"events"};
  logger.push_to_table("alive");
  raise(SIGKILL);
}
void be_repaired_then_killed() {
  page = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *static_cast<volatile char*>(page) = 1;
  raise(SIGKILL);
}
// As a virtual machine does: the handler moves the program to another instruction.
void be_moved_then_exit() {
#if defined(__x86_64__)
  __asm__ volatile("movl $1, (%0)" : : "a"(0L) : "memory");  // two bytes of opcode, four of value
#endif
}
void be_repaired_often_then_exit() {
  for (int i = 0; i < 100; ++i) {
    page = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *static_cast<volatile char*>(page) = 1;
    munmap(page, 4096);
  }
}
void be_rescued_then_abort() {
  if (sigsetjmp(before_the_crash, 1) == 0) write_to_null();
  std::abort();
}
void be_repaired_then_crash() {
  page = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *static_cast<volatile char*>(page) = 1;
  write_to_null();
}
void crash_in_a_storm_of_signals() {
  static std::atomic<bool> has_begun{false};
  const pthread_t target = pthread_self();
  std::thread{[target] {
    for (;;) {
      pthread_kill(target, SIGSEGV);
      has_begun = true;
    }
  }}.detach();
  while (!has_begun) {
  }
  write_to_null();
}
void fork_in_a_daemon_then_wait() {
  if (daemon(1, 1) != 0) _exit(97);
}
void crash_with_cancellation_pending() {
  pthread_t self = pthread_self();
  pthread_cancel(self);
  write_to_null();
}

struct Trouble {
  void (*before_install)();
  std::function<void()> act;
};

const std::map<std::string, Trouble> kTroubles = {
    {"rescued", {[] { set_handler(SIGSEGV, jump_away); }, be_rescued_then_abort}},
    {"repaired", {[] { set_handler(SIGSEGV, repair_the_page); }, be_repaired_then_crash}},
    {"rescued-killed", {[] { set_handler(SIGSEGV, jump_away); }, be_rescued_then_killed}},
    {"repaired-killed", {[] { set_handler(SIGSEGV, repair_the_page); }, be_repaired_then_killed}},
    {"killed-while-dying",
     {[] { set_handler(SIGSEGV, wait_for_a_push_and_be_killed); },
      crash_while_another_thread_logs}},
    {"often", {[] { set_handler(SIGSEGV, repair_the_page); }, be_repaired_often_then_exit}},
    {"shrug", {[] { set_handler(SIGSEGV, shrug_ten_times); }, write_to_null}},
    {"chain-repaired", {[] { set_handler(SIGSEGV, repair_the_page); }, be_repaired_then_crash}},
    {"chain-often", {[] { set_handler(SIGSEGV, repair_the_page); }, be_repaired_often_then_exit}},
    {"chain-moved", {[] { set_handler(SIGSEGV, move_on); }, be_moved_then_exit}},
    {"chain-shrug", {[] { set_handler(SIGSEGV, shrug); }, write_to_null}},
    {"chain-alone", {nullptr, write_to_null}},
    {"sent", {count_sent_signals, live_with_sent_signals}},
    {"chain-sent", {count_sent_signals, live_with_sent_signals}},
    {"sent-default", {[] { set_handler(SIGABRT, default_again); }, [] { raise(SIGABRT); }}},
    {"chain-sent-default", {[] { set_handler(SIGABRT, default_again); }, [] { raise(SIGABRT); }}},
    {"sent-raised", {[] { set_handler(SIGABRT, print_and_raise_again); }, abort_from_a_thread}},
    {"chain-sent-raised",
     {[] { set_handler(SIGABRT, print_and_raise_again); }, abort_from_a_thread}},
    {"sent-aborts", {[] { set_handler(SIGABRT, default_and_abort); }, abort_from_a_thread}},
    {"chain-sent-aborts", {[] { set_handler(SIGABRT, default_and_abort); }, abort_from_a_thread}},
    {"aborts", {count_sent_signals, std::abort}},
    {"chain-aborts", {count_sent_signals, std::abort}},
    {"thread-sends", {nullptr, abort_from_a_thread}},
    {"stale-assertion", {[] { set_handler(SIGABRT, jump_away); }, abort_by_assertion_then_send}},
    {"raised-again", {[] { set_handler(SIGSEGV, print_and_raise_again); }, write_to_null}},
    {"storm", {nullptr, crash_in_a_storm_of_signals}},
    {"daemon", {nullptr, fork_in_a_daemon_then_wait}},
    {"cancelled", {nullptr, crash_with_cancellation_pending}},
    {"closed-streams",
     {[] {
        for (int stream = 0; stream < 3; ++stream) close(stream);
      },
      write_to_null}},
    {"small-files-only",
     {[] { signal(SIGXFSZ, SIG_DFL); },
      [] {
        const rlimit almost_nothing{4096, 4096};
        setrlimit(RLIMIT_FSIZE, &almost_nothing);
        throw std::runtime_error("no room");
      }}},
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  const Trouble& trouble = kTroubles.at(argv[1]);
  if (trouble.before_install != nullptr) trouble.before_install();
  dblog::HandlerOptions options;
  options.chain_first = std::string_view{argv[1]}.starts_with("chain-");
  dblog::install_handlers(options);
  trouble.act();
  return 0;
}
