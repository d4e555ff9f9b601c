// Context: crash time.
#include "handlers/signals/crash_action.hpp"

#include <atomic>

#include "handlers/signals/handler_mask.hpp"

namespace dblog::crash {
namespace {

// Null until there is one: SIG_DFL must not be taken for it.
constinit std::atomic<CrashHandler> crash_handler{nullptr};

}  // namespace

void set_crash_handler(CrashHandler handler) noexcept { crash_handler.store(handler); }

struct sigaction crash_action() noexcept {
  struct sigaction action {};
  action.sa_sigaction = crash_handler.load();
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  action.sa_mask = handler_mask();
  return action;
}

bool is_crash_handler(const struct sigaction& action) noexcept {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction != nullptr &&
         action.sa_sigaction == crash_handler.load();
}

bool is_at_crash_handler(void (*handler)(int)) noexcept {
  return handler != SIG_DFL &&
         reinterpret_cast<void*>(handler) == reinterpret_cast<void*>(crash_handler.load());
}

}  // namespace dblog::crash
