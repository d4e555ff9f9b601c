// Context: crash time.
#include "src/process/own_uuid.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

#include "src/base/monotonic_clock.hpp"
#include "src/process/per_process.hpp"

namespace dblog::process {
namespace {

using Halves = std::array<std::uint64_t, 2>;
static_assert(sizeof(Halves) == sizeof(base::Uuid));

// The generation (process_generation()) for which a UUID is being made, and the one that the UUID
// below belongs to. 0: none.
constinit std::atomic<std::uint32_t> begun_for{0};
constinit std::atomic<std::uint32_t> made_for{0};
constinit std::atomic<std::uint64_t> first_half{0};
constinit std::atomic<std::uint64_t> second_half{0};

}  // namespace

base::Uuid own_uuid_now() noexcept {
  const std::uint32_t mine = process_generation();
  if (made_for.load(std::memory_order_acquire) != mine) {
    std::uint32_t before = begun_for.load();
    if (before == mine || !begun_for.compare_exchange_strong(before, mine)) return {};
    const auto halves = std::bit_cast<Halves>(base::make_uuid());
    first_half.store(halves[0], std::memory_order_relaxed);
    second_half.store(halves[1], std::memory_order_relaxed);
    made_for.store(mine, std::memory_order_release);
  }
  return std::bit_cast<base::Uuid>(Halves{first_half.load(std::memory_order_relaxed),
                                          second_half.load(std::memory_order_relaxed)});
}

base::Uuid own_uuid() noexcept {
  base::Uuid uuid = own_uuid_now();
  while (base::is_nil(uuid)) {
    base::pause_for_a_millisecond();
    uuid = own_uuid_now();
  }
  return uuid;
}

}  // namespace dblog::process
