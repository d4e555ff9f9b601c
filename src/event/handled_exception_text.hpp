// Exceptions in words. Used by EventLogger for handled exceptions.
// Must never be used at crash time: it allocates, and rethrows to see what is nested.
#pragma once

#include <exception>
#include <string>
#include <system_error>
#include <typeinfo>

namespace dblog::event {

/// A type's name as it is written in C++, "std::runtime_error".
[[nodiscard]] std::string type_text(const std::type_info& type);

/// "type: what()", then a line "caused by: type: what()" for each exception nested in it
/// (std::throw_with_nested), 16 at most. Of what is no std::exception the type alone is known.
[[nodiscard]] std::string exception_text(const std::exception& error);

/// The same for the exception of the catch block that it is called in.
[[nodiscard]] std::string caught_exception_text();

/// "No such file or directory (generic:2)".
[[nodiscard]] std::string error_code_text(const std::error_code& error);

}  // namespace dblog::event
