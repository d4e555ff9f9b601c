// What a thread does not get, and whose signals are taken back.
#include "src/process/signal_block.hpp"

#include <pthread.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/support/child_process.hpp"

namespace {

using namespace dblog::process;

bool is_pending(int signal) {
  sigset_t pending;
  return ::sigpending(&pending) == 0 && sigismember(&pending, signal) == 1;
}

bool is_blocked(int signal) {
  sigset_t mask;
  return ::pthread_sigmask(SIG_BLOCK, nullptr, &mask) == 0 && sigismember(&mask, signal) == 1;
}

// Raises SIGPIPE in this thread.
bool write_to_closed_pipe() {
  int ends[2];
  if (::pipe(ends) != 0) return false;
  ::close(ends[0]);
  const bool is_refused = ::write(ends[1], "x", 1) < 0;
  ::close(ends[1]);
  return is_refused;
}

bool all(std::initializer_list<bool> checks) {
  for (const bool check : checks) {
    if (!check) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("signal block: what its own writes raise is taken back, and the mask is as before") {
  CHECK(dblog::test::exit_status_of([] {
          {
            const ScopedSignalBlock block{signal_set(SIGPIPE)};
            if (!write_to_closed_pipe() || !is_pending(SIGPIPE)) return 1;
          }
          return all({!is_pending(SIGPIPE), !is_blocked(SIGPIPE)}) ? 0 : 2;
        }) == 0);
}

TEST_CASE("signal block: a signal that the program blocks is taken back too, one it had waits on") {
  CHECK(dblog::test::exit_status_of([] {
          const sigset_t programs = signal_set(SIGPIPE);
          ::pthread_sigmask(SIG_BLOCK, &programs, nullptr);
          {
            const ScopedSignalBlock block{signal_set(SIGPIPE)};
            write_to_closed_pipe();
          }
          if (is_pending(SIGPIPE)) return 1;
          write_to_closed_pipe();
          { const ScopedSignalBlock block{signal_set(SIGPIPE)}; }
          return all({is_pending(SIGPIPE), is_blocked(SIGPIPE)}) ? 0 : 2;
        }) == 0);
}

TEST_CASE("signal block: other signals come when it ends") {
  CHECK(dblog::test::exit_status_of([] {
          static volatile std::sig_atomic_t calls = 0;
          std::signal(SIGUSR1, [](int) { calls = calls + 1; });
          {
            const ScopedSignalBlock block{all_but_faults()};
            std::raise(SIGUSR1);
            if (calls != 0) return 1;
          }
          return calls == 1 ? 0 : 2;
        }) == 0);
}

TEST_CASE("signal block: without the option a write's signal reaches the program") {
  CHECK(dblog::test::exit_status_of([] {
          static volatile std::sig_atomic_t calls = 0;
          std::signal(SIGPIPE, [](int) { calls = calls + 1; });
          {
            const ScopedSignalBlock block{all_but_faults(), WriteSignals::stay};
            write_to_closed_pipe();
          }
          return calls == 1 ? 0 : 2;
        }) == 0);
}

TEST_CASE("signal block: faults are never among those that a thread of ours blocks") {
  const sigset_t set = all_but_faults();
  CHECK(sigismember(&set, SIGTERM) == 1);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) {
    CHECK(sigismember(&set, fault) == 0);
  }
}
