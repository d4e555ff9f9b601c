// JSON of entries.
#include "tools/dblog/json_output.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <type_traits>
#include <variant>

namespace dblog::tool {
namespace {

using Json = nlohmann::ordered_json;

Json value_json(const store::Value& value) {
  return std::visit(
      [](const auto& held) -> Json {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>) {
          return nullptr;
        } else {
          return held;
        }
      },
      value);
}

void add_columns(Json& object, const store::Row& row) {
  for (const store::Column& column : row.columns) object[column.name] = value_json(column.value);
}

Json row_object(const std::optional<store::Row>& row) {
  if (!row) return nullptr;
  Json object = Json::object();
  add_columns(object, *row);
  return object;
}

Json row_objects(const std::vector<store::Row>& rows) {
  Json array = Json::array();
  for (const store::Row& row : rows) array.push_back(row_object(row));
  return array;
}

Json entry_json(const store::Entry& entry) {
  Json object = Json::object();
  object["table"] = entry.id.table;
  add_columns(object, entry.row);
  return object;
}

std::string json_text(const Json& json) {
  return json.dump(2, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace) + '\n';
}

}  // namespace

std::string entries_json(const std::vector<store::Entry>& entries) {
  Json array = Json::array();
  for (const store::Entry& entry : entries) array.push_back(entry_json(entry));
  return json_text(array);
}

std::string details_json(const store::Details& details) {
  Json object = entry_json(details.entry);
  if (details.entry.is_crash) object["frames"] = row_objects(details.frames);
  object["hardware"] = row_object(details.hardware);
  if (details.hardware) object["hardware"]["details"] = row_object(details.hardware_details);
  object["outbox"] = row_objects(details.outbox);
  return json_text(object);
}

std::string rows_json(const std::vector<store::Row>& rows) { return json_text(row_objects(rows)); }

std::string row_json(const store::Row& row) { return json_text(row_object(row)); }

}  // namespace dblog::tool
