// A value, or why there is none. The library's one error style outside crash time: functions that
// can fail return it, nothing is thrown across folders.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace dblog::base {

enum class ErrorCode {
  invalid_argument,  ///< The caller's input is at fault.
  not_found,
  permission,
  busy,  ///< Another thread or process holds it; may work later.
  disk_full,
  not_a_database,
  newer_schema,  ///< Written by a later dblog.
  io,
};

struct Error {
  ErrorCode code;
  std::string where;  ///< The file, table or setting it is about.
  std::string why;    ///< One line; says what to do.

  [[nodiscard]] std::string text() const { return where.empty() ? why : where + ": " + why; }
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  /// Only when ok().
  [[nodiscard]] T& value() { return std::get<0>(state_); }
  [[nodiscard]] const T& value() const { return std::get<0>(state_); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  /// Only when not ok().
  [[nodiscard]] const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace dblog::base
