// Signals by name: for rows and messages, and for fingerprints.
// Context: any.
#pragma once

namespace dblog::base {

/// "SIGSEGV"; "signal" for one that dblog does not know. Part of fingerprints: a name that is given
/// is never changed.
const char* signal_name(int signal) noexcept;

}  // namespace dblog::base
