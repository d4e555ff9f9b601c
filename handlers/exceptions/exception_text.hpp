// The exception that is being handled on this thread, described without throwing, catching or
// allocating: through libstdc++'s type information.
// Context: crash time. what() of the program's own types is the program's code: it may fault or
// hang, which the caller's gate must survive.
#pragma once

#include <cstddef>
#include <typeinfo>

#include "handlers/record/crash_record.hpp"

namespace dblog::crash {

/// Fills kind and exception_type; asks the exception nothing. Of another language's exception only
/// says, in message, that it is one. Does nothing if there is no exception.
void name_current_exception(CrashRecord& record) noexcept;

/// Fills message: what(), then "caused by: type: what()" for each exception nested in it, a line
/// each; the text of thrown strings and integers. Does nothing if there is no C++ exception.
void describe_current_exception(CrashRecord& record) noexcept;

/// The type's name as it is written in C++, cut to `size` bytes with the NUL: for
/// `exception_type`. What std::throw_with_nested() threw is named by the type that was given to it.
void describe_type(const std::type_info& type, char* out, std::size_t size) noexcept;

}  // namespace dblog::crash
