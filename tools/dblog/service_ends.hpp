// What systemd knows of processes that are gone: it waited for those that it had started.
// Used by the verbs that recover; never by a program that installs its handlers, which has no time
// to wait for another process.
#pragma once

#include "src/recovery/recovery.hpp"

namespace dblog::tool {

/// Asks systemctl (systemctl(1), `show`) for the service in whose control group a process was, for
/// five seconds at most. It knows the end of a service's newest run, of its main process.
recovery::WaitedEnds ends_of_services();

}  // namespace dblog::tool
