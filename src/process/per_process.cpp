// Context: crash time.
#include "src/process/per_process.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

namespace dblog::process {
namespace {

using Generation = std::atomic<std::uint32_t>;
static_assert(Generation::is_always_lock_free);

constinit std::atomic<Generation*> wiped_page{nullptr};
constinit Generation last_generation{0};

// Null where the kernel cannot wipe it.
Generation* find_page() noexcept {
  if (Generation* page = wiped_page.load(std::memory_order_acquire)) return page;
  constexpr std::size_t kSize = 4'096;
  void* memory = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  auto* mine = static_cast<Generation*>(memory);
  Generation* page = nullptr;
  if (::madvise(memory, kSize, MADV_WIPEONFORK) == 0 &&
      wiped_page.compare_exchange_strong(page, mine)) {
    return mine;
  }
  ::munmap(memory, kSize);
  return page;
}

}  // namespace

std::uint32_t process_generation() noexcept {
  Generation* const page = find_page();
  if (page == nullptr) return static_cast<std::uint32_t>(::getpid());
  std::uint32_t generation = page->load(std::memory_order_acquire);
  if (generation != 0) return generation;
  const std::uint32_t mine = last_generation.fetch_add(1) + 1;
  return page->compare_exchange_strong(generation, mine) ? mine : generation;
}

}  // namespace dblog::process
