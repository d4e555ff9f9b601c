// Context: crash time.
#include "src/process/mapped_files.hpp"

#include <sys/mman.h>

#include <atomic>

#include "src/base/monotonic_clock.hpp"

namespace dblog::process {
namespace {

// `begin` is written last and is what readers look at first: 0 is a free place.
struct Guarded {
  std::atomic<std::uintptr_t> begin;
  std::atomic<std::size_t> size;
  std::atomic<Mend> mend;
  std::atomic<void*> owner;
  std::atomic<bool> has_no_file;
};
static_assert(std::atomic<Mend>::is_always_lock_free);

constexpr std::uintptr_t kFree = 0;
constexpr std::uintptr_t kTaken = 1;  // no mapping begins there
constexpr std::size_t kMaxGuarded = 256;
constinit Guarded guarded_mappings[kMaxGuarded]{};

// Two threads may fault at once: the second mend would wipe what the first thread wrote since.
class OneAtATime {
 public:
  OneAtATime() noexcept {
    // An owner that died in the middle must not hold up the others.
    constexpr int kMostPauses = 1'000;
    for (int i = 0; is_mending.exchange(true, std::memory_order_acquire) && i < kMostPauses; ++i) {
      base::pause_for_a_millisecond();
    }
  }
  ~OneAtATime() { is_mending.store(false, std::memory_order_release); }
  OneAtATime(const OneAtATime&) = delete;
  OneAtATime& operator=(const OneAtATime&) = delete;

 private:
  static constinit std::atomic<bool> is_mending;
};
constinit std::atomic<bool> OneAtATime::is_mending{false};

Guarded* find(std::uintptr_t address) noexcept {
  for (Guarded& guarded : guarded_mappings) {
    const std::uintptr_t begin = guarded.begin.load(std::memory_order_acquire);
    if (begin == kFree || begin == kTaken || address < begin) continue;
    if (address - begin < guarded.size.load(std::memory_order_relaxed)) return &guarded;
  }
  return nullptr;
}

}  // namespace

bool guard_mapping(void* begin, std::size_t size, Mend mend, void* owner) noexcept {
  for (Guarded& guarded : guarded_mappings) {
    std::uintptr_t free = kFree;
    if (!guarded.begin.compare_exchange_strong(free, kTaken)) continue;
    guarded.size.store(size, std::memory_order_relaxed);
    guarded.mend.store(mend, std::memory_order_relaxed);
    guarded.owner.store(owner, std::memory_order_relaxed);
    guarded.has_no_file.store(false, std::memory_order_relaxed);
    guarded.begin.store(reinterpret_cast<std::uintptr_t>(begin), std::memory_order_release);
    return true;
  }
  return false;
}

void unguard_mapping(const void* begin) noexcept {
  for (Guarded& guarded : guarded_mappings) {
    auto ours = reinterpret_cast<std::uintptr_t>(begin);
    if (guarded.begin.compare_exchange_strong(ours, kFree)) return;
  }
}

bool mend_mapping(const void* address) noexcept {
  const OneAtATime one_at_a_time;
  Guarded* const guarded = find(reinterpret_cast<std::uintptr_t>(address));
  if (guarded == nullptr) return false;
  if (guarded->has_no_file.load(std::memory_order_relaxed)) return true;
  const Mended mended = guarded->mend.load(std::memory_order_relaxed)(
      guarded->owner.load(std::memory_order_relaxed),
      reinterpret_cast<void*>(guarded->begin.load(std::memory_order_relaxed)),
      guarded->size.load(std::memory_order_relaxed));
  guarded->has_no_file.store(mended == Mended::for_good, std::memory_order_relaxed);
  return mended != Mended::failed;
}

bool replace_by_memory(void* begin, std::size_t size) noexcept {
  return ::mmap(begin, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                0) != MAP_FAILED;
}

}  // namespace dblog::process
