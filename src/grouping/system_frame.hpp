// Which frames are the system's and say nothing of a program's fault: the C and C++ runtimes, the
// loader, allocators, sanitizers, dblog itself. Called for fingerprints and for sentences about
// crashes, which both look for the program's own frames. Pure.
#pragma once

#include <string_view>

namespace dblog::grouping {

/// `module` is a path, `plain_name` what plain_function_name() gave; either may be empty. The
/// names count too: templates and static libraries put the system's functions into the program.
bool is_system_frame(std::string_view module, std::string_view plain_name);

/// Inside of the C++ library, between a program and what it has called for it:
/// "std::__invoke_impl", "std::_Function_handler::_M_invoke", "std::thread::_State_impl::_M_run".
bool is_library_inside(std::string_view plain_name);

}  // namespace dblog::grouping
