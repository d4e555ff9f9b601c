// What class of end a crash of kind 'killed' had, from the words that src/recovery/ stored. Called
// for fingerprints. Pure.
#pragma once

#include <string>
#include <string_view>

namespace dblog::grouping {

/// "out of memory", "memory short", "machine stopped", "SIGUSR1" (the signal that killed it),
/// "signal" (one without a name), "unknown": part of fingerprints, so never to be changed.
/// `message` is `crashes.msg`.
std::string killed_reason(std::string_view message);

}  // namespace dblog::grouping
