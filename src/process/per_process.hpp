// Values of one process each: a child does not find its parent's, however it was made, and makes
// its own when it first needs one.
// Context: process_generation() is async-signal-safe; the rest is for ordinary code. Threads: any.
#pragma once

#include <atomic>
#include <cstdint>

namespace dblog::process {

/// Differs between a process and all that it was forked from, whatever became of their ids.
/// Usually without a system call: the kernel wipes the page that it is on in a child (Linux 4.14).
std::uint32_t process_generation() noexcept;

/// Values are not freed, except by remove(): another thread of the parent may have been using its
/// value, locks included, and that is what the child sees. All stay reachable from the last one.
template <typename T>
class PerProcess {
 public:
  constexpr PerProcess() = default;

  /// Null if this process has none yet. A few nanoseconds.
  [[nodiscard]] T* get() const noexcept { return own(last_.load(std::memory_order_acquire)); }

  /// `make(T* of_parent)` gives a std::unique_ptr; of several threads' values the first one stays.
  template <typename Make>
  T& get_or_make(Make make) {
    Entry* last = last_.load(std::memory_order_acquire);
    if (T* known = own(last)) return *known;
    auto value = make(last == nullptr ? nullptr : last->value);
    auto* mine = new Entry{process_generation(), last, value.get()};
    if (!last_.compare_exchange_strong(last, mine)) {
      delete mine;
      return *last->value;
    }
    return *value.release();
  }

  /// Frees this process's value, which no thread may be using.
  void remove() noexcept {
    Entry* const last = last_.load();
    if (own(last) == nullptr) return;
    last_.store(last->of_parent);
    delete last->value;
    delete last;
  }

 private:
  struct Entry {
    std::uint32_t generation;
    Entry* of_parent;
    T* value;
  };

  static T* own(const Entry* entry) noexcept {
    return entry != nullptr && entry->generation == process_generation() ? entry->value : nullptr;
  }

  std::atomic<Entry*> last_{nullptr};
};

}  // namespace dblog::process
