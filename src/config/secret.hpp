// A text that must not get into logs: it does not print and does not turn into a std::string by
// itself, and its memory is overwritten before it is given back.
#pragma once

#include <algorithm>
#include <iosfwd>
#include <string_view>
#include <utility>

#include "src/config/wiped_text.hpp"

namespace dblog::config {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text) {
    if (text.empty()) return;
    text_.reserve(std::max(text.size(), kBeyondTheObject));
    text_ = text;
  }
  Secret(const Secret& other) : Secret(std::string_view{other.text_}) {}
  Secret& operator=(const Secret& other) { return *this = Secret{other}; }
  Secret(Secret&&) noexcept = default;
  Secret& operator=(Secret&&) noexcept = default;
  ~Secret() = default;

  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

  /// The text, for the one place that sends it. Never store, print or log what this returns.
  [[nodiscard]] const WipedText& reveal() const noexcept { return text_; }

  friend bool operator==(const Secret&, const Secret&) = default;
  friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

 private:
  // A shorter text would lie in the object itself, and stay wherever that was moved from.
  static constexpr std::size_t kBeyondTheObject = 32;

  WipedText text_;
};

}  // namespace dblog::config
