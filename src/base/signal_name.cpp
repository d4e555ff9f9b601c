// Context: crash time.
#include "src/base/signal_name.hpp"

#include <csignal>

namespace dblog::base {
namespace {

struct SignalName {
  int signal;
  const char* name;
};
constexpr SignalName kSignalNames[] = {
    {SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"},       {SIGFPE, "SIGFPE"},   {SIGILL, "SIGILL"},
    {SIGABRT, "SIGABRT"}, {SIGTRAP, "SIGTRAP"},     {SIGSYS, "SIGSYS"},   {SIGTERM, "SIGTERM"},
    {SIGINT, "SIGINT"},   {SIGQUIT, "SIGQUIT"},     {SIGXCPU, "SIGXCPU"}, {SIGXFSZ, "SIGXFSZ"},
    {SIGHUP, "SIGHUP"},   {SIGPIPE, "SIGPIPE"},     {SIGUSR1, "SIGUSR1"}, {SIGUSR2, "SIGUSR2"},
    {SIGALRM, "SIGALRM"}, {SIGVTALRM, "SIGVTALRM"}, {SIGPROF, "SIGPROF"}, {SIGKILL, "SIGKILL"},
};

}  // namespace

const char* signal_name(int signal) noexcept {
  for (const SignalName& entry : kSignalNames) {
    if (entry.signal == signal) return entry.name;
  }
  return "signal";
}

}  // namespace dblog::base
