// Where an error was pushed and where its exception was thrown: raw addresses at the call, files
// and offsets on the way to the store, names later (src/symbols).
// Used by EventLogger.
#pragma once

#include <typeinfo>

#include "handlers/unwind/raw_stack.hpp"
#include "src/store/rows.hpp"

namespace dblog {

/// Taken first thing in a push, in the pushing function itself. Allocates nothing.
struct PushSite {
  /// `return_address`: __builtin_return_address(0) of the pushing function, so that no frame of
  /// dblog's is among those kept. Nothing is taken unless it `is_wanted`.
  PushSite(bool is_wanted, const void* return_address) noexcept;

  crash::RawStack pushed_at;
  crash::RawStack thrown_at;                       ///< Empty if it is not known.
  const std::type_info* exception_type = nullptr;  ///< Of the exception in flight, if there is one.
};

/// For the store, with the calling thread's ids.
[[nodiscard]] store::EventStackRow event_stack_row(const PushSite& site);

}  // namespace dblog
