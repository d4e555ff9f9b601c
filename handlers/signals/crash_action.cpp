// Context: crash time.
#include "handlers/signals/crash_action.hpp"

#include <atomic>

#include "handlers/signals/handler_mask.hpp"

namespace dblog::crash {
namespace {

// Null until there is one: SIG_DFL must not be taken for it.
constinit std::atomic<CrashHandler> crash_handler{nullptr};
constinit std::atomic<CrashHandler> handler_by_default{nullptr};
std::atomic<bool> is_watched[NSIG];

}  // namespace

void set_crash_handler(CrashHandler handler, CrashHandler by_default) noexcept {
  crash_handler.store(handler);
  handler_by_default.store(by_default);
}

void watch_crash_signal(int signal, bool is_on) noexcept { is_watched[signal].store(is_on); }

bool is_crash_signal(int signal) noexcept {
  return signal > 0 && signal < NSIG && is_watched[signal].load(std::memory_order_relaxed);
}

struct sigaction crash_action() noexcept {
  struct sigaction action {};
  action.sa_sigaction = crash_handler.load();
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  action.sa_mask = handler_mask();
  return action;
}

struct sigaction crash_action_by_default() noexcept {
  struct sigaction action = crash_action();
  action.sa_sigaction = handler_by_default.load();
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
