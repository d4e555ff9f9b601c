// Rows of the database as values of JSON, and JSON as text. Used where the tool makes JSON.
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

#include "src/sqlite/row.hpp"
#include "tools/dblog/json_output.hpp"

namespace dblog::tool {

using Json = nlohmann::ordered_json;

Json value_json(const sqlite::Value& value);

/// Adds the row's columns to an object.
void add_columns(Json& object, const sqlite::Row& row);

/// null for no row.
Json row_object(const std::optional<sqlite::Row>& row);
Json row_objects(const std::vector<sqlite::Row>& rows);

/// With a newline behind it.
std::string json_text(Json json, JsonLayout layout = JsonLayout::readable);

}  // namespace dblog::tool
