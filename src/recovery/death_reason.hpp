// Why a process is gone that left no crash: the best that the evidence allows.
// Used by recovery.cpp.
#pragma once

#include <string>

#include "src/recovery/box_file.hpp"
#include "src/schema/crash_facts.hpp"

namespace dblog::recovery {

/// What is known when the box is read.
struct Evidence {
  process::ProcessIdentity process{};  ///< that has the dead one's id now; its boot: the machine's
  std::string executable;              ///< of that process
  std::int64_t oom_kills = -1;         ///< of the dead process's control group now; -1: not known
};

Evidence gather_evidence(const process::ProcessIdentity& recorded, const char* executable,
                         const char* cgroup_directory = "");

enum class Fate {
  died,         ///< a row says so
  lives,        ///< still there, though its lock is gone (it closed all descriptors)
  became_other  ///< exec() put another program into the process: nothing to report
};

Fate fate_of(const process::ProcessIdentity& recorded, const char* executable,
             const Evidence& evidence);

/// Why it is gone. Without any evidence `unknown`: it was killed, because every end of its own
/// leaves a mark; or, if its ends leave none, `unmarked`: it may have ended as it wanted to.
schema::Cause cause_of_death(const BoxContent& box, const Evidence& evidence);

/// `crashes.msg` of a process that is gone for that cause.
std::string death_reason(const BoxContent& box, schema::Cause cause);

}  // namespace dblog::recovery
