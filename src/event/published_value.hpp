// A value that pushes read while the program starts, forks and exits, and that may be set again.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

namespace dblog::event {

/// Values are never freed, because a thread may be reading them; all stay reachable from the last
/// one. Threads: any; trivially destroyed, so also after main().
template <typename T>
class PublishedValue {
 public:
  constexpr PublishedValue() = default;

  /// Null before the first set().
  [[nodiscard]] const T* get() const noexcept {
    const Entry* entry = last_.load();
    return entry ? &entry->value : nullptr;
  }

  void set(T value) {
    auto entry = std::make_unique<Entry>(Entry{std::move(value), last_.load()});
    while (!last_.compare_exchange_weak(entry->before, entry.get())) {
    }
    (void)entry.release();
  }

 private:
  struct Entry {
    T value;
    const Entry* before;
  };

  std::atomic<const Entry*> last_{nullptr};
};

}  // namespace dblog::event
