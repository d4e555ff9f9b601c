// What is known of a crash beyond its signal, as words of a closed vocabulary: the columns
// `access`, `cause` and `phase` of `crashes`. Writers and readers share them, so that no code
// reads a fact out of a text for people. Usable at crash time. docs/schema.md explains every word.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace dblog::schema {

/// How the memory was used that a fault is about.
enum class Access : std::uint8_t { unknown, read, write, execute };
inline constexpr std::string_view kAccessWords[] = {"", "read", "write", "execute"};

/// Why it happened, where kind and signal alone do not say it.
enum class Cause : std::uint8_t {
  unrecorded,
  stack_overflow,     // kind 'signal'
  abort_message,      // the C library said why before abort(): `msg` has its words
  no_message,         // kind 'exception': its type has no words, or what() failed
  foreign_exception,  // of another language
  no_exception,       // kind 'terminate'
  pure_virtual_call,
  deleted_virtual_call,
  signal,  // kind 'killed'
  out_of_memory,
  memory_short,
  machine_stopped,
  unknown,
  unmarked,         // kind 'ended'
  self_sent,        // kind 'signal': by the program itself, but not by abort()
  program_message,  // the program said why before abort(): `msg` has its words
};
inline constexpr std::string_view kCauseWords[] = {
    "",
    "stack_overflow",
    "abort_message",
    "no_message",
    "foreign_exception",
    "no_exception",
    "pure_virtual_call",
    "deleted_virtual_call",
    "signal",
    "out_of_memory",
    "memory_short",
    "machine_stopped",
    "unknown",
    "unmarked",
    "self_sent",
    "program_message",
};
static_assert(std::size(kCauseWords) ==
              std::size_t{1} + static_cast<std::size_t>(Cause::program_message));

/// Where an exception's way out ended.
enum class Phase : std::uint8_t { unknown, main, thread, is_noexcept };
inline constexpr std::string_view kPhaseWords[] = {"", "main", "thread", "noexcept"};

/// What became of the program's own note (HandlerOptions::on_crash).
enum class NoteState : std::uint8_t { none, whole, faulted, stuck };
inline constexpr std::string_view kNoteStateWords[] = {"", "whole", "faulted", "stuck"};

/// `msg` of kind 'signal' is two fields: the signal's name and, behind this, what it was about.
inline constexpr std::string_view kNameEnd = ": ";

/// The second field of such a `msg`, whose first is the column `signal_name`.
constexpr std::string_view without_signal_name(std::string_view msg, std::string_view name) {
  const bool has_name = msg.starts_with(name) && msg.substr(name.size()).starts_with(kNameEnd);
  return has_name ? msg.substr(name.size() + kNameEnd.size()) : msg;
}

/// As stored; empty where the database has NULL. A value out of a damaged file may be any.
template <typename Fact, std::size_t N>
constexpr std::string_view word_of(Fact fact, const std::string_view (&words)[N]) noexcept {
  const auto index = static_cast<std::size_t>(fact);
  return index < N ? words[index] : std::string_view{};
}
constexpr std::string_view word_of(Access access) noexcept { return word_of(access, kAccessWords); }
constexpr std::string_view word_of(Cause cause) noexcept { return word_of(cause, kCauseWords); }
constexpr std::string_view word_of(Phase phase) noexcept { return word_of(phase, kPhaseWords); }
constexpr std::string_view word_of(NoteState state) noexcept {
  return word_of(state, kNoteStateWords);
}

}  // namespace dblog::schema
