#include "tools/dblog/group.hpp"

#include "dblog/event.hpp"
#include "src/grouping/crash_group_states.hpp"
#include "src/report/group_text.hpp"
#include "src/schema/group_state.hpp"
#include "src/scrub/rules.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/json_output.hpp"
#include "tools/dblog/time_option.hpp"

namespace dblog::tool {
namespace {

using schema::GroupState;

grouping::StoredTime stored(Timestamp time) {
  return {local_date_text(time), time.time_since_epoch().count()};
}

// Handled errors have groups too, but nothing is decided about them.
base::Result<std::string> crash_group(reader::Reader& reader, const std::string& name) {
  auto fingerprint = reader.fingerprint(name);
  if (!fingerprint) return fingerprint;
  const auto group = reader.group(*fingerprint);
  if (!group) return group.error();
  if (group->summary || group->state) return fingerprint;
  return base::Error{base::ErrorCode::not_found, *fingerprint,
                     "is a group of handled errors; only groups of crashes have a state"};
}

std::string state_line(const std::string& fingerprint, const sqlite::Row& state) {
  const auto note = state.text("note");
  return escape_line(fingerprint + ": " + report::group_state_text(state) +
                     (note ? "; note: " + *note : "")) +
         '\n';
}

// The end of muting. A person may have moved the local date alone.
bool is_past(const sqlite::Row& state) {
  const std::string until = state.text("muted_until").value_or("");
  const auto utc = state.integer("muted_until_utc");
  const bool is_utc = utc && local_date_text(Timestamp{std::chrono::microseconds{*utc}}) == until;
  const Timestamp present = now();
  return is_utc ? *utc <= present.time_since_epoch().count() : until <= local_date_text(present);
}

Outcome change(const std::filesystem::path& database, const GroupOptions& options,
               const grouping::GroupChange& wanted) {
  auto reader = reader::Reader::open(database);
  if (!reader) return open_failure(reader.error());
  const auto fingerprint = crash_group(*reader, options.group);
  if (!fingerprint) return group_failure(fingerprint.error());
  const auto failure = grouping::change_group(database, *fingerprint, wanted, stored(now()));
  if (failure) return open_failure(*failure);
  const auto group = reader->group(*fingerprint);
  if (!group) return query_failure(group.error());
  const sqlite::Row state = group->state.value_or(sqlite::Row{});
  return {ExitCode::done, options.json ? row_json(state) : state_line(*fingerprint, state), ""};
}

}  // namespace

Outcome group_resolve(const std::filesystem::path& database, const GroupOptions& options) {
  return change(database, options, {.state = GroupState::resolved, .release = options.release});
}

Outcome group_ignore(const std::filesystem::path& database, const GroupOptions& options) {
  return change(database, options, {.state = GroupState::ignored});
}

Outcome group_mute(const std::filesystem::path& database, const GroupOptions& options) {
  if (options.until.empty() == options.duration.empty()) {
    return usage_failure("group mute: give either --until or --for");
  }
  const auto until = options.duration.empty() ? parse_local_time(options.until) : std::nullopt;
  const auto duration = parse_duration(options.duration);
  if (!until && !duration) {
    return usage_failure(
        options.duration.empty()
            ? "--until " + options.until + ": is no date such as 2026-01-31 or '2026-01-31 12:30'"
            : "--for " + options.duration + ": is no time such as 90s, 30m, 12h, 3d or 2w");
  }
  const Timestamp end = until ? *until : now() + *duration;
  if (end <= now()) return usage_failure("--until " + options.until + ": is over already");
  return change(database, options, {.state = GroupState::muted, .muted_until = stored(end)});
}

Outcome group_note(const std::filesystem::path& database, const GroupOptions& options) {
  const scrub::Rules* const rules = scrub::active_rules();
  return change(database, options,
                {.note = rules != nullptr ? rules->scrubbed(options.note) : options.note});
}

Outcome group_reopen(const std::filesystem::path& database, const GroupOptions& options) {
  return change(database, options, {.state = GroupState::open});
}

std::string group_mark(const std::optional<sqlite::Row>& state) {
  const auto known =
      state ? schema::group_state_of(state->text("state").value_or("")) : std::nullopt;
  if (!known || *known == GroupState::open) return "";
  const bool is_over = *known == GroupState::muted && is_past(*state);
  return is_over ? "" : "[" + report::short_group_state_text(*state) + "] ";
}

}  // namespace dblog::tool
