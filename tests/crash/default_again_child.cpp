// Puts the default action of crash signals back, as other crash handlers do at their end, and dies:
// default_again_child WAY [SIGNAL]. A handler that is there before dblog's belongs to a
// WAY that begins with "before-", and with "first-" where it is to be asked first.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <dblog/dblog.hpp>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <thread>

namespace {

struct sigaction before {};

void set_handler(void (*handler)(int, siginfo_t*, void*), unsigned flags = 0) {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = static_cast<int>(flags | SA_SIGINFO);
  ::sigaction(SIGSEGV, &action, &before);
}

[[gnu::noinline]] void write_nowhere() {
  volatile int* volatile address = reinterpret_cast<int*>(0x18);
  *address = 1;
}

void default_and_return(int number, siginfo_t*, void*) { std::signal(number, SIG_DFL); }

void default_and_raise(int number, siginfo_t*, void*) {
  std::signal(number, SIG_DFL);
  ::raise(number);
}

// With signal(), which asks for no SA_SIGINFO.
void plain_default_and_raise(int number) { default_and_raise(number, nullptr, nullptr); }

void plain_default_and_return(int number) { std::signal(number, SIG_DFL); }

void just_return(int, siginfo_t*, void*) {}

void just_raise(int number, siginfo_t*, void*) { ::raise(number); }

void repair_once(int number, siginfo_t* info, void*) {
  const auto page = reinterpret_cast<std::uintptr_t>(info->si_addr) & ~std::uintptr_t{4095};
  ::mprotect(reinterpret_cast<void*>(page), 4096, PROT_READ | PROT_WRITE);
  std::signal(number, SIG_DFL);
}

// The fault that is over is not what a signal that is sent later is about.
void raise_after_repair() {
  set_handler(repair_once);
  void* const page = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *static_cast<volatile char*>(page) = 1;
  ::raise(SIGSEGV);
}

void call_null() {
  void (*volatile function)() = nullptr;
  function();
}

void chain_then_default(int number, siginfo_t* info, void* interrupted) {
  before.sa_sigaction(number, info, interrupted);
  std::signal(number, SIG_DFL);
}

void chain_then_raise(int number, siginfo_t* info, void* interrupted) {
  before.sa_sigaction(number, info, interrupted);
  default_and_raise(number, info, interrupted);
}

void default_then_chain(int number, siginfo_t* info, void* interrupted) {
  std::signal(number, SIG_DFL);
  before.sa_sigaction(number, info, interrupted);
}

void repair_by_putting_back(int number, siginfo_t*, void*) {
  ::sigaction(number, &before, nullptr);
}

void crash_with(void (*handler)(int, siginfo_t*, void*), unsigned flags = 0) {
  set_handler(handler, flags);
  write_nowhere();
}

void crash_with_plain(void (*handler)(int), unsigned flags = 0) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = static_cast<int>(flags);
  ::sigaction(SIGSEGV, &action, nullptr);
  write_nowhere();
}

const char* name_of(const struct sigaction& action) {
  return action.sa_handler == SIG_DFL ? "default" : "other";
}

void say_action(int number) {
  struct sigaction present {};
  ::sigaction(number, nullptr, &present);
  std::puts(name_of(present));
}

void ask() {
  struct sigaction by_default {};
  struct sigaction first {};
  ::sigaction(SIGSEGV, &by_default, &first);
  say_action(SIGSEGV);
  std::puts(std::signal(SIGSEGV, SIG_DFL) == SIG_DFL ? "default" : "other");
  std::puts(std::signal(SIGSEGV, [](int) {}) == SIG_DFL ? "default" : "other");
  std::signal(SIGSEGV, SIG_DFL);
  ::sigaction(SIGSEGV, &first, &by_default);
  std::puts(name_of(by_default));
}

