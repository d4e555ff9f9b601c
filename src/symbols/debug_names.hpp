// What a function is called, and in which file, by its debug information. Called by DebugInfo.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <string>

namespace dblog::symbols {

/// The name of a function or inlined call with its parameter types where the compiler kept them
/// (its mangled name), else with its namespaces and classes. Empty if it has none.
std::string function_name(Dwarf_Die function);

/// `file` made absolute with the directory in which `unit` was compiled.
std::string source_path(Dwarf_Die unit, const char* file);

/// The unsigned value of an attribute, 0 if it is not there.
std::uint32_t number_attribute(Dwarf_Die& die, unsigned int name);

}  // namespace dblog::symbols
