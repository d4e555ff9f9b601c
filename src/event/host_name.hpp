// The name of this machine. Context: ordinary code.
#pragma once

#include <string>

namespace dblog::event {

/// Empty if the kernel has none.
std::string host_name();

}  // namespace dblog::event
