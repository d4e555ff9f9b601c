// Where an error was pushed and where its exception was thrown: raw addresses at the call, files
// and offsets on the way to the store, names later (src/symbols).
// Used by EventLogger.
#pragma once

#include <typeinfo>

#include "dblog/event_logger.hpp"
#include "handlers/unwind/raw_stack.hpp"
#include "src/store/rows.hpp"

namespace dblog::event {

/// Taken first thing in a push, in the pushing function itself. Allocates nothing.
struct PushSite {
  /// `return_address`: __builtin_return_address(0) of the pushing function, so that no frame of
  /// dblog's is among those kept. Nothing is taken unless options.stack. `pushed_type`: of the
  /// exception that is pushed; it counts if none is in flight.
  PushSite(const PushOptions& options, const void* return_address,
           const std::type_info* pushed_type = nullptr) noexcept;

  crash::RawStack pushed_at;
  crash::RawStack thrown_at;                       ///< Empty if it is not known.
  const std::type_info* exception_type = nullptr;  ///< Null without an exception.
};

/// For the store, with the calling thread's ids.
[[nodiscard]] store::EventStackRow event_stack_row(const PushSite& site);

}  // namespace dblog::event
