// What a queue file holds: who made it, the names of tables, and a ring of slots with events.
// Shared by the process that writes it (event_ring, queue_file) and by those that read what a dead
// process left (queue_reader), on one machine.
//
// An event takes one slot, or several that follow each other: the first begins with an EntryHead,
// all hold a part of the message. Positions count slots from the making of the file and are never
// used twice; position p lies in slot p modulo the number of slots. A slot's stamp is p + 1, in
// parts after the first with kFurtherPart. The first slot is stamped last, so that an event whose
// producer was killed in the middle of it is known by a stamp that is missing, or is that of an
// earlier round.
#pragma once

#include <array>
#include <atomic>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "src/base/uuid.hpp"
#include "src/process/process_identity.hpp"

namespace dblog::queue {

/// Between the database's path and "PID-UUID"; while the file is being made, and then.
inline constexpr std::string_view kNewQueueInfix = "-newqueue-";
inline constexpr std::string_view kQueueInfix = "-queue-";

struct QueueIdentity {
  static constexpr std::array<char, 8> kMagic = {'d', 'b', 'l', 'o', 'g', 'q', 'u', 'e'};
  /// Layout 1 had no events with facts, layout 2 none with a context, layouts 1 to 3 no
  /// process_uuid; all are read as they are.
  static constexpr std::uint32_t kLayout = 4;
  static constexpr std::uint32_t kOldestLayout = 1;

  std::array<char, 8> magic;
  std::uint32_t layout;
  std::uint32_t slot_count;  ///< a power of two
  base::Uuid uuid;
  process::ProcessIdentity process;
  char executable[PATH_MAX];
  std::uint64_t checksum;  ///< of all above
};
static_assert(std::is_trivially_copyable_v<QueueIdentity>);

inline constexpr std::size_t kMaxTables = 256;
inline constexpr std::size_t kTableNameSize = 136;  // TableName::kMaxBytes and a NUL

struct QueueHead {
  QueueIdentity identity;
  std::atomic<std::uint32_t> table_count;  ///< raised when the name is there
  char table_names[kMaxTables][kTableNameSize];
  /// Of the process, as in dblog_processes; all zero in files of layouts 1 to 3. Last, so that
  /// their slots begin where ours do.
  base::Uuid process_uuid;
};

struct EntryHead {
  /// In `table`: facts stand behind the message (event_record.hpp), and count as part of it here.
  static constexpr std::uint16_t kHasFacts = 1U << 15U;

  std::int64_t utc_microseconds;
  std::uint32_t seal;
  std::uint16_t table;
  std::uint16_t message_size;

  [[nodiscard]] bool has_facts() const noexcept { return (table & kHasFacts) != 0; }
  [[nodiscard]] std::uint16_t table_number() const noexcept {
    return static_cast<std::uint16_t>(table & ~std::uint32_t{kHasFacts});
  }
};
static_assert(sizeof(EntryHead) == 16);
static_assert(kMaxTables <= EntryHead::kHasFacts);

struct Slot {
  static constexpr std::size_t kBytes = 120;
  static constexpr std::uint64_t kFurtherPart = std::uint64_t{1} << 63U;
  static constexpr std::uint64_t kAbandoned = std::uint64_t{1} << 62U;

  std::atomic<std::uint64_t> stamp;
  char bytes[kBytes];
};
static_assert(sizeof(Slot) == 128);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

inline constexpr std::size_t kFirstPart = Slot::kBytes - sizeof(EntryHead);
inline constexpr std::size_t kMaxMessage = 4'096;  // with its facts

constexpr std::uint64_t slots_for(std::size_t message_size) noexcept {
  if (message_size <= kFirstPart) return 1;
  return 1 + (message_size - kFirstPart + Slot::kBytes - 1) / Slot::kBytes;
}

/// Slots begin at a page.
inline constexpr std::size_t kSlotsAt = (sizeof(QueueHead) + 4'095) / 4'096 * 4'096;

static_assert(kSlotsAt == 40'960);  // as in layouts 1 to 3

constexpr std::size_t file_size(std::size_t slot_count) noexcept {
  return kSlotsAt + slot_count * sizeof(Slot);
}

inline constexpr std::uint64_t kDigestPrime = 0x9E3779B97F4A7C15U;

/// Of an event's content. Finds torn and flipped bits: after a loss of power a slot may be half on
/// the disk. It keeps no attacker out.
inline std::uint64_t digest_of(std::int64_t utc_microseconds, std::uint16_t table,
                               std::string_view message) noexcept {
  std::uint64_t value = static_cast<std::uint64_t>(utc_microseconds) * kDigestPrime;
  value ^= std::uint64_t{table} << 32U | message.size();
  const char* at = message.data();
  std::size_t left = message.size();
  std::uint64_t word;
  for (; left >= sizeof word; left -= sizeof word, at += sizeof word) {
    std::memcpy(&word, at, sizeof word);
    value = (value ^ word) * kDigestPrime;
  }
  word = 0;
  if (left > 0) std::memcpy(&word, at, left);
  return (value ^ word) * kDigestPrime;
}

/// EntryHead::seal of an event at its place.
constexpr std::uint32_t seal_of(std::uint64_t position, std::uint64_t digest) noexcept {
  return static_cast<std::uint32_t>(((digest ^ position) * kDigestPrime) >> 32U);
}

/// QueueIdentity::checksum.
inline std::uint64_t checksum_of(const QueueIdentity& identity) noexcept {
  return digest_of(0, 0,
                   {reinterpret_cast<const char*>(&identity), offsetof(QueueIdentity, checksum)});
}

}  // namespace dblog::queue
