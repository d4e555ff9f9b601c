// Which functions of the C library that this library defines too are really ours for the program:
// a library that was loaded by dlopen(), or that stands behind another one, is not asked.
// Context: setup.
#pragma once

#include <cstddef>

namespace dblog::process {

/// Linked with -static: there is one definition of everything, and no loader to ask.
bool is_static_program() noexcept;

/// The first of `names` for which the program's own calls do not lead into the file that this
/// function is in, as it is not what the loader finds first in the program's scope; null: all do.
const char* first_of_others(const char* const* names, std::size_t count) noexcept;

template <std::size_t N>
const char* first_of_others(const char* const (&names)[N]) noexcept {
  return first_of_others(names, N);
}

}  // namespace dblog::process
