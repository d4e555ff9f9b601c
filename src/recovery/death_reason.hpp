// Why a process is gone that left no crash: the best that the evidence allows.
// Used by recovery.cpp.
#pragma once

#include <string>

#include "src/recovery/box_file.hpp"

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

/// Whether it was killed: something says so, or nothing else is left, because every end of its own
/// leaves a mark. Else it may have ended as it wanted to: `crashes.kind` is 'ended'.
bool was_killed(const BoxContent& box, const Evidence& evidence);

/// `crashes.msg` of kinds 'killed' and 'ended'.
std::string death_reason(const BoxContent& box, const Evidence& evidence);

}  // namespace dblog::recovery
