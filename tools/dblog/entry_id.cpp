// Names of crashes and events.
#include "tools/dblog/entry_id.hpp"

#include <charconv>

#include "src/reader/name_search.hpp"

namespace dblog::tool {
namespace {

base::Result<reader::EntryId> last_crash(reader::Reader& reader) {
  const auto newest = reader.newest({.table = reader::kCrashTable, .limit = 1});
  if (!newest) return newest.error();
  if (!newest->empty()) return newest->front().id;
  return base::Error{base::ErrorCode::not_found, "", "this database has no crashes"};
}

}  // namespace

std::optional<reader::EntryId> parse_entry_id(std::string_view text,
                                              std::string_view default_table) {
  // The last one: a foreign table's name may hold a slash.
  const auto slash = text.rfind('/');
  const bool has_table = slash != std::string_view::npos;
  const std::string_view table = has_table ? text.substr(0, slash) : default_table;
  const std::string_view number = has_table ? text.substr(slash + 1) : text;
  reader::EntryId id{std::string(table), 0};
  const char* end = number.data() + number.size();
  const auto [stop, failure] = std::from_chars(number.data(), end, id.id);
  if (table.empty() || failure != std::errc{} || stop != end) return std::nullopt;
  return id;
}

base::Result<reader::EntryId> find_entry_id(reader::Reader& reader, const std::string& text) {
  if (text == kLastCrash) return last_crash(reader);
  const auto id = parse_entry_id(text);
  if (id && text.find('/') != std::string::npos) return *id;
  auto crash = reader.crash(text);
  // Reader::details() says whether there ever was one.
  const bool is_absent = !crash && crash.error().code == base::ErrorCode::not_found;
  return id && is_absent ? base::Result<reader::EntryId>{*id} : crash;
}

bool may_be_entry_id(const std::string& text) {
  return text == kLastCrash || parse_entry_id(text) || text.find(':') != std::string::npos ||
         reader::is_uuid_beginning(text);
}

Outcome no_entry_id(const std::string& text) {
  return usage_failure(text +
                       ": is not an ID: a crash is a number or the beginning of its UUID, an event "
                       "TABLE/NUMBER, as 'dblog list' prints them, and 'last' is the newest crash");
}

std::string entry_id_text(const reader::Entry& entry) {
  const std::string number = std::to_string(entry.id.id);
  return entry.is_crash ? number : entry.id.table + '/' + number;
}

}  // namespace dblog::tool
