// Ends in the way that its last argument names: ending_program [without] WAY
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <dblog/dblog.hpp>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace {

[[gnu::constructor]] void forget_what_is_ignored() {
  for (const int number : {SIGHUP, SIGPIPE}) signal(number, SIG_DFL);
}

void say(std::string_view text) { (void)!write(STDOUT_FILENO, text.data(), text.size()); }

void raise_by_default(int number) {
  say("tidying up\n");
  signal(number, SIG_DFL);
  raise(number);
}

void raise_again(int number) {
  say("tidying up\n");
  raise(number);
}

void set_handler(int number, void (*handler)(int), unsigned flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = static_cast<int>(flags);
  sigaction(number, &action, nullptr);
}

void wait_for_a_signal() {
  say("ready\n");
  for (;;) pause();
}

void handle_and_wait(void (*handler)(int)) {
  signal(SIGTERM, handler);
  wait_for_a_signal();
}

[[noreturn]] void end_child(void (*end)()) {
  const pid_t child = vfork();
  if (child == 0) end();
  int status = 0;
  waitpid(child, &status, 0);
  raise(SIGKILL);
  for (;;) pause();
}

const char* name_of(void (*handler)(int)) {
  return handler == SIG_DFL       ? "default"
         : handler == SIG_IGN     ? "ignored"
         : handler == SIG_HOLD    ? "held"
         : handler == raise_again ? "again"
         : handler == SIG_ERR     ? "error"
                                  : "unknown";
}

void say_action(int number) {
  struct sigaction action {};
  sigaction(number, nullptr, &action);
  std::printf("%s%s", name_of(action.sa_handler),
              (static_cast<unsigned>(action.sa_flags) & SA_RESETHAND) != 0 ? " once" : "");
}

// What each of the calls says of what was there before.
void ask_what_is_there() {
  constexpr std::array kSignals{SIGTERM, SIGINT,  SIGHUP,  SIGPIPE, SIGALRM,   SIGQUIT,
                                SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF};
  for (const int number : kSignals) {
    say_action(number);
    std::printf(" %s", name_of(signal(number, raise_again)));
    std::printf(" %s", name_of(signal(number, SIG_DFL)));
    std::printf(" %s", name_of(sigset(number, raise_again)));
    std::printf(" %s", name_of(sigset(number, SIG_HOLD)));
    std::printf(" %s", name_of(sigset(number, SIG_DFL)));
    std::printf(" %s", name_of(sysv_signal(number, raise_again)));
    std::printf(" ");
    say_action(number);
    std::printf(" %s", name_of(ssignal(number, SIG_IGN)));
    std::printf(" %s", name_of(signal(number, SIG_DFL)));
    set_handler(number, SIG_DFL, 0);
    std::printf(" ");
    say_action(number);
    std::puts("");
  }
}

// A handler that is to be called once is told to who replaces it, and can be put back.
void replace_a_handler_for_once() {
  struct sigaction once {};
  once.sa_handler = raise_again;
  once.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGTERM, &once, nullptr);
  once.sa_handler = raise_by_default;
  sigaction(SIGTERM, &once, &once);
  std::printf("%s %s\n", name_of(once.sa_handler), name_of(sysv_signal(SIGTERM, SIG_DFL)));
}

void fault_after_signal_put_the_handler_back() {
  signal(SIGSEGV, signal(SIGSEGV, raise_again));
  volatile int* volatile address = reinterpret_cast<int*>(0x18);
  *address = 1;
}

void eat_memory() {
  constexpr std::size_t kBite = 1 << 20;
  std::vector<std::vector<char>> eaten;
  for (;;) eaten.emplace_back(kBite, 'x');
}

void throw_and_catch() {
  try {
    throw std::runtime_error("one");
  } catch (const std::exception& error) {
    std::printf("caught %s\n", error.what());
  }
}

using Ways = std::map<std::string_view, void (*)()>;
const Ways& ways() {
  static const Ways all{
      {"default", wait_for_a_signal},
      {"replaces-once", replace_a_handler_for_once},
      {"puts-back", fault_after_signal_put_the_handler_back},
      {"tidies", [] { handle_and_wait(raise_by_default); }},
      {"tidies-once",
       [] {
         set_handler(SIGTERM, raise_again, SA_RESETHAND);
         wait_for_a_signal();
       }},
      {"tidies-system-v",
       [] {
         sysv_signal(SIGTERM, raise_again);
         wait_for_a_signal();
       }},
      {"sets-default-again",
       [] {
         signal(SIGTERM, raise_again);
         signal(SIGTERM, SIG_DFL);
         wait_for_a_signal();
       }},
      {"_exit", [] { _exit(5); }},
      {"_Exit", [] { std::_Exit(5); }},
      {"quick_exit", [] { std::quick_exit(5); }},
      {"bare-exit", [] { syscall(SYS_exit_group, 5); }},
      {"last-thread", [] { pthread_exit(nullptr); }},
      {"pipe", [] { raise(SIGPIPE); }},
      {"yes",
       [] {
         for (;;) say("y\n");
       }},
      {"kill", [] { raise(SIGKILL); }},
      {"eats", eat_memory},
      {"kill-after-vfork", [] { end_child([] { _exit(0); }); }},
      {"abort", [] { std::abort(); }},
      {"null",
       [] {
         volatile int* volatile null_pointer = nullptr;
         *null_pointer = 1;
       }},
      {"asks", ask_what_is_there},
      {"reports", [] {}},
      {"throws", throw_and_catch},
      {"pushes",
       [] {
         std::puts(dblog::EventLogger{"errors"}.push_to_table("text") ? "pushed" : "refused");
       }},
  };
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  dblog::InstallReport report;
  if (argc == 2) report = dblog::install_handlers({.slack = true});
  for (const auto& missing : report.missing) {
    if (std::string_view{argv[1]} == "reports") std::puts(missing.what.c_str());
  }
  ways().at(argv[argc - 1])();
}
