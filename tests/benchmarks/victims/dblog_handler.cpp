// dblog as its README shows it. Options, letters of one word: 'n' no sync to disk, 'b' bare (no
// snapshot, no other threads' stacks), 's' a stamp when the row is committed.
#include <dblog/handlers.hpp>

#include <csignal>
#include <cstring>

#include "tests/benchmarks/victims/victim.hpp"

namespace {

// dblog chains to the handler that was there before when its row is committed.
void on_fault_recorded(int) {
  victim::stamps->recorded = victim::now();
  ::signal(SIGSEGV, SIG_DFL);
}

}  // namespace

void victim::install(const char*, const char* option) {
  const auto has = [&](char letter) { return std::strchr(option, letter) != nullptr; };
  if (has('s')) ::signal(SIGSEGV, on_fault_recorded);
  const bool is_bare = has('b');
  dblog::install_handlers({.hw_monitor = !is_bare,
                           .all_threads = !is_bare,
                           .delivery = dblog::Delivery::none,
                           .sync_to_disk = !has('n')});
}