// The handlers that a program reads back after it has set them in each way there is: the same as
// without us.
void say_all_of(const char* how, int number) {
  struct sigaction present {};
  ::sigaction(number, nullptr, &present);
  const void* const handler = reinterpret_cast<void*>(present.sa_handler);
  std::printf("%s %d: %s, flags %x, mask", how, number,
              handler == reinterpret_cast<void*>(plain_default_and_raise) ? "one argument"
              : handler == reinterpret_cast<void*>(just_return)           ? "three"
                                                                          : name_of(present),
              static_cast<unsigned>(present.sa_flags));
  for (int other = 1; other < NSIG; ++other) {
    if (::sigismember(&present.sa_mask, other) == 1) std::printf(" %d", other);
  }
  std::puts("");
}

void read_back() {
  for (const int number : {SIGSEGV, SIGABRT, SIGTERM, SIGCHLD}) {
    std::signal(number, SIG_IGN);  // what was there was ours, and may be seen
    const auto set = [number](void (*plain)(int), void (*full)(int, siginfo_t*, void*),
                              unsigned flags) {
      struct sigaction action {};
      if (plain != nullptr) {
        action.sa_handler = plain;
      } else {
        action.sa_sigaction = full;
      }
      action.sa_flags = static_cast<int>(flags | (full != nullptr ? SA_SIGINFO : 0U));
      ::sigaddset(&action.sa_mask, SIGUSR1);
      struct sigaction replaced {};
      ::sigaction(number, &action, &replaced);
      std::printf("replaced: %x\n", static_cast<unsigned>(replaced.sa_flags));
      say_all_of("sigaction", number);
    };
    set(plain_default_and_raise, nullptr, 0);
    set(nullptr, just_return, SA_ONSTACK | SA_RESTART);
    set(plain_default_and_raise, nullptr, SA_NODEFER);
    set(plain_default_and_raise, nullptr, SA_RESETHAND | SA_NODEFER);
    set(plain_default_and_raise, nullptr, SA_RESTART);
    set(nullptr, just_return, SA_RESETHAND);
    set(nullptr, just_return, 0);
    std::signal(number, plain_default_and_raise);
    say_all_of("signal", number);
    ::siginterrupt(number, 1);
    say_all_of("siginterrupt", number);
    std::signal(number, plain_default_and_raise);
    say_all_of("signal", number);
    ::sysv_signal(number, plain_default_and_raise);
    say_all_of("sysv_signal", number);
    ::sigset(number, plain_default_and_raise);
    say_all_of("sigset", number);
    const bool is_told = std::signal(number, SIG_IGN) == plain_default_and_raise;
    std::puts(is_told ? "told" : "not told");
    say_all_of("ignored", number);
    std::signal(number, SIG_DFL);
  }
}

// Whether our handler is really gone: the kernel says so.
void ask_the_kernel_after_uninstalling() {
  std::signal(SIGSEGV, SIG_DFL);
  dblog::uninstall_handlers();
  std::FILE* status = std::fopen("/proc/self/status", "r");
  char line[256];
  while (std::fgets(line, sizeof line, status) != nullptr) {
    if (std::strncmp(line, "SigCgt:", 7) != 0) continue;
    const unsigned long caught = std::strtoul(line + 7, nullptr, 16);
    std::puts((caught >> (SIGSEGV - 1) & 1) == 0 ? "default" : "caught");
  }
}

void end_as(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  std::puts(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV ? "SIGSEGV" : "other");
}

void crash_in_child() {
  std::signal(SIGSEGV, SIG_DFL);
  const pid_t child = ::fork();
  if (child == 0) write_nowhere();
  end_as(child);
}

void crash_in_child_of_vfork() {
  const pid_t child = ::vfork();
  if (child == 0) {
    std::signal(SIGSEGV, SIG_DFL);
    write_nowhere();
  }
  end_as(child);
}

