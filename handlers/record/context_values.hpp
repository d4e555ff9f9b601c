// The values of a context: those of the scopes that a thread is in, and those of the process
// (dblog/context.hpp), as bytes of src/base/field_bytes.hpp. Events and crashes copy them.
// Context: crash time. Lock-free; readers believe no size or count that they find.
//
// What is being written when its thread crashes does not count: a number that says how much is
// there is stored last. A thread's scopes are its own; the process's values have two halves, of
// which one is whole at any time, also in a file that outlives the process.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "handlers/record/crash_record.hpp"

namespace dblog::crash {

/// The scopes that one thread is in, the innermost last. All zeros: none. Made by the thread's
/// first scope, written by that thread only, read by it and its signal handlers.
struct ContextScopes {
  static constexpr std::uint32_t kMaxScopes = 128;
  static constexpr std::uint32_t kBytes = 4'096;

  struct Scope {
    std::uint64_t number;  ///< tells scopes apart; 0: ended before one inside of it
    std::uint32_t end;     ///< of its fields, which begin where those of the one before end
  };

  std::atomic<std::uint32_t> count;
  std::uint64_t last_number;
  Scope scopes[kMaxScopes];
  char bytes[kBytes];
};

/// Of the calling thread; null until its first scope. In the block that every thread starts with,
/// so that a handler finds it without a call.
[[gnu::tls_model("initial-exec")]] extern constinit thread_local ContextScopes* own_scopes;

/// The values that belong to the whole process. All zeros: none.
struct ProcessContext {
  static constexpr std::size_t kBytes = 4'096;
  static constexpr std::size_t kWords = kBytes / sizeof(std::uint64_t);

  /// How often it was changed, times 2^16, and the size of what the half with that number has.
  std::atomic<std::uint64_t> state;
  std::atomic<std::uint64_t> halves[2][kWords];
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

/// As much as copy_context() copies at most.
inline constexpr std::size_t kMaxContext = CrashRecord::kMaxContext;
static_assert(kMaxContext == ContextScopes::kBytes + ProcessContext::kBytes);

/// Replaces the values, at most kBytes of them. One writer at a time.
void publish(ProcessContext& context, std::string_view fields) noexcept;

/// Copies the values; how many bytes they are, nothing copied if `capacity` is less. 0 too if they
/// changed whenever they were read.
std::size_t copy_fields(const ProcessContext& context, char* to, std::size_t capacity) noexcept;

/// The same for a thread's scopes: the innermost first.
std::size_t copy_fields(const ContextScopes& scopes, char* to, std::size_t capacity) noexcept;

/// The process's own; a child after fork() keeps it.
extern ProcessContext process_context;

/// Whether there is a value. Cheap: it is asked for every push.
[[nodiscard]] inline bool has_context() noexcept {
  const ContextScopes* const scopes = own_scopes;
  return (scopes != nullptr && scopes->count.load(std::memory_order_relaxed) != 0) ||
         static_cast<std::uint16_t>(process_context.state.load(std::memory_order_relaxed)) != 0;
}

/// The values of the calling thread's scopes, the innermost first, then those of the process: the
/// first of a name counts. How many bytes they are, whether or not `capacity` suffices.
std::size_t copy_context(char* to, std::size_t capacity) noexcept;

/// The two halves of that as steps of a crash. Each fills `record.context` as far as it comes.
void read_scopes(CrashRecord& record) noexcept;
void read_process_context(const ProcessContext& context, CrashRecord& record) noexcept;

/// From now on the process's values are kept in `mirror`, too: the black box's. A thread that
/// changes them just now does it. Context: setup.
void mirror_process_context(ProcessContext& mirror) noexcept;

/// No longer: the black box is gone, or is the parent's.
void leave_context_mirror() noexcept;

/// Changes of the process's values, one at a time. Not in signal handlers.
class ProcessContextChange {
 public:
  /// Has the turn, unless another thread has it for too long.
  ProcessContextChange() noexcept;
  ~ProcessContextChange();
  ProcessContextChange(const ProcessContextChange&) = delete;
  ProcessContextChange& operator=(const ProcessContextChange&) = delete;

  [[nodiscard]] bool has_turn() const noexcept { return has_turn_; }
  void publish(std::string_view fields) noexcept;

 private:
  bool has_turn_;
};

}  // namespace dblog::crash
