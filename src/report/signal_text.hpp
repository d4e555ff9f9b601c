// Signals and their codes by name and in words. Called for the sentence and the details of a
// crash. What is returned may hold stored text: escape it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/sqlite/row.hpp"

namespace dblog::report {

/// "SIGSEGV", "signal 40"; empty if there was none.
std::string signal_name(const sqlite::Row& crash);

/// The same of a number.
std::string name_of_signal(std::int64_t signal);

/// "SEGV_MAPERR", "SI_USER"; empty for one that is not known.
std::string_view signal_code_name(std::int64_t signal, std::int64_t code);

/// Why such a signal comes, after "it": "divided a whole number by zero"; empty if not known. Also
/// empty for signals that a process sent.
std::string_view signal_cause(std::int64_t signal, std::optional<std::int64_t> code);

/// Sent by kill(), raise(), a timer and the like, and not by the processor or by abort().
bool is_sent(std::int64_t signal, std::optional<std::int64_t> code);

/// The signal with all that is known of it: "SIGSEGV (11), SEGV_MAPERR (1)". Empty if there was
/// none.
std::string signal_description(const sqlite::Row& crash);

}  // namespace dblog::report
