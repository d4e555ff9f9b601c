// The process's stores, and what fork() and exit() do to them.
#include "src/store/registry.hpp"

#include <signal.h>

#include <chrono>

#include "src/process/fork_hooks.hpp"

namespace dblog::store {
namespace {

using Clock = sqlite::RetryBackoff::Clock;

// A crashed thread may hold a store forever while another library's handler forks.
constexpr std::chrono::seconds kLongestWaitForFork{2};
constexpr std::chrono::seconds kLongestWaitAtExit{1};

// What before_fork() got hold of, for the two functions that run after it in the same thread.
enum class Held { nothing, registry_only, everything };
thread_local Held held = Held::nothing;
thread_local std::size_t quiesced_stores = 0;

}  // namespace

Registry& Registry::instance() {
  static Registry* const registry = new Registry;
  struct CloseAtExit {
    ~CloseAtExit() { registry->close_at_exit(); }
  };
  static const CloseAtExit close_at_exit;
  return *registry;
}

// Before the process can fork.
[[gnu::constructor(102)]] static void make_registry() noexcept { Registry::instance(); }

bool Registry::is_in_fork() noexcept { return held != Held::nothing; }

Registry::Registry() {
  process::at_fork(process::ForkPlace::stores,
                   {&before_fork, &after_fork_in_parent, &after_fork_in_child});
}

Store* Registry::store_at(const std::filesystem::path& asked,
                          const std::filesystem::path& real_path, StoreOptions options) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<Store>& store = stores_[real_path.native()];
  if (!store) store.reset(new Store(real_path, options));
  asked_[asked.native()] = store.get();
  return store.get();
}

Store* Registry::asked_before(const std::filesystem::path& asked) {
  const std::lock_guard lock(mutex_);
  const auto found = asked_.find(asked.native());
  return found == asked_.end() ? nullptr : found->second;
}

std::vector<Store*> Registry::stores(Clock::time_point deadline) {
  std::vector<Store*> stores;
  if (!sqlite::lock_until(mutex_, deadline)) return stores;
  const std::lock_guard lock(mutex_, std::adopt_lock);
  for (const auto& [path, store] : stores_) stores.push_back(store.get());
  return stores;
}

void Registry::before_fork() noexcept {
  Registry& registry = instance();
  const auto deadline = Clock::now() + kLongestWaitForFork;
  sqlite::forks_waiting.fetch_add(1);
  held = Held::nothing;
  quiesced_stores = 0;
  if (!sqlite::lock_until(registry.mutex_, deadline)) return;
  held = Held::registry_only;
  for (const auto& [path, store] : registry.stores_) {
    if (!store->quiesce(deadline)) return;
    ++quiesced_stores;
  }
  held = Held::everything;
}

void Registry::resume_all() noexcept {
  if (held == Held::nothing) return;
  for (const auto& [path, store] : stores_) {
    if (quiesced_stores == 0) break;
    store->resume();
    --quiesced_stores;
  }
  held = Held::nothing;
  mutex_.unlock();
}

void Registry::after_fork_in_parent() noexcept {
  instance().resume_all();
  sqlite::forks_done.fetch_add(1);
  sqlite::forks_waiting.fetch_sub(1);
}

void Registry::after_fork_in_child() noexcept {
  Registry& registry = instance();
  if (held != Held::everything) {
    registry.unusable_.store(true);
  } else {
    for (const auto& [path, store] : registry.stores_) store->forget_other_threads();
  }
  registry.resume_all();
  sqlite::forks_waiting.store(0);  // the other threads that were in fork() are not in this process
}

void Registry::close_at_exit() noexcept {
  // A file that grows over its limit must not change how the process ends. For good: nothing of the
  // program's comes after this.
  sigset_t file_size;
  sigemptyset(&file_size);
  sigaddset(&file_size, SIGXFSZ);
  ::pthread_sigmask(SIG_BLOCK, &file_size, nullptr);
  const auto deadline = Clock::now() + kLongestWaitAtExit;
  if (is_unusable() || !sqlite::lock_until(mutex_, deadline)) return;
  for (const auto& [path, store] : stores_) store->close_at_exit(deadline);
  mutex_.unlock();
}

Store* Store::at(const std::filesystem::path& asked, const std::filesystem::path& place,
                 StoreOptions options) {
  return Registry::instance().store_at(asked, place, options);
}

void Store::open_all(Clock::time_point deadline) {
  for (Store* store : Registry::instance().stores(deadline)) {
    (void)store->run_until(deadline, [](Connection&) { return std::int64_t{0}; });
  }
}

}  // namespace dblog::store
