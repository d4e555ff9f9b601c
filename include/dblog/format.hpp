// Messages made from a format string that is checked when the program is compiled. Not part of
// dblog/dblog.hpp.
//
//   #include <dblog/format.hpp>
//   events.push_to_table(dblog::formatted("request {} took {} ms", id, time), {.slack = true});
//
// By std::format where the standard library has it (GCC 13, libc++ 17), or by {fmt}: define
// DBLOG_USE_FMT for the program and link fmt::fmt. dblog itself needs neither.
// Threads: may be called from any thread.
#pragma once

#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#ifdef DBLOG_USE_FMT
#include <fmt/format.h>
#else
#include <version>
#ifndef __cpp_lib_format
#error \
    "no std::format here: define DBLOG_USE_FMT and link fmt::fmt, or use a newer standard library"
#endif
#include <format>
#endif

namespace dblog {
inline namespace abi_1 {

#ifdef DBLOG_USE_FMT
/// The format string of arguments of these types.
template <typename... Args>
using FormatString = fmt::format_string<Args...>;
#else
/// The format string of arguments of these types.
template <typename... Args>
using FormatString = std::format_string<Args...>;
#endif

/// The text of `format` with its arguments in it. If one of them cannot be formatted, because its
/// formatter throws, the text is that of `format` and the reason: an error that is being logged is
/// not lost for another one. Throws std::bad_alloc only. Threads: may be called from any thread.
template <typename... Args>
[[nodiscard]] std::string formatted(FormatString<Args...> format, Args&&... args) {
  std::string reason;
  try {
#ifdef DBLOG_USE_FMT
    return fmt::format(format, std::forward<Args>(args)...);
#else
    return std::format(format, std::forward<Args>(args)...);
#endif
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    reason = error.what();
  } catch (...) {
    reason = "its formatter threw";
  }
#ifdef DBLOG_USE_FMT
  const fmt::string_view text = format;
#else
  const std::string_view text = format.get();
#endif
  return std::string(text.data(), text.size()) + " (not formatted: " + reason + ")";
}

}  // namespace abi_1
}  // namespace dblog
