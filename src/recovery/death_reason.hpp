// Why a process is gone that left no crash: the best that the evidence allows.
// Used by recovery.cpp.
#pragma once

#include <string>

#include "src/recovery/box_file.hpp"
#include "src/schema/crash_facts.hpp"

namespace dblog::recovery {

/// What is known when the box is read.
struct Evidence {
  std::string boot_id;              ///< of the machine now
  std::int64_t oom_kills = -1;      ///< of the dead process's control group now; -1: not known
  std::int64_t process_start = -1;  ///< of the process that has the dead one's id now; -1: none
  std::string process_executable;   ///< of that process
};

Evidence gather_evidence(const crash::BlackBox::Identity& identity);

enum class Fate {
  died,         ///< a row says so
  lives,        ///< still there, though its lock is gone (it closed all descriptors)
  became_other  ///< exec() put another program into the process: nothing to report
};

Fate fate_of(const crash::BlackBox::Identity& identity, const Evidence& evidence);

/// Why it is gone. Without any evidence `unknown`: it was killed, because every end of its own
/// leaves a mark; or, if its ends leave none, `unmarked`: it may have ended as it wanted to.
schema::Cause cause_of_death(const BoxContent& box, const Evidence& evidence);

/// `crashes.msg` of a process that is gone for that cause.
std::string death_reason(const BoxContent& box, schema::Cause cause);

}  // namespace dblog::recovery
