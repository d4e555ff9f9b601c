#include "src/run/inherited_signals.hpp"

#include <array>
#include <csignal>

namespace dblog::run {
namespace {

// There were no handlers: those end at exec().
std::array<bool, NSIG> was_ignored;
sigset_t mask;

}  // namespace

void InheritedSignals::remember() noexcept {
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action {};
    was_ignored[static_cast<std::size_t>(signal)] =
        ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
  }
  ::sigprocmask(SIG_SETMASK, nullptr, &mask);
}

void InheritedSignals::give_back() noexcept {
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action {};
    action.sa_handler = was_ignored[static_cast<std::size_t>(signal)] ? SIG_IGN : SIG_DFL;
    ::sigaction(signal, &action, nullptr);  // fails for those that have no actions
  }
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
}

}  // namespace dblog::run
