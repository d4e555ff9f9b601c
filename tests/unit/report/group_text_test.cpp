#include "src/report/group_text.hpp"

#include <catch2/catch.hpp>

using dblog::reader::Details;
using dblog::report::group_state_text;
using dblog::report::short_group_state_text;
using dblog::report::standing_text;
using dblog::sqlite::Row;

namespace {

Row state_row(const std::string& state, std::int64_t first, std::int64_t regressed_by = 0) {
  Row row{{{"state", state},
           {"first_crash", first},
           {"first_seen", std::string("2026-01-01 10:00:00.123456")}}};
  if (state == "resolved" || state == "regressed") {
    row.columns.push_back({"resolved", std::string("2026-01-31 12:00:00.000000")});
    row.columns.push_back({"resolved_in", std::string("1.4")});
  }
  if (regressed_by != 0) {
    row.columns.push_back({"regressed_by", regressed_by});
    row.columns.push_back({"regressed_in", std::string("1.5")});
  }
  return row;
}

std::string standing(std::int64_t crash, std::optional<Row> state) {
  Details details;
  details.entry.id = {"crashes", crash};
  details.entry.is_crash = true;
  details.group_state = std::move(state);
  return standing_text(details);
}

}  // namespace

TEST_CASE("group text: a group's first crash is new, later ones say since when it is known") {
  CHECK(standing(3, state_row("open", 3)) == "new");
  CHECK(standing(7, state_row("open", 3)) == "known since 2026-01-01 10:00:00");
  CHECK(standing(7, state_row("muted", 3)) == "known since 2026-01-01 10:00:00");
}

TEST_CASE("group text: the crash that came back says after which release, later ones briefly") {
  CHECK(standing(7, state_row("regressed", 3, 7)) ==
        "regressed: it was resolved in release 1.4 on 2026-01-31 12:00:00, and came back in "
        "release 1.5");
  CHECK(standing(9, state_row("regressed", 3, 7)) ==
        "known since 2026-01-01 10:00:00, regressed in release 1.5 (it was resolved in release "
        "1.4)");
  CHECK(standing(9, state_row("resolved", 3)) ==
        "known since 2026-01-01 10:00:00, resolved in release 1.4");
}

TEST_CASE("group text: in lists a regressed or resolved group is one word") {
  CHECK(short_group_state_text(state_row("regressed", 3, 7)) == "regressed");
  CHECK(short_group_state_text(state_row("resolved", 3)) == "resolved");
  CHECK(short_group_state_text(state_row("ignored", 3)) == "ignored");
  CHECK(short_group_state_text(Row{{{"state", std::string("muted")},
                                    {"muted_until", std::string("2026-02-01 00:00:00.000000")}}}) ==
        "muted until 2026-02-01 00:00:00");
}

TEST_CASE("group text: a crash without a group, or of an older database, has no standing") {
  CHECK(standing(3, std::nullopt).empty());
}

TEST_CASE("group text: a state in words; one of a later version as it is") {
  CHECK(group_state_text(state_row("open", 1)) == "open");
  CHECK(group_state_text(state_row("ignored", 1)) == "ignored");
  CHECK(group_state_text(state_row("snoozed", 1)) == "snoozed");
  CHECK(group_state_text(Row{}) == "?");
  CHECK(group_state_text(Row{{{"state", std::string("resolved")}}}) == "resolved");
  CHECK(group_state_text(Row{{{"state", std::string("muted")},
                              {"muted_until", std::string("2026-02-01 00:00:00.000000")}}}) ==
        "muted until 2026-02-01 00:00:00");
}
