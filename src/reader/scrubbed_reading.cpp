#include "src/reader/scrubbed_reading.hpp"

#include <optional>
#include <string>

#include "src/scrub/rules.hpp"
#include "src/sqlite/row_scrubbing.hpp"

namespace dblog::reader {
namespace {

void scrub_row(std::optional<sqlite::Row>& row) {
  if (row) sqlite::scrub_row(*row);
}

void scrub_fields(std::vector<sqlite::Row>& rows) {
  for (sqlite::Row& row : rows) sqlite::scrub_field(row);
}

// Of a thread; elsewhere a name is a function's, a register's or a field's.
void scrub_names(std::vector<sqlite::Row>& rows) {
  const scrub::Rules* const rules = scrub::active_rules();
  if (rules == nullptr) return;
  for (sqlite::Row& row : rows) {
    for (sqlite::Column& column : row.columns) {
      auto* const name = std::get_if<std::string>(&column.value);
      if (column.name == "name" && name != nullptr) rules->scrub(*name);
    }
  }
}

}  // namespace

void scrub(std::vector<sqlite::Row>& rows) {
  for (sqlite::Row& row : rows) sqlite::scrub_row(row);
}

void scrub(Entry& entry) {
  sqlite::scrub_row(entry.row);
  scrub_row(entry.group_state);
  scrub_row(entry.process);
  const scrub::Rules* const rules = scrub::active_rules();
  if (rules == nullptr || !entry.facts) return;
  scrub_fields(entry.facts->fields);
  for (std::string& tag : entry.facts->tags) rules->scrub(tag);
}

void scrub(std::vector<Entry>& entries) {
  for (Entry& entry : entries) scrub(entry);
}

void scrub(Group& group) {
  scrub_row(group.summary);
  scrub_row(group.parts);
  scrub_row(group.state);
}

void scrub(Details& details) {
  scrub(details.entry);
  scrub_names(details.threads);
  scrub_row(details.note);
  scrub(details.breadcrumbs);
  scrub_fields(details.context);
  if (details.group) scrub(*details.group);
  scrub_row(details.group_state);
  scrub_row(details.hardware);
  scrub(details.outbox);
}

void scrub(Counts& counts) {
  scrub(counts.crashes);
  scrub(counts.events);
}

void scrub(Groups& groups) {
  scrub(groups.groups);
  scrub(groups.newest);
}

// The rest is numbers, and names that are shown as they are elsewhere, too.
void scrub(Statistics& statistics) { scrub(statistics.newest); }

}  // namespace dblog::reader
