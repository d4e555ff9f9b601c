// A text that must not get into logs: it does not print and does not turn into a std::string by
// itself.
#pragma once

#include <iosfwd>
#include <string>
#include <utility>

namespace dblog::config {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

  /// The text, for the one place that sends it. Never store, print or log what this returns.
  [[nodiscard]] const std::string& reveal() const noexcept { return text_; }

  friend bool operator==(const Secret&, const Secret&) = default;
  friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

 private:
  std::string text_;
};

}  // namespace dblog::config
