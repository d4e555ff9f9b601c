// LOGS.db-flush: of the tools that programs start for one database one works and at most one waits
// for its turn; a program need not start another while there is one. One more may stand by until a
// message is due.
//
// The lock only saves processes: claims in the outbox keep a message from being sent twice. So the
// tool bypasses a lock that says nothing (another user's file, a tool that was stopped or hangs),
// and nothing waits for it. Used by src/api/tool_delivery.cpp and `dblog flush --linger`.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace dblog::sqlite {

/// The bytes that are locked (fcntl(2)): the first two with F_SETLK, the third with F_OFD_SETLK.
inline constexpr off_t kSenderWorks = 0;
inline constexpr off_t kSenderWaits = 1;
inline constexpr off_t kSenderStandsBy = 2;

/// The one that works touches the file before each round and each sleep, of a minute at most. One
/// that has not done so for this long makes no progress.
inline constexpr std::chrono::seconds kSenderPatience{90};

enum class SenderState : std::uint8_t {
  none,
  active,
  stuck,  ///< stopped (SIGSTOP, a debugger), or without progress for kSenderPatience
};

[[nodiscard]] std::filesystem::path sender_lock_path(const std::filesystem::path& database);

/// Whether the open file still is the lock file: a tool that bypasses a stuck holder replaces it.
[[nodiscard]] bool is_lock_file(int descriptor, const std::filesystem::path& path) noexcept;

/// The process that has locked that byte of the open lock file.
[[nodiscard]] SenderState sender_at(int descriptor, off_t byte);

struct SenderSeen {
  bool is_active = false;  ///< It looks for messages once more before it ends.
  bool stands_by = false;  ///< One sleeps until a message is due.
  std::string refusal;     ///< Why the file says nothing, and what to do; empty if it does.
};

/// Never waits.
[[nodiscard]] SenderSeen see_sender(const std::filesystem::path& database);

}  // namespace dblog::sqlite
