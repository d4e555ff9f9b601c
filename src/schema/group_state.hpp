// The states of a group of crashes, as words of a closed vocabulary: the column `state` of
// `crash_group_states`. docs/grouping.md explains every word.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

namespace dblog::schema {

enum class GroupState : std::uint8_t {
  open,
  resolved,   ///< A person says so: in a release, or from now on.
  regressed,  ///< It was resolved, and came back.
  ignored,    ///< Its crashes are recorded, and no message is sent about them.
  muted,      ///< The same, until a time.
};
inline constexpr std::string_view kGroupStateWords[] = {"open", "resolved", "regressed", "ignored",
                                                        "muted"};
static_assert(std::size(kGroupStateWords) ==
              std::size_t{1} + static_cast<std::size_t>(GroupState::muted));

constexpr std::string_view word_of(GroupState state) noexcept {
  return kGroupStateWords[static_cast<std::size_t>(state)];
}

/// Nothing for a word of another program.
constexpr std::optional<GroupState> group_state_of(std::string_view word) noexcept {
  for (std::size_t i = 0; i < std::size(kGroupStateWords); ++i) {
    if (kGroupStateWords[i] == word) return static_cast<GroupState>(i);
  }
  return std::nullopt;
}

}  // namespace dblog::schema
