// dblog outbox list, show, drop, replay.
#include "tools/dblog/outbox.hpp"

#include <nlohmann/json.hpp>

#include <system_error>
#include <utility>

#include "src/outbox/outbox_list.hpp"
#include "src/outbox/outbox_queue.hpp"
#include "src/report/suppressed_text.hpp"
#include "src/report/time_text.hpp"
#include "src/sqlite/database_place.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/json_output.hpp"
#include "tools/dblog/page_text.hpp"
#include "tools/dblog/table_text.hpp"

namespace dblog::tool {
namespace {

std::string cell(const sqlite::Row& row, std::string_view name) {
  return escape_line(row.text(name).value_or("-"));
}

std::string what_text(const sqlite::Row& row) {
  constexpr std::size_t kMaxSubject = 500;
  std::string text =
      escape_line(shortened(row.text("subject").value_or("(no subject)"), kMaxSubject));
  if (const auto lead = row.text("counted_in")) text += " (counted in " + *lead + ")";
  const auto alerts = row.integer("stands_for").value_or(1);
  if (alerts > 1)
    text +=
        " (with " + std::to_string(alerts - 1) + (alerts == 2 ? " more alert)" : " more alerts)");
  if (const std::string why = report::suppressed_text(row); !why.empty()) text += "; " + why;
  if (const auto error = row.text("last_error")) text += "; " + escape_line(*error);
  return text;
}

std::optional<std::string> created_text(const sqlite::Row& row) {
  const auto date = row.text("created");
  return date ? std::optional(report::time_text(*date, row.integer("utc_offset"))) : std::nullopt;
}

std::string list_text(const std::vector<sqlite::Row>& rows,
                      std::optional<std::size_t> terminal_width) {
  TableText table{{"ID", "CREATED", "CHANNEL", "STATE", "FAILURES", "NEXT OR SENT", "WHAT"}};
  for (const sqlite::Row& row : rows) {
    const auto time = report::stored_time_text(row, row.text("sent") ? "sent" : "next_attempt");
    const auto second = [](const std::optional<std::string>& text) {
      return escape_line(report::to_seconds(text.value_or("-")));
    };
    table.add_row({cell(row, "id"), second(created_text(row)), cell(row, "channel"),
                   cell(row, "state"), cell(row, "attempts"), second(time), what_text(row)});
  }
  return table.text(terminal_width);
}

// The text that was sent, or will be again: of the message that the alert is counted in.
void add_message(PageText& page, const sqlite::Row& row) {
  const auto subject = row.text("message_subject");
  if (!subject) return;
  page.section(row.text("counted_in") ? "Message that it is counted in" : "Message");
  page.line(*subject);
  page.line("");
  page.block(row.text("message_body").value_or(""));
}

std::string page_of(const sqlite::Row& row, bool is_full) {
  PageText page{false, is_full ? Extent::full : Extent::shortened};
  page.headline("Message " + row.text("id").value_or("?") + ": " +
                row.text("subject").value_or("(no subject)"));
  page.section("Delivery");
  page.field("Channel", row.text("channel"));
  page.field("State", row.text("state"));
  if (const std::string why = report::suppressed_text(row); !why.empty()) page.field("Why", why);
  page.field("Failures", row.text("attempts"));
  page.field("Last error", row.text("last_error"));
  page.field("Next attempt", report::stored_time_text(row, "next_attempt"));
  page.field("Sent", report::stored_time_text(row, "sent"));
  page.field("Created", created_text(row));
  if (row.integer("stands_for").value_or(1) > 1) {
    page.field("Stands for", row.text("stands_for").value_or("") + " alerts");
  }
  page.field("Counted in", row.text("counted_in"));
  page.field("UUID", row.text("uuid"));
  if (const auto table = row.text("source_table")) {
    page.field("About", *table + "/" + row.text("source_id").value_or("?"));
  }
  for (const auto& [name, column] : {std::pair{"Program", "program"},
                                     {"Release", "release"},
                                     {"Host", "host"},
                                     {"Process", "pid"},
                                     {"Thread", "tid"}}) {
    page.field(name, row.text(column));
  }
  add_message(page, row);
  if (const auto body = row.text("body")) {
    page.section(row.text("message_subject") ? "Alert, as it was recorded" : "Body");
    page.block(*body);
  }
  return page.text();
}

std::string ids_text(const std::vector<std::int64_t>& ids) {
  std::string text;
  for (const std::int64_t id : ids) text += (text.empty() ? "" : ", ") + std::to_string(id);
  return text;
}

Outcome change_outcome(const outbox::ChangeOutcome& change, const std::string& done, bool is_json) {
  std::string error;
  if (!change.unknown.empty()) error = "no such message: " + ids_text(change.unknown);
  if (!change.busy.empty()) {
    if (!error.empty()) error += "; ";
    error += "being sent right now: " + ids_text(change.busy) + " (try again in two minutes)";
  }
  const nlohmann::ordered_json json = {
      {done, change.done}, {"unknown", change.unknown}, {"busy", change.busy}};
  const std::string text = change.done.empty()
                               ? ""
                               : done + (change.done.size() == 1 ? " message: " : " messages: ") +
                                     ids_text(change.done) + '\n';
  return {error.empty() ? ExitCode::done : ExitCode::not_everything,
          is_json ? json.dump(2) + '\n' : text, error};
}

}  // namespace

Outcome outbox_list(const std::filesystem::path& database, const OutboxOptions& options) {
  const auto rows = outbox::list_messages(
      database, {.state = options.state, .channel = options.channel, .limit = options.limit});
  if (!rows) return open_failure(rows.error());
  return {ExitCode::done,
          options.json ? rows_json(*rows) : list_text(*rows, options.terminal_width), ""};
}

Outcome outbox_show(const std::filesystem::path& database, const OutboxOptions& options) {
  // Two errors may be called not_found: the file is, and the message is not.
  if (const auto path = sqlite::existing_database(database); !path)
    return open_failure(path.error());
  const auto row = outbox::find_message(database, options.ids.front());
  if (!row) return query_failure(row.error());
  return {ExitCode::done, options.json ? row_json(*row) : page_of(*row, options.full), ""};
}

Outcome outbox_drop(const std::filesystem::path& database, const OutboxOptions& options) {
  const auto path = sqlite::existing_database(database);
  if (!path) return open_failure(path.error());
  const auto change = outbox::drop(*path, options.ids, dblog::now());
  if (!change) return open_failure(change.error());
  return change_outcome(*change, "dropped", options.json);
}

Outcome outbox_replay(const std::filesystem::path& database, const OutboxOptions& options) {
  const auto path = sqlite::existing_database(database);
  if (!path) return open_failure(path.error());
  const auto change = outbox::replay(*path, options.ids, dblog::now());
  if (!change) return open_failure(change.error());
  return change_outcome(*change, "replayed", options.json);
}

}  // namespace dblog::tool
