#include "tools/dblog/groups.hpp"

#include <utility>
#include <vector>

#include "src/reader/reader.hpp"
#include "src/report/crash_text.hpp"
#include "src/report/group_text.hpp"
#include "src/report/time_text.hpp"
#include "tools/dblog/age_text.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/json_output.hpp"
#include "tools/dblog/page_text.hpp"
#include "tools/dblog/table_text.hpp"
#include "tools/dblog/waiting_notice.hpp"

namespace dblog::tool {
namespace {

std::string state_of(const std::optional<sqlite::Row>& state) {
  return state ? report::group_state_text(*state) : "open";
}

std::string short_state_of(const std::optional<sqlite::Row>& state) {
  return state ? report::short_group_state_text(*state) : "open";
}

// Also if its first crashes are over the limits, and gone.
std::string first_seen(const sqlite::Row& group, const reader::Entry& newest) {
  const auto known = newest.group_state ? newest.group_state->text("first_seen") : std::nullopt;
  return known ? report::time_text_of_utc(*known, newest.group_state->integer("first_seen_utc"))
               : report::time_text_of_iso(group.text("first_seen").value_or("-"));
}

std::string table_of(const reader::Groups& found, const GroupsOptions& options) {
  constexpr std::size_t kMaxWhat = 500;
  std::vector<std::string> titles{"GROUP", "COUNT", "FIRST SEEN", "LAST SEEN"};
  if (options.now) titles.emplace_back("AGE");
  titles.insert(titles.end(), {"RELEASES", "STATE", "WHAT"});
  TableText table{std::move(titles)};
  // As `dblog list` has them.
  const auto date = [&options](const std::string& time) {
    return escape_line(options.now ? report::to_seconds(time) : time);
  };
  for (std::size_t i = 0; i < found.groups.size(); ++i) {
    const sqlite::Row& group = found.groups[i];
    const reader::Entry& newest = found.newest[i];
    const std::string what =
        report::crash_headline(newest.row, report::end_of_name(newest.place.value_or("")));
    const auto cell = [&group](const char* column) {
      return escape_line(group.text(column).value_or("-"));
    };
    const std::string last_seen = report::time_text_of_iso(group.text("last_seen").value_or("-"));
    std::vector<std::string> cells{cell("fingerprint"), cell("count"),
                                   date(first_seen(group, newest)), date(last_seen)};
    if (options.now) cells.push_back(age_text(last_seen, *options.now));
    cells.insert(cells.end(), {cell("releases"), escape_line(short_state_of(newest.group_state)),
                               escape_line(shortened(what, kMaxWhat))});
    table.add_row(std::move(cells));
  }
  std::string text = table.text(options.terminal_width);
  if (found.without_group > 0) {
    text += "(" + std::to_string(found.without_group) +
            (found.without_group == 1
                 ? " crash has no group yet: `dblog symbolize` names its functions)\n"
                 : " crashes have no group yet: `dblog symbolize` names their functions)\n");
  }
  return text;
}

std::string parts_title(const std::string& fingerprint) {
  return "Made of these, in this order (rules of version " +
         fingerprint.substr(0, fingerprint.find(':')) + ")";
}

std::string explanation(const reader::Group& group, std::optional<Timestamp> now) {
  PageText page{false, Extent::full};
  const auto summary = group.summary.value_or(sqlite::Row{});
  page.headline("Group " + group.fingerprint + ": " +
                summary.text("title").value_or("stacks of handled errors"));
  page.section("Crashes");
  page.field("Count", summary.text("count").value_or("0"));
  for (const auto& [label, column] :
       {std::pair{"First seen", "first_seen"}, std::pair{"Last seen", "last_seen"}}) {
    page.field(label, with_age(report::time_text_of_iso(summary.text(column).value_or("-")), now));
  }
  page.field("Releases", summary.text("releases"));
  page.field("Newest", summary.text("newest_crash"));
  if (group.state) {
    page.section("State");
    page.field("State", state_of(group.state));
    page.field("Known since", report::stored_time_text(*group.state, "first_seen"));
    page.field("Changed", report::stored_time_text(*group.state, "changed"));
    page.field("Note", group.state->text("note"));
  }
  page.section(parts_title(group.fingerprint));
  page.block(group.parts ? group.parts->text("parts").value_or("") : "(no longer known)");
  return page.text();
}

Outcome explain(reader::Reader& reader, const GroupsOptions& options) {
  const auto fingerprint = reader.fingerprint(*options.explain);
  if (!fingerprint) return group_failure(fingerprint.error());
  const auto group = reader.group(*fingerprint);
  if (!group) return query_failure(group.error());
  return {ExitCode::done, options.json ? group_json(*group) : explanation(*group, options.now), ""};
}

}  // namespace

Outcome groups(const std::filesystem::path& database, const GroupsOptions& options) {
  auto reader = reader::Reader::open(database);
  if (!reader) return open_failure_beside_files(reader.error(), database);
  if (options.explain) return explain(*reader, options);
  const auto found = reader->groups(options.limit);
  if (!found) return query_failure(found.error());
  return {ExitCode::done, options.json ? groups_json(*found) : table_of(*found, options),
          waiting_files_notice(database)};
}

}  // namespace dblog::tool
