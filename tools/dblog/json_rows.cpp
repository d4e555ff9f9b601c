#include "tools/dblog/json_rows.hpp"

#include <cstdint>
#include <type_traits>
#include <variant>

namespace dblog::tool {
namespace {

// Numbers of JavaScript are doubles: of 2^53 + 1 it would make 2^53, without a word.
void keep_digits(Json& json) {
  constexpr std::int64_t kFirstInexact = std::int64_t{1} << 53;
  if (json.is_structured()) {
    for (Json& part : json) keep_digits(part);
  } else if (json.is_number_integer()) {
    const auto number = json.get<std::int64_t>();
    if (number >= kFirstInexact || number <= -kFirstInexact) json = std::to_string(number);
  }
}

}  // namespace

Json value_json(const sqlite::Value& value) {
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

void add_columns(Json& object, const sqlite::Row& row) {
  for (const sqlite::Column& column : row.columns) object[column.name] = value_json(column.value);
}

Json row_object(const std::optional<sqlite::Row>& row) {
  if (!row) return nullptr;
  Json object = Json::object();
  add_columns(object, *row);
  return object;
}

Json row_objects(const std::vector<sqlite::Row>& rows) {
  Json array = Json::array();
  for (const sqlite::Row& row : rows) array.push_back(row_object(row));
  return array;
}

std::string json_text(Json json, JsonLayout layout) {
  if (layout == JsonLayout::browser) keep_digits(json);
  const int indent = layout == JsonLayout::readable ? 2 : -1;
  return json.dump(indent, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace) + '\n';
}

}  // namespace dblog::tool
