// Context: crash time, except for choose_sigaction() (setup).
#include "handlers/signals/signal_action.hpp"

#include <dlfcn.h>

#include <string_view>

#include "handlers/signals/action_watch.hpp"

// The C library's own name for it, in the shared library and in the archive.
extern "C" int __sigaction(int, const struct sigaction*, struct sigaction*) noexcept;

namespace dblog::crash {
namespace {

using Sigaction = int (*)(int, const struct sigaction*, struct sigaction*);
Sigaction chosen = nullptr;

// A sanitizer's, and that of a JVM's libjsig, must go on knowing about our handlers. Before main()
// and before any other thread: dlsym() takes locks.
[[gnu::constructor(101)]] void choose_sigaction() noexcept {
  chosen = __sigaction;
  const char* const other = signal_action_of_others();
  if (other == nullptr || other != std::string_view{"sigaction"}) return;
  if (void* first = ::dlsym(RTLD_DEFAULT, "sigaction")) {
    chosen = reinterpret_cast<Sigaction>(first);
  }
}

}  // namespace

int set_action(int signal, const struct sigaction* wanted, struct sigaction* before) noexcept {
  if (chosen == nullptr) choose_sigaction();
  return chosen(signal, wanted, before);
}

int next_sigaction(int signal, const struct sigaction* wanted, struct sigaction* before) noexcept {
  return __sigaction(signal, wanted, before);
}

void set_default_for_the_end(int signal) noexcept {
  const struct sigaction by_default = default_action();
  next_sigaction(signal, &by_default, nullptr);
}

struct sigaction default_action() noexcept {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  return action;
}

bool is_function(const struct sigaction& action) noexcept {
  return (action.sa_flags & SA_SIGINFO) != 0 ||
         (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
}

bool is_same_handler(const struct sigaction& left, const struct sigaction& right) noexcept {
  const bool has_info = (left.sa_flags & SA_SIGINFO) != 0;
  if (has_info != ((right.sa_flags & SA_SIGINFO) != 0)) return false;
  return has_info ? left.sa_sigaction == right.sa_sigaction : left.sa_handler == right.sa_handler;
}

bool is_in_force(int signal, const struct sigaction& expected) noexcept {
  struct sigaction present {};
  return set_action(signal, nullptr, &present) == 0 && is_same_handler(present, expected);
}

}  // namespace dblog::crash
