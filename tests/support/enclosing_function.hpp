// Which function a captured address lies in, asked of the unwind tables: needs no symbols.
#pragma once

#include <unwind.h>

#include <cstdint>

namespace dblog::test {

/// Where the function begins that holds the call before the return address.
inline const void* enclosing_function(std::uint64_t return_address) {
  return _Unwind_FindEnclosingFunction(reinterpret_cast<void*>(return_address - 1));
}

template <typename Function>
const void* start_of(Function* function) {
  return reinterpret_cast<const void*>(function);
}

}  // namespace dblog::test
