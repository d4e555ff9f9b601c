// What class of end a crash of kind 'killed' had, from the words that src/recovery/ stored. Called
// for fingerprints and for sentences about crashes. Pure.
#pragma once

#include <string_view>

namespace dblog::grouping {

enum class KilledReason { out_of_memory, machine_stopped, unknown };

/// `message` is `crashes.msg`.
KilledReason killed_reason(std::string_view message);

/// "out of memory", "machine stopped", "unknown": part of fingerprints, so never to be changed.
std::string_view killed_reason_name(KilledReason reason);

}  // namespace dblog::grouping
