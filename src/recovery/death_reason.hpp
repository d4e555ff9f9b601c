// Why a process is gone that left no crash: the best that the evidence allows.
#pragma once

#include <string>

#include "src/recovery/box_file.hpp"
#include "src/schema/crash_facts.hpp"

namespace dblog::recovery {

/// How a process ended, known to its parent, which waited for it.
struct WaitedEnd {
  std::int32_t process_id = 0;
  std::int64_t started_utc_microseconds = 0;  ///< or a moment earlier
  std::int32_t signal = 0;                    ///< that ended it; 0: it exited
  bool is_out_of_memory = false;              ///< the out-of-memory killer ended it
};

/// What is known when the box is read.
struct Evidence {
  process::ProcessIdentity process{};  ///< that has the dead one's id now; its boot: the machine's
  std::string executable;              ///< of that process
  std::int64_t oom_kills = -1;         ///< of the dead process's control group now; -1: not known
  bool is_in_kernel_log = false;       ///< as one that the out-of-memory killer ended
  std::int32_t waited_signal = 0;      ///< WaitedEnd::signal
  bool is_memory_known = false;        ///< WaitedEnd::is_out_of_memory
};

Evidence gather_evidence(const process::ProcessIdentity& recorded, const char* executable,
                         const char* cgroup_directory = "");

enum class Fate {
  died,  ///< a row says so
  /// Still there, though its lock is gone (it closed all descriptors), or dead and `dblog run` is
  /// about to record how.
  lives,
  became_other  ///< exec() put another program into the process: nothing to report
};

Fate fate_of(const process::ProcessIdentity& recorded, const char* executable,
             const Evidence& evidence);

/// Why it is gone. Without any evidence `unknown`: it was killed, because every end of its own
/// leaves a mark; or, if its ends leave none, `unmarked`: it may have ended as it wanted to.
schema::Cause cause_of_death(const BoxContent& box, const Evidence& evidence);

/// The signal that killed it, where the cause is Cause::signal.
std::int32_t killing_signal(const BoxContent& box, const Evidence& evidence);

/// When it was last known to be alive, in microseconds since 1970; as untrusted as the box.
std::int64_t last_sign_of_life(const BoxContent& box);

/// `crashes.msg` of a process that is gone for that cause.
std::string death_reason(const BoxContent& box, schema::Cause cause, const Evidence& evidence);

}  // namespace dblog::recovery
