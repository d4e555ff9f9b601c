// How text of unknown origin is shown to people: on a terminal, in a message, in a line on stderr.
// What crashed may have been fed by an attacker. Nothing of such a text may steer a terminal, be
// invisible, or make other text read as what it is not. What is stored stays as it is.
// Context: crash time. Pure.
//
// ESC becomes \x1b, a byte that is not UTF-8 \xff, a right-to-left override \u202e, an invisible
// tag \U000e0041. A backslash stays one. So does the joiner of emoji (U+200D become \u200d): a
// family is shown as its members. U+FE0E and U+FE0F, with which a character is shown as text or as
// emoji, are kept.
#pragma once

#include <cstddef>
#include <string_view>

namespace dblog::base {

/// Controls (C0, DEL, C1), line and paragraph separators.
[[nodiscard]] bool is_control(char32_t character) noexcept;

/// Whether a character is written as an escape: is_control(), and what is not seen itself or
/// changes how others are seen. That is Unicode's Default_Ignorable_Code_Point (bidirectional
/// controls, zero-width characters, soft hyphens, tags, variation selectors beyond the two above,
/// fillers) and the interlinear annotation characters.
[[nodiscard]] bool is_hidden(char32_t character) noexcept;

/// What is shown for the first character of a text.
struct VisiblePiece {
  static constexpr std::size_t kMaxEscape = 10;

  char bytes[kMaxEscape] = {};  ///< One whole character of UTF-8, or an escape.
  std::size_t size = 0;
  bool is_escape = false;

  [[nodiscard]] std::string_view text() const noexcept { return {bytes, size}; }
};

/// Takes the first character off `rest`, which is not empty; a byte that is not UTF-8 counts as
/// one.
[[nodiscard]] VisiblePiece next_visible_piece(std::string_view& rest) noexcept;

}  // namespace dblog::base
