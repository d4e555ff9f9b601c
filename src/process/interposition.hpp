// Which functions of the C library that this library defines too are really ours for the program:
// a library that was loaded by dlopen(), or that stands behind another one, is not asked.
// Context: setup.
#pragma once

#include <cstddef>

namespace dblog::crash {

/// Linked with -static: there is one definition of everything, and no loader to ask.
bool is_static_program() noexcept;

/// Whether the program's own calls of `name` lead into the file that this function is in: it is
/// what the loader finds first in the program's scope.
bool is_ours(const char* name) noexcept;

/// The first of `names` that is not; null: all are.
template <std::size_t N>
const char* first_of_others(const char* const (&names)[N]) noexcept {
  for (const char* const name : names) {
    if (!is_ours(name)) return name;
  }
  return nullptr;
}

}  // namespace dblog::crash
