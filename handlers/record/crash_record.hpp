// All that is known of one crash, in one block of fixed size: what the capture steps fill and the
// crash connection writes.
// Context: crash time. Trivially copyable, no pointers, so that it can live in a mapped file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "src/base/hardware_sample.hpp"
#include "src/base/uuid.hpp"
#include "src/schema/crash_facts.hpp"

namespace dblog::crash {

/// `crashes.kind`.
enum class CrashKind : std::uint8_t { signal, exception, terminate, killed, ended };

/// One return address or interrupted instruction of the crashed thread's stack.
struct Frame {
  std::uint64_t address = 0;
  std::uint32_t depth = 0;         ///< 0 is where it happened
  std::uint16_t module = 0;        ///< of CrashRecord::modules, counted from 1; 0: none
  bool is_return_address = false;  ///< the call is before it: look up address - 1
};

/// A loaded file that frames lie in.
struct Module {
  static constexpr std::size_t kMaxBuildId = 32;

  std::uint64_t load_bias = 0;  ///< run-time address - address in the file's own numbering
  std::uint8_t build_id[kMaxBuildId] = {};
  std::uint8_t build_id_size = 0;  ///< 0: the file has none
  char path[512] = {};
};

/// What the program said that it was about.
struct Breadcrumb {
  static constexpr std::size_t kMaxText = 160;

  std::uint64_t number;  ///< counts from 1 in its process
  std::int64_t utc_microseconds;
  std::int32_t thread_id;
  char text[kMaxText + 1];
};

/// Where another thread was when this one crashed.
struct ThreadStack {
  static constexpr std::size_t kMaxFrames = 32;

  std::int32_t thread_id;
  char name[16];
  bool has_answered;  ///< else its frames are not known: it blocks signals, or was stopped
  std::uint32_t frame_count;
  Frame frames[kMaxFrames];
};

/// Filled step by step. What is counted below needs no clearing: a count says how much is there.
struct CrashRecord {
  /// A deep stack keeps both its ends.
  static constexpr std::size_t kFirstFrames = 192;
  static constexpr std::size_t kLastFrames = 64;
  static constexpr std::size_t kMaxFrames = kFirstFrames + kLastFrames;
  static constexpr std::size_t kMaxModules = 64;
  static constexpr std::size_t kMaxThreads = 64;
  static constexpr std::size_t kMaxRegisters = 40;
  static constexpr std::size_t kMaxBreadcrumbs = 64;
  static constexpr std::size_t kMaxContext = 8 * 1024;
  static constexpr std::size_t kMaxContextFields = 64;
  static constexpr std::size_t kMaxMessage = 64 * 1024;
  static constexpr std::size_t kMaxNote = 1'024;

  CrashKind kind = CrashKind::signal;
  bool has_fault_address = false;
  bool has_hardware = false;
  bool has_sender = false;
  bool has_system_call = false;
  bool has_noexcept_frame = false;
  bool was_unwinding = false;  ///< with it: another exception was still on its way out
  schema::Access access = schema::Access::unknown;
  schema::Cause cause = schema::Cause::unrecorded;
  schema::Phase phase = schema::Phase::unknown;
  schema::NoteState note_state = schema::NoteState::none;
  std::int32_t signal = 0;
  std::int32_t signal_code = 0;
  std::int32_t sender_pid = 0;
  std::uint32_t sender_uid = 0;
  std::int32_t system_call = 0;  ///< the one that was forbidden
  std::int32_t killed_by = 0;    ///< the signal that ended it and is no crash; 0: none
  std::uint64_t fault_address = 0;
  std::int32_t process_id = 0;
  std::int32_t thread_id = 0;
  std::int64_t utc_microseconds = 0;
  base::Uuid uuid;
  base::Uuid process_uuid;
  char thread_name[16] = {};
  char exception_type[512] = {};
  base::HardwareSample hardware;

  std::uint32_t noexcept_depth = 0;  ///< of frames: the function that the exception could not leave
  std::uint32_t frame_count = 0;     ///< filled entries of frames, in order of depth
  std::uint32_t frames_left_out = 0;  ///< between the first and the last
  std::uint32_t module_count = 0;
  std::uint32_t register_count = 0;  ///< as register_name() counts them; 0: not known
  std::uint32_t thread_count = 0;    ///< of the others
  std::uint32_t threads_left_out = 0;
  std::uint32_t breadcrumb_count = 0;  ///< oldest first
  std::uint32_t context_size = 0;      ///< fields as in field_bytes.hpp; the first of a name counts
  std::uint32_t message_size = 0;

  Frame frames[kMaxFrames];
  std::uint64_t registers[kMaxRegisters];
  Module modules[kMaxModules];
  Breadcrumb breadcrumbs[kMaxBreadcrumbs];
  ThreadStack threads[kMaxThreads];
  char context[kMaxContext];
  char message[kMaxMessage];
  char note[kMaxNote];  ///< The program's own; nothing unless note_state says so.
};
static_assert(std::is_trivially_copyable_v<CrashRecord>);

/// The file that the frame lies in; null if it is not known.
inline const Module* module_of(const CrashRecord& record, const Frame& frame) noexcept {
  const bool is_known = frame.module != 0 && frame.module <= record.module_count;
  return is_known ? &record.modules[frame.module - 1] : nullptr;
}

}  // namespace dblog::crash
