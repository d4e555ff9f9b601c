// What an event says besides its message: how bad it is, and named values.
//
//   events.push_to_table("payment refused", {.severity = dblog::Severity::warning,
//                                            .fields = {{"order", 4711}, {"bank", "DE-12"}},
//                                            .tags = {"payment"}});
//
// docs/schema.md says how they are stored, and what becomes of those that are too many or too long.
// Threads: plain values; share them like a std::string.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace dblog {
inline namespace abi_1 {

/// How bad an event is, in ascending order. Any other value counts as `error`.
enum class Severity : std::uint8_t {
  info,      ///< Nothing is wrong.
  warning,   ///< It worked, but people should know.
  error,     ///< Something failed. The default.
  critical,  ///< It cannot wait.
};

/// An integer that a field can hold: neither a boolean nor a character.
template <typename Given>
concept FieldInteger = std::integral<Given> && !std::same_as<Given, bool> &&
                       !std::same_as<Given, char> && !std::same_as<Given, wchar_t> &&
                       !std::same_as<Given, char8_t> && !std::same_as<Given, char16_t> &&
                       !std::same_as<Given, char32_t> && sizeof(Given) <= sizeof(std::int64_t);

/// The value of a field: a text, an integer, a real number or a boolean, from which it converts
/// implicitly. Threads: a plain value.
class FieldValue {
 public:
  /// What a value can be.
  using Held = std::variant<std::string, std::int64_t, double, bool>;

  /// An empty text.
  FieldValue() = default;

  /// A boolean. A pointer does not become one.
  template <std::same_as<bool> Given>
  FieldValue(Given value) : held_(value) {}  // NOLINT(google-explicit-constructor)

  /// A text of one character.
  template <std::same_as<char> Given>
  FieldValue(Given value)  // NOLINT(google-explicit-constructor)
      : held_(std::string(1, value)) {}

  /// An integer. An unsigned one above 9,223,372,036,854,775,807, which SQLite cannot hold, becomes
  /// the text of its digits.
  template <FieldInteger Given>
  FieldValue(Given value)  // NOLINT(google-explicit-constructor)
      : held_(static_cast<std::int64_t>(value)) {
    if constexpr (std::is_unsigned_v<Given> && sizeof(Given) == sizeof(std::int64_t)) {
      constexpr std::int64_t kLargest = (std::numeric_limits<std::int64_t>::max)();
      if (value > static_cast<Given>(kLargest)) held_ = std::to_string(value);
    }
  }

  /// A real number. NaN and infinity are kept as the texts "nan", "inf" and "-inf".
  template <std::floating_point Given>
  FieldValue(Given value)  // NOLINT(google-explicit-constructor)
      : held_(static_cast<double>(value)) {}

  /// A text of any bytes. A null pointer becomes an empty text.
  template <typename Given>
  requires(std::convertible_to<const Given&, std::string_view>)
      FieldValue(const Given& text) {  // NOLINT(google-explicit-constructor)
    if constexpr (std::is_pointer_v<Given>) {
      if (text == nullptr) return;
    }
    held_ = std::string(static_cast<std::string_view>(text));
  }
  /// The same.
  FieldValue(std::string text)  // NOLINT(google-explicit-constructor)
      : held_(std::move(text)) {}
  /// The same for what converts to a std::string, such as a path.
  template <typename Given>
  requires(!std::convertible_to<const Given&, std::string_view> &&
           std::convertible_to<const Given&, std::string>)
      FieldValue(const Given& text)  // NOLINT(google-explicit-constructor)
      : held_(static_cast<std::string>(text)) {}

  FieldValue(std::nullptr_t) = delete;

  /// The value as it is stored, before limits apply.
  [[nodiscard]] const Held& held() const noexcept { return held_; }

  /// Two values are equal if they are of one type and the same.
  friend bool operator==(const FieldValue&, const FieldValue&) = default;

 private:
  Held held_;
};

/// A named value of an event. Threads: a plain value.
struct Field {
  std::string name;  ///< One line; no other field of the event has the same.
  FieldValue value;  ///< Any of the four types.

  /// Two fields are equal if name and value are.
  friend bool operator==(const Field&, const Field&) = default;
};

}  // namespace abi_1
}  // namespace dblog
