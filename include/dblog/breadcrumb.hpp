// Breadcrumbs: short texts that say what the program was about. The last 64 of a process are in the
// record of its crash, and in that of its violent end (table breadcrumbs).
//
//   dblog::breadcrumb("order 4711: charging the card");
#pragma once

#include <string_view>

#include "dblog/export.hpp"

namespace dblog {
inline namespace abi_1 {

/// Leaves a breadcrumb with time and thread; at most 160 bytes are kept. Never waits and never
/// fails. Takes some tens of nanoseconds, half as many more with ScrubRules::keys; only a thread's
/// first one makes a system call.
/// Breadcrumbs from before install_handlers() count too. A child after fork() has its own.
///
/// Threads: may be called from any thread, and from signal handlers.
DBLOG_EXPORT void breadcrumb(std::string_view text) noexcept;

}  // namespace abi_1
}  // namespace dblog
