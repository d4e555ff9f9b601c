// Which functions of the C library that this library defines too are really ours for the program:
// a library that was loaded by dlopen(), or that stands behind another one, is not asked.
// Context: setup.
#pragma once

namespace dblog::crash {

/// Linked with -static: there is one definition of everything, and no loader to ask.
bool is_static_program() noexcept;

/// Whether the program's own calls of `name` lead to `ours`: it is what the loader finds first in
/// the program's scope. `ours` must be a hidden name of the function: the address of the exported
/// one is whatever the loader found.
bool is_ours(const char* name, const void* ours) noexcept;

template <typename Function>
bool is_ours(const char* name, Function* ours) noexcept {
  return is_ours(name, reinterpret_cast<const void*>(ours));
}

}  // namespace dblog::crash
