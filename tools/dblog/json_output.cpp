// JSON of entries.
#include "tools/dblog/json_output.hpp"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "src/report/crash_text.hpp"
#include "src/report/signal_text.hpp"
#include "src/report/what_happened.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/source_excerpt.hpp"
#include "tools/dblog/state_sections.hpp"

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

Json field_json(const store::Row& field) {
  const store::Value* value = field.find("value");
  const auto number = field.integer("value");
  if (number && field.text("type") == "boolean") return *number != 0;
  return value == nullptr ? Json(nullptr) : value_json(*value);
}

void add_facts(Json& object, const reader::EventFacts& facts) {
  object["severity"] = facts.severity;
  object["fields"] = Json::object();
  for (const store::Row& field : facts.fields) {
    object["fields"][field.text("name").value_or("")] = field_json(field);
  }
  object["fields_left_out"] = facts.fields_left_out;
  object["tags"] = facts.tags;
  object["tags_left_out"] = facts.tags_left_out;
}

Json entry_json(const reader::Entry& entry) {
  Json object = Json::object();
  object["table"] = entry.id.table;
  add_columns(object, entry.row);
  if (entry.facts) add_facts(object, *entry.facts);
  return object;
}

Json source_json(const store::Row& frame) {
  constexpr std::int64_t kLinesAround = 2;
  const auto file = frame.text("file");
  const auto line = frame.integer("line");
  const auto excerpt = file && line ? read_source(*file, *line, kLinesAround) : std::nullopt;
  if (!excerpt) return nullptr;
  Json lines = Json::array();
  for (const SourceLine& one : excerpt->lines) {
    lines.push_back({{"line", one.number}, {"text", one.text}});
  }
  return lines;
}

Json frames_json(const std::vector<store::Row>& frames, bool with_source) {
  // As many as a thread can have: a database from elsewhere must not keep the tool reading files.
  constexpr std::size_t kExcerpts = 256;
  Json array = row_objects(frames);
  std::size_t excerpts = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    Json source = with_source && excerpts < kExcerpts ? source_json(frames[i]) : Json(nullptr);
    if (!source.is_null()) ++excerpts;
    array[i]["source"] = std::move(source);
  }
  return array;
}

Json parts_json(const reader::Group& group) {
  Json array = Json::array();
  std::string parts = group.parts ? group.parts->text("parts").value_or("") : "";
  for (std::size_t end = 0; !parts.empty(); parts.erase(0, end)) {
    array.push_back(std::string(report::first_line(parts)));
    end = std::min(parts.size(), array.back().get_ref<const std::string&>().size() + 1);
  }
  return array;
}

Json group_object(const reader::Group& group) {
  Json object = {{"fingerprint", group.fingerprint}};
  if (group.summary) add_columns(object, *group.summary);
  object["place"] = group.parts ? value_json(*group.parts->find("place")) : Json(nullptr);
  object["parts"] = parts_json(group);
  return object;
}

Json code_name_json(const store::Row& crash) {
  const auto signal = crash.integer("signal");
  const auto code = crash.integer("signal_code");
  const std::string name{signal && code ? report::signal_code_name(*signal, *code) : ""};
  return name.empty() ? Json(nullptr) : Json(name);
}

void add_crash(Json& object, const reader::Details& details, bool with_source) {
  object["what_happened"] = report::what_happened(details);
  object["signal_code_name"] = code_name_json(details.entry.row);
  object["group"] = details.group ? group_object(*details.group) : Json(nullptr);
  object["frames"] = frames_json(details.frames, with_source);
  object["threads"] = row_objects(details.threads);
  object["registers"] = row_objects(in_processor_order(details.registers));
  object["breadcrumbs"] = row_objects(details.breadcrumbs);
}

Json stack_json(const reader::EventStack& stack, bool with_source) {
  return {{"fingerprint", stack.fingerprint ? Json(*stack.fingerprint) : Json(nullptr)},
          {"frames", frames_json(stack.frames, with_source)}};
}

Json stacks_json(const std::optional<reader::EventStacks>& stacks, bool with_source) {
  if (!stacks) return nullptr;
  Json object = row_object(stacks->row);
  object["pushed"] = stack_json(stacks->pushed, with_source);
  object["thrown"] = stack_json(stacks->thrown, with_source);
  return object;
}

std::string json_text(const Json& json) {
  return json.dump(2, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace) + '\n';
}

}  // namespace

std::string entries_json(const std::vector<reader::Entry>& entries) {
  Json array = Json::array();
  for (const reader::Entry& entry : entries) array.push_back(entry_json(entry));
  return json_text(array);
}

std::string details_json(const reader::Details& details, bool with_source) {
  Json object = entry_json(details.entry);
  if (details.entry.is_crash) {
    add_crash(object, details, with_source);
  } else {
    object["stacks"] = stacks_json(details.stacks, with_source);
  }
  object["hardware"] = row_object(details.hardware);
  if (details.hardware) object["hardware"]["details"] = row_object(details.hardware_details);
  object["outbox"] = row_objects(details.outbox);
  object["is_truncated"] = details.is_truncated;
  return json_text(object);
}

std::string groups_json(const reader::Groups& groups) {
  return json_text(
      {{"groups", row_objects(groups.groups)}, {"without_group", groups.without_group}});
}

std::string rows_json(const std::vector<store::Row>& rows) { return json_text(row_objects(rows)); }

std::string row_json(const store::Row& row) { return json_text(row_object(row)); }

std::string group_json(const reader::Group& group) { return json_text(group_object(group)); }

}  // namespace dblog::tool
