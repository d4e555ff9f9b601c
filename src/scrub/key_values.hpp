// The values of secret keys in a text: `password=x`, `"password": "x"`, `Authorization: Bearer x`,
// `user[password]=x`.
// Context: crash time. Allocates nothing, takes no lock; its time is in proportion to the text.
#pragma once

#include <cstddef>
#include <string_view>

#include "src/scrub/key_names.hpp"
#include "src/scrub/text_span.hpp"

namespace dblog::scrub {

/// Finds them one by one, from the front. The keys and the text must outlive it.
///
/// After `=` a value ends at white space or '&', after ':' at the end of its line; one in quotes
/// ends at the quote that closes it, at the end of the text if none does. What ends it is not part
/// of it.
class KeyValues {
 public:
  KeyValues(const KeyNames& keys, std::string_view text) noexcept : keys_(keys), text_(text) {}

  /// False at the end.
  bool next(TextSpan& value) noexcept;

 private:
  [[nodiscard]] std::string_view name_before(std::size_t separator) const noexcept;
  [[nodiscard]] TextSpan value_after(std::size_t separator) const noexcept;

  const KeyNames& keys_;
  std::string_view text_;
  std::size_t at_ = 0;  // all before it is done
};

/// Copies `text` without those values, as much as fits into `to`; how many bytes that is.
std::size_t copy_without_values(const KeyNames& keys, std::string_view text, char* to,
                                std::size_t capacity) noexcept;

}  // namespace dblog::scrub
