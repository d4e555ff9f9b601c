#include "tools/dblog/groups.hpp"

#include "src/reader/reader.hpp"
#include "src/report/crash_text.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/json_output.hpp"
#include "tools/dblog/page_text.hpp"
#include "tools/dblog/table_text.hpp"
#include "tools/dblog/waiting_notice.hpp"

namespace dblog::tool {
namespace {

std::string table_of(const reader::Groups& found, std::optional<std::size_t> terminal_width) {
  constexpr std::size_t kMaxWhat = 500;
  TableText table{{"GROUP", "COUNT", "FIRST SEEN", "LAST SEEN", "RELEASES", "WHAT"}};
  for (std::size_t i = 0; i < found.groups.size(); ++i) {
    const store::Row& group = found.groups[i];
    const reader::Entry& newest = found.newest[i];
    const std::string what =
        report::crash_headline(newest.row, report::end_of_name(newest.place.value_or("")));
    const auto cell = [&group](const char* column) {
      return escape_line(group.text(column).value_or("-"));
    };
    table.add_row({cell("fingerprint"), cell("count"), cell("first_seen"), cell("last_seen"),
                   cell("releases"), escape_line(shortened(what, kMaxWhat))});
  }
  std::string text = table.text(terminal_width);
  if (found.without_group > 0) {
    text += "(" + std::to_string(found.without_group) +
            (found.without_group == 1 ? " crash has" : " crashes have") +
            " no group yet: `dblog symbolize` names their functions)\n";
  }
  return text;
}

std::string parts_title(const std::string& fingerprint) {
  return "Made of these, in this order (rules of version " +
         fingerprint.substr(0, fingerprint.find(':')) + ")";
}

std::string explanation(const reader::Group& group) {
  PageText page{false, Extent::full};
  const auto summary = group.summary.value_or(store::Row{});
  page.headline("Group " + group.fingerprint + ": " +
                summary.text("title").value_or("stacks of handled errors"));
  page.section("Crashes");
  page.field("Count", summary.text("count").value_or("0"));
  page.field("First seen", summary.text("first_seen"));
  page.field("Last seen", summary.text("last_seen"));
  page.field("Releases", summary.text("releases"));
  page.field("Newest", summary.text("newest_crash"));
  page.section(parts_title(group.fingerprint));
  page.block(group.parts ? group.parts->text("parts").value_or("") : "(no longer known)");
  return page.text();
}

Outcome explain(reader::Reader& reader, const GroupsOptions& options) {
  const auto fingerprint = reader.fingerprint(*options.explain);
  if (!fingerprint) return group_failure(fingerprint.error());
  const auto group = reader.group(*fingerprint);
  if (!group) return query_failure(group.error());
  return {ExitCode::done, options.json ? group_json(*group) : explanation(*group), ""};
}

}  // namespace

Outcome groups(const std::filesystem::path& database, const GroupsOptions& options) {
  auto reader = reader::Reader::open(database);
  if (!reader) return open_failure_beside_files(reader.error(), database);
  if (options.explain) return explain(*reader, options);
  const auto found = reader->groups(options.limit);
  if (!found) return query_failure(found.error());
  return {ExitCode::done,
          options.json ? groups_json(*found) : table_of(*found, options.terminal_width),
          waiting_files_notice(database)};
}

}  // namespace dblog::tool