const std::map<std::string, void (*)()> ways{
    {"default",
     [] {
       std::signal(SIGSEGV, SIG_DFL);
       write_nowhere();
     }},
    {"returns", [] { crash_with(default_and_return); }},
    {"raises", [] { crash_with(default_and_raise); }},
    {"raises-inside", [] { crash_with(default_and_raise, SA_NODEFER); }},
    {"raises-there", [] { crash_with(default_and_raise, SA_ONSTACK); }},
    {"plain-returns", [] { crash_with_plain(plain_default_and_return); }},
    {"plain-raises", [] { crash_with_plain(plain_default_and_raise); }},
    {"plain-raises-inside", [] { crash_with_plain(plain_default_and_raise, SA_NODEFER); }},
    {"plain-once",
     [] { crash_with_plain([](int number) { ::raise(number); }, SA_RESETHAND | SA_NODEFER); }},
    {"signal-returns",
     [] {
       std::signal(SIGSEGV, plain_default_and_return);
       write_nowhere();
     }},
    {"signal-raises",
     [] {
       std::signal(SIGSEGV, plain_default_and_raise);
       write_nowhere();
     }},
    {"sysv-signal-raises",
     [] {
       ::sysv_signal(SIGSEGV, plain_default_and_raise);
       write_nowhere();
     }},
    {"once", [] { crash_with(just_return, SA_RESETHAND); }},
    {"once-raises", [] { crash_with(just_raise, SA_RESETHAND); }},
    {"once-raises-inside", [] { crash_with(just_raise, SA_RESETHAND | SA_NODEFER); }},
    {"chains", [] { crash_with(chain_then_default, SA_ONSTACK); }},
    {"chains-raises", [] { crash_with(chain_then_raise, SA_ONSTACK); }},
    {"chains-raises-inside", [] { crash_with(chain_then_raise, SA_NODEFER); }},
    {"default-chains", [] { crash_with(default_then_chain, SA_ONSTACK); }},
    {"puts-back", [] { crash_with(repair_by_putting_back); }},
    {"raises-after-repair", raise_after_repair},
    {"raises-call",
     [] {
       set_handler(default_and_raise);
       call_null();
     }},
    {"raises-inside-call",
     [] {
       set_handler(default_and_raise, SA_NODEFER);
       call_null();
     }},
    {"before-returns", write_nowhere},
    {"before-raises", write_nowhere},
    {"before-raises-inside", write_nowhere},
    {"first-returns", write_nowhere},
    {"first-raises", write_nowhere},
    {"first-raises-inside", write_nowhere},
    {"first-once-raises-inside", write_nowhere},
    {"thread",
     [] {
       std::signal(SIGSEGV, SIG_DFL);
       std::thread{write_nowhere}.join();
     }},
    {"asks", ask},
    {"reads-back", read_back},
    {"reads-back-alone", read_back},
    {"uninstalls", ask_the_kernel_after_uninstalling},
    {"forks", crash_in_child},
    {"vforks", crash_in_child_of_vfork},
};

void install(const std::string& way) {
  if (way.rfind("before-", 0) == 0 || way.rfind("first-", 0) == 0) {
    const bool is_inside = way.find("inside") != std::string::npos;
    const bool raises = way.find("raises") != std::string::npos;
    const bool is_once = way.find("once") != std::string::npos;
    set_handler(is_once  ? just_raise
                : raises ? default_and_raise
                         : default_and_return,
                (is_inside ? SA_NODEFER : 0) | (is_once ? SA_RESETHAND : 0U));
  }
  dblog::HandlerOptions options;
  options.chain_first = way.rfind("first-", 0) == 0;
  options.delivery = dblog::Delivery::none;
  dblog::install_handlers(options);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  const std::string way = argv[1];
  if (way != "reads-back-alone") install(way);
  if (way == "signal" && argc == 3) {
    const int number = std::atoi(argv[2]);
    std::signal(number, SIG_DFL);
    ::raise(number);
    return 65;
  }
  ways.at(way)();
  return 0;
}
