// Context: named values that say what the program is about. Every event that is pushed inside of a
// scope, and a crash in the middle of it, carries them (tables event_fields and crash_fields).
//
//   dblog::set_context("region", "eu-1");                        // the whole process
//   dblog::Context scope{{"request", id}, {"user", user}};       // this thread, until here ends
//   events.push_to_table("payment refused");                     // request, user, region
//
// Scopes nest. If a name comes more than once, one counts: a field of the event before any of the
// context, an inner scope before an outer one, a scope before the process.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>
#include <variant>

#include "dblog/event_field.hpp"
#include "dblog/export.hpp"

namespace dblog {
inline namespace abi_1 {

/// The value of a context field, of the types that FieldValue has, without memory of its own: a
/// text is that of the caller, and is copied when the field is set. Threads: a plain value.
class ContextValue {
 public:
  /// What a value can be. A character becomes a text, an unsigned number that SQLite cannot hold
  /// the text of its digits.
  using Held = std::variant<std::string_view, std::int64_t, double, bool, char, std::uint64_t>;

  // NOLINTBEGIN(google-explicit-constructor)
  /// A boolean. A pointer does not become one.
  template <std::same_as<bool> Given>
  constexpr ContextValue(Given value) noexcept : held_(value) {}

  /// A text of one character.
  template <std::same_as<char> Given>
  constexpr ContextValue(Given value) noexcept : held_(value) {}

  /// An integer.
  template <FieldInteger Given>
  constexpr ContextValue(Given value) noexcept : held_(static_cast<std::int64_t>(value)) {
    if constexpr (std::is_unsigned_v<Given> && sizeof(Given) == sizeof(std::int64_t)) {
      constexpr std::int64_t kLargest = (std::numeric_limits<std::int64_t>::max)();
      if (value > static_cast<Given>(kLargest)) held_ = static_cast<std::uint64_t>(value);
    }
  }

  /// A real number. NaN and infinity become the texts "nan", "inf" and "-inf".
  template <std::floating_point Given>
  constexpr ContextValue(Given value) noexcept : held_(static_cast<double>(value)) {}

  /// A text of any bytes. A null pointer is an empty text.
  template <typename Given>
  requires(std::convertible_to<const Given&, std::string_view>) ContextValue(const Given& text)
  noexcept {
    if constexpr (std::is_pointer_v<Given>) {
      if (text == nullptr) return;
    }
    held_ = static_cast<std::string_view>(text);
  }
  // NOLINTEND(google-explicit-constructor)

  ContextValue(std::nullptr_t) = delete;

  /// The value as it was given.
  [[nodiscard]] const Held& held() const noexcept { return held_; }

 private:
  Held held_;
};

/// A named value of a context. Threads: a plain value.
struct ContextField {
  std::string_view name;  ///< One line.
  ContextValue value;     ///< Any of the four types.
};

/// Values of the calling thread, from here to the end of the scope.
///
/// A thread's scopes have 4,096 bytes and 128 levels: of each name 128 bytes are kept, of each text
/// 1,024 (then " …"), in whole characters. A field for which no room is left is left out, and so is
/// one beyond an event's 64 names; nothing else suffers. Never throws. Cost: some tens of
/// nanoseconds; a thread's first scope allocates 6 KiB, which are freed when the thread ends
/// (without memory for it, the scope has no values). Each value is one more row of each event, and
/// counts among the 4,096 bytes that a queued event may have.
///
/// A child after fork() has the scopes that its thread was in.
///
/// Threads: each has its own. Make it on the stack, and let it end in the thread that made it; one
/// that ends elsewhere, or that a coroutine keeps while its thread does other things, counts for
/// the thread that made it until that ends. Not in signal handlers.
class DBLOG_EXPORT Context {
 public:
  /// Copies the values.
  [[nodiscard]] Context(std::initializer_list<ContextField> fields) noexcept;
  /// The same for any number of them.
  [[nodiscard]] explicit Context(std::span<const ContextField> fields) noexcept;
  /// The values are gone.
  ~Context();

  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  static void* operator new(std::size_t) = delete;
  static void* operator new[](std::size_t) = delete;

 private:
  std::uint32_t level_;  // from 1; 0: it has no values
  std::uint64_t number_;
};

/// Sets a value of the whole process, instead of the one of that name: events of every thread carry
/// it from here on, and so does the process's crash, and its row if it is killed. Sizes are as for
/// Context, and all of them together have 4,096 bytes: false if no room is left, and the name then
/// has no value. Never throws. Cost: about a microsecond; each value is one more row of each event.
/// Values from before install_handlers() count too. A child after fork() keeps them.
///
/// Threads: may be called from any thread. Not from signal handlers.
DBLOG_EXPORT bool set_context(std::string_view name, ContextValue value) noexcept;

/// The process has no value of that name any more. Threads: as set_context().
DBLOG_EXPORT void clear_context(std::string_view name) noexcept;

}  // namespace abi_1
}  // namespace dblog
