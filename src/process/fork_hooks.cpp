// Context: setup; the handlers run in fork().
#include "src/process/fork_hooks.hpp"

#include <pthread.h>

#include <atomic>
#include <cstddef>

namespace dblog::process {
namespace {

constexpr auto kPlaces = static_cast<std::size_t>(ForkPlace::count_);

struct Place {
  std::atomic<void (*)() noexcept> before, in_parent, in_child;
};
constinit Place places[kPlaces]{};

void call(const std::atomic<void (*)() noexcept>& hook) noexcept {
  if (auto* const function = hook.load()) function();
}

void before_fork() noexcept {
  for (std::size_t i = kPlaces; i > 0; --i) call(places[i - 1].before);
}

void after_fork_in_parent() noexcept {
  for (const Place& place : places) call(place.in_parent);
}

void after_fork_in_child() noexcept {
  for (const Place& place : places) call(place.in_child);
}

[[gnu::constructor(102)]] void watch_forks() noexcept {
  ::pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

}  // namespace

void at_fork(ForkPlace place, const ForkHooks& hooks) noexcept {
  Place& mine = places[static_cast<std::size_t>(place)];
  mine.before.store(hooks.before);
  mine.in_parent.store(hooks.in_parent);
  mine.in_child.store(hooks.in_child);
}

}  // namespace dblog::process
