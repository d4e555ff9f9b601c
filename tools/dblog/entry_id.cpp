// Names of crashes and events.
#include "tools/dblog/entry_id.hpp"

#include <charconv>

namespace dblog::tool {

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

std::string entry_id_text(const reader::Entry& entry) {
  const std::string number = std::to_string(entry.id.id);
  return entry.is_crash ? number : entry.id.table + '/' + number;
}

}  // namespace dblog::tool
