#include "src/api/missing_parts.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string>

#include "handlers/interpose/exec_watch.hpp"
#include "handlers/interpose/exit_watch.hpp"
#include "handlers/signals/action_watch.hpp"
#include "handlers/tool_start.hpp"
#include "src/api/go_runtime.hpp"
#include "src/base/signal_name.hpp"

namespace dblog::api {
namespace {

void add_name(std::string& names, const char* name) {
  names += (names.empty() ? "" : ", ") + std::string{name};
}

}  // namespace

// The kernel kills at once who blocks a fault and causes it; no handler is called.
MissingPart missing_for_mask(std::span<const int> signals) {
  sigset_t blocked;
  if (pthread_sigmask(SIG_SETMASK, nullptr, &blocked) != 0) return {};
  std::string faults;
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    const bool is_chosen = std::ranges::find(signals, fault) != signals.end();
    if (is_chosen && sigismember(&blocked, fault) != 0) add_name(faults, base::signal_name(fault));
  }
  if (faults.empty()) return {};
  return InstallReport::Missing{
      "blocked faults",
      faults +
          " blocked in this thread and in those that it starts: the kernel kills at such a fault, "
          "and the next run reports a killed process; unblock before it crashes "
          "(pthread_sigmask())"};
}

MissingPart missing_for_calls() {
  std::string others;
  for (const char* const name :
       {crash::exec_of_others(), crash::exit_of_others(), crash::signal_action_of_others()}) {
    if (name != nullptr) add_name(others, (std::string{name} + "()").c_str());
  }
  if (others.empty()) return {};
  return InstallReport::Missing{
      "ends of the program",
      "calls that go past dblog: " + others +
          "; an end by them, or by a signal such as SIGTERM, cannot be told from a "
          "kill, makes a row of kind 'ended' and sends no message; " +
          kLinkFirst};
}

MissingPart missing_for_first_process() {
  if (::getpid() != 1 || !crash::has_tool_of_crashes()) return {};
  return InstallReport::Missing{
      "delivery",
      "a crash of this process starts no tool: it is the first of its container, and all others "
      "die with it; its messages and the names of its frames wait for the next start, or `dblog "
      "flush` from outside"};
}

MissingPart missing_for_go() {
  if (!has_go_runtime()) return {};
  return InstallReport::Missing{
      "ends by Go",
      "the Go runtime in this process ends it by system calls of its own: os.Exit(), a return from "
      "Go's main() and a panic cannot be told from a kill, make a row of kind 'ended' and send no "
      "message; set GOTRACEBACK=crash to have panics recorded, and call C.exit() from Go to end "
      "without a row"};
}

}  // namespace dblog::api
