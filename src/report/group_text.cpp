#include "src/report/group_text.hpp"

#include <optional>
#include <string_view>

#include "src/report/time_text.hpp"
#include "src/schema/group_state.hpp"

namespace dblog::report {
namespace {

using schema::GroupState;

std::string second_text(const sqlite::Row& state, const char* column) {
  return to_seconds(stored_time_text(state, column).value_or("?"));
}

std::string in_release(const sqlite::Row& state, const char* column) {
  const auto release = state.text(column);
  return release ? " in release " + *release : "";
}

std::optional<GroupState> state_of(const sqlite::Row& state) {
  return schema::group_state_of(state.text("state").value_or(""));
}

bool is_crash(const sqlite::Row& state, const char* column, const reader::Details& crash) {
  return state.integer(column) == crash.entry.id.id;
}

// What a reader of a later crash should know, too.
std::string decision_text(const sqlite::Row& state) {
  switch (state_of(state).value_or(GroupState::open)) {
    case GroupState::resolved:
    case GroupState::regressed:
      return ", " + group_state_text(state);
    default:
      return "";
  }
}

}  // namespace

std::string standing_text(const reader::Details& crash) {
  if (!crash.group_state) return "";
  const sqlite::Row& state = *crash.group_state;
  if (is_crash(state, "regressed_by", crash)) {
    return "regressed: it was resolved" + in_release(state, "resolved_in") + " on " +
           second_text(state, "resolved") + ", and came back" + in_release(state, "regressed_in");
  }
  if (is_crash(state, "first_crash", crash)) return "new";
  return "known since " + second_text(state, "first_seen") + decision_text(state);
}

std::string group_state_text(const sqlite::Row& state) {
  const auto known = state_of(state);
  if (!known) return state.text("state").value_or("?");
  switch (*known) {
    case GroupState::resolved:
      return "resolved" + in_release(state, "resolved_in");
    case GroupState::regressed:
      return "regressed" + in_release(state, "regressed_in") + " (it was resolved" +
             in_release(state, "resolved_in") + ")";
    case GroupState::muted:
      return "muted until " + second_text(state, "muted_until");
    case GroupState::open:
    case GroupState::ignored:
      break;
  }
  return std::string{schema::word_of(*known)};
}

std::string short_group_state_text(const sqlite::Row& state) {
  const auto known = state_of(state);
  const bool has_releases = known == GroupState::resolved || known == GroupState::regressed;
  return has_releases ? std::string{schema::word_of(*known)} : group_state_text(state);
}

}  // namespace dblog::report
