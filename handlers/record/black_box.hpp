// The black box: a memory-mapped file per process, beside the database, that survives the process
// whatever ends it. The crash record is filled in there, so that from the first step on nothing can
// be lost; a box that was not removed says by itself that the process did not end well.
// Context: crash time. Every function is system calls and memory writes only.
//
// Life: made under a temporary name, locked (open-file-description lock), filled, renamed to
// DATABASE-box-PID-UUID; removed on a clean exit, on SIGTERM and the like, and after a committed
// crash. A box whose lock is free belongs to a dead process: src/recovery imports it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "handlers/record/breadcrumb_ring.hpp"
#include "handlers/record/context_values.hpp"
#include "handlers/record/crash_record.hpp"
#include "handlers/record/process_facts.hpp"
#include "src/process/process_identity.hpp"
#include "src/schema/process_end.hpp"

namespace dblog::crash {

/// Between the database's path and "PID-UUID".
inline constexpr std::string_view kBoxInfix = "-box-";
/// While it is being made.
inline constexpr std::string_view kUnfinishedBoxInfix = "-newbox-";

/// At least four bits apart: a damaged state is no other state.
enum class RecordState : std::uint32_t {
  none = 0,          ///< no crash
  begun = 0x0F,      ///< a crash is being recorded: what is there may be half of it
  complete = 0xF0,   ///< sealed by record_checksum, not known to be committed
  committed = 0xFF,  ///< the database has it
};

/// What the file holds. Written by one process on one machine and read by others of the same kind:
/// `size` and `layout` differ where the program that reads was built from another version.
struct BlackBox {
  static constexpr char kMagic[8] = {'d', 'b', 'l', 'o', 'g', 'b', 'o', 'x'};
  static constexpr std::uint32_t kLayout = 8;

  struct Identity {
    char magic[8];
    std::uint32_t layout;
    std::uint32_t size;
    base::Uuid process_uuid;  ///< also of the row that says that the process was killed
    process::ProcessIdentity process;
    std::int64_t installed_utc_microseconds;
    std::int64_t oom_kills;  ///< of the control group, when the box was made; -1: not known
    ProcessFacts facts;
    std::uint64_t checksum;  ///< of all above, except facts.environment, which may change
  };

  /// The last look at the hardware before the process was gone. `version` is odd while it is
  /// written; 0: there was none.
  struct LastSample {
    std::atomic<std::uint32_t> version;
    std::atomic<std::int64_t> utc_microseconds;
    base::HardwareSample sample;
  };

  Identity identity;
  LastSample last_sample;
  BreadcrumbRing breadcrumbs;
  ProcessContext context;
  std::atomic<std::int64_t> last_seen_utc_microseconds;
  std::atomic<bool> is_ended;           ///< by the program's own will: it exited, or called exec()
  std::atomic<schema::ProcessEnd> end;  ///< how, if it is
  std::atomic<bool> has_unmarked_ends;  ///< since it began: a runtime came that marks none
  std::atomic<std::int32_t> fatal_signal;  ///< that it did not handle and that ends it; 0: none
  std::atomic<RecordState> record_state;
  std::uint64_t record_checksum;
  CrashRecord record;
};
static_assert(std::is_trivially_copyable_v<BlackBox::Identity>);
static_assert(std::is_standard_layout_v<BlackBox>);
static_assert(std::atomic<std::int64_t>::is_always_lock_free);
static_assert(std::atomic<RecordState>::is_always_lock_free);

/// Of the identity without its last field and facts.environment.
std::uint64_t checksum_of(const BlackBox::Identity& identity) noexcept;

/// Of the parts of a record that are in use.
std::uint64_t checksum_of(const CrashRecord& record) noexcept;

/// Makes this process's box. 0, or errno. Nothing to do if it has one, or beside a place where no
/// database may be.
int open_black_box(const ProcessFacts& facts) noexcept;

/// This process's box; null if there is none. Another program may truncate the file: then the
/// process goes on without it (mapped_files.hpp).
BlackBox* black_box() noexcept;

/// Whether what is in the box survives the process: another program may have deleted, replaced or
/// truncated its file.
bool is_black_box_in_place() noexcept;

/// Takes the file away: this process ends well, or dies of a crash that the database has. The
/// mapping stays. Where the file cannot be deleted any more, it says that there is nothing to tell.
void remove_black_box() noexcept;

/// The process ends by its own will: the same, unless the box has a crash that is not committed.
void remove_black_box_at_own_end() noexcept;

/// The process was seen alive just now: called wherever it does something with the database. A
/// committed crash is over with that if it is the crashed thread that lives on, or a long time
/// has passed; other threads work on while a process dies.
void mark_black_box_alive() noexcept;

/// Whether a crash is recorded in it that is not over.
bool has_crash_in_black_box() noexcept;

/// A handler has repaired what crashed: a committed crash is over.
void mark_crash_survived() noexcept;

/// Keeps a look at this process's hardware, for the case that it is killed.
void keep_in_black_box(const base::HardwareSample& sample) noexcept;

/// Takes and keeps one, if the last is older than ten seconds and snapshots are wanted. Cost then:
/// sample_hardware(). Not at crash time.
void refresh_sample_in_black_box() noexcept;

/// Where the program runs from here on. One thread at a time. A process that is killed meanwhile
/// may leave half of it.
void set_environment_in_black_box(std::string_view environment) noexcept;

/// Before exec(), and after one that failed; at an end that the database cannot be told.
void mark_black_box_ended(bool is_ended, schema::ProcessEnd how) noexcept;

/// From here on the process may end without marking that.
void expect_unmarked_ends() noexcept;

/// The process is about to die of a signal that is no crash.
void mark_black_box_killed_by(int signal) noexcept;

/// remove_black_box(), and forgets the mapping, so that another box may be opened. Context: setup.
void close_black_box() noexcept;

/// In the child right after fork(): the box is the parent's.
void leave_black_box_to_parent() noexcept;

}  // namespace dblog::crash
