// A push whose stack begins at the caller of a function of dblog's, for the C interface.
// Threads: as EventLogger::push_to_table().
#pragma once

#include <string_view>

#include "dblog/event_logger.hpp"

namespace dblog {
inline namespace abi_1 {

struct PushFrom {
  /// `caller`: __builtin_return_address(0) of the function that the program called.
  static PushResult push(EventLogger& logger, std::string_view message, const PushOptions& options,
                         const void* caller) noexcept;
};

}  // namespace abi_1
}  // namespace dblog
