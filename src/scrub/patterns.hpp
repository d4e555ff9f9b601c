// Pattern rules: regular expressions of PCRE2 (pcre2pattern(3)), whose matches are secret.
// Ordinary code. No locks and no memory that is shared, so that a child after fork() can search.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/scrub/text_span.hpp"

struct pcre2_real_code_8;

namespace dblog::scrub {

class Patterns {
 public:
  static constexpr std::size_t kMostPatterns = 64;
  static constexpr std::size_t kLongestPattern = 512;

  /// Returns the fault of a pattern in one line, without the pattern's text, which may be a secret;
  /// empty if there is none. Throws nothing but std::bad_alloc.
  [[nodiscard]] std::string add(std::string_view pattern);

  [[nodiscard]] bool is_empty() const noexcept { return codes_.empty(); }

  /// The matches of each pattern, by pattern and from left to right, widened to whole characters of
  /// UTF-8. A pattern gets some tenths of a second, and more for texts of megabytes, and 64 MiB;
  /// once they are used up, all that it has not searched counts as its match. Throws nothing but
  /// std::bad_alloc.
  [[nodiscard]] std::vector<TextSpan> find_matches(std::string_view text) const;

 private:
  struct FreeCode {
    void operator()(pcre2_real_code_8* code) const noexcept;
  };
  std::vector<std::unique_ptr<pcre2_real_code_8, FreeCode>> codes_;
};

}  // namespace dblog::scrub
