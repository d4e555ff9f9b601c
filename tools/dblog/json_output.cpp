// JSON of entries.
#include "tools/dblog/json_output.hpp"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "src/report/crash_text.hpp"
#include "src/report/group_text.hpp"
#include "src/report/signal_text.hpp"
#include "src/report/what_happened.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/json_rows.hpp"
#include "tools/dblog/state_sections.hpp"

namespace dblog::tool {
namespace {

Json field_json(const sqlite::Row& field) {
  const sqlite::Value* value = field.find("value");
  const auto number = field.integer("value");
  if (number && field.text("type") == "boolean") return *number != 0;
  return value == nullptr ? Json(nullptr) : value_json(*value);
}

void add_facts(Json& object, const reader::EventFacts& facts) {
  object["severity"] = facts.severity;
  object["fields"] = Json::object();
  for (const sqlite::Row& field : facts.fields) {
    object["fields"][field.text("name").value_or("")] = field_json(field);
  }
  object["fields_left_out"] = facts.fields_left_out;
  object["tags"] = facts.tags;
  object["tags_left_out"] = facts.tags_left_out;
}

Json process_json(const std::optional<sqlite::Row>& row, const char* column) {
  const sqlite::Value* value = row ? row->find(column) : nullptr;
  return value == nullptr ? Json(nullptr) : value_json(*value);
}

// Of a crash, its own columns have the others.
void add_origin(Json& object, const reader::Entry& entry) {
  if (!entry.is_crash) {
    object["program"] = process_json(entry.process, "executable");
    object["release"] = process_json(entry.process, "release");
    object["host"] = process_json(entry.process, "host");
  }
  object["environment"] = process_json(entry.process, "environment");
}

Json entry_json(const reader::Entry& entry) {
  Json object = Json::object();
  object["table"] = entry.id.table;
  add_columns(object, entry.row);
  if (!entry.is_hardware) add_origin(object, entry);
  if (entry.facts) add_facts(object, *entry.facts);
  if (entry.is_crash) object["group_state"] = row_object(entry.group_state);
  return object;
}

Json source_json(const sqlite::Row& frame, const SourceFiles& sources) {
  constexpr std::int64_t kLinesAround = 2;
  const auto file = frame.text("file");
  const auto line = frame.integer("line");
  if (!file || !line) return nullptr;
  const auto excerpt = read_source(sources.path_map.place_of(*file), *line, kLinesAround);
  if (!excerpt) return nullptr;
  Json lines = Json::array();
  for (const SourceLine& one : excerpt->lines) {
    lines.push_back({{"line", one.number}, {"text", one.text}});
  }
  return lines;
}

Json frames_json(const std::vector<sqlite::Row>& frames, const SourceFiles& sources) {
  // As many as a thread can have: a database from elsewhere must not keep the tool reading files.
  constexpr std::size_t kExcerpts = 256;
  Json array = row_objects(frames);
  std::size_t excerpts = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    Json source = sources.may_be_read && excerpts < kExcerpts ? source_json(frames[i], sources)
                                                              : Json(nullptr);
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
  object["state"] = row_object(group.state);
  return object;
}

Json code_name_json(const sqlite::Row& crash) {
  const auto signal = crash.integer("signal");
  const auto code = crash.integer("signal_code");
  const std::string name{signal && code ? report::signal_code_name(*signal, *code) : ""};
  return name.empty() ? Json(nullptr) : Json(name);
}

void add_crash(Json& object, const reader::Details& details, const SourceFiles& sources) {
  object["what_happened"] = report::what_happened(details);
  object["signal_code_name"] = code_name_json(details.entry.row);
  object["group"] = details.group ? group_object(*details.group) : Json(nullptr);
  object["group_state"] = row_object(details.group_state);
  const std::string standing = report::standing_text(details);
  object["standing"] = standing.empty() ? Json(nullptr) : Json(standing);
  object["frames"] = frames_json(details.frames, sources);
  object["threads"] = row_objects(details.threads);
  object["registers"] = row_objects(in_processor_order(details.registers));
  object["context"] = row_objects(details.context);
  object["noexcept"] = row_object(details.noexcept_frame);
  object["note"] = row_object(details.note);
  object["breadcrumbs"] = row_objects(details.breadcrumbs);
}

Json stack_json(const reader::EventStack& stack, const SourceFiles& sources) {
  return {{"fingerprint", stack.fingerprint ? Json(*stack.fingerprint) : Json(nullptr)},
          {"frames", frames_json(stack.frames, sources)}};
}

Json stacks_json(const std::optional<reader::EventStacks>& stacks, const SourceFiles& sources) {
  if (!stacks) return nullptr;
  Json object = row_object(stacks->row);
  object["pushed"] = stack_json(stacks->pushed, sources);
  object["thrown"] = stack_json(stacks->thrown, sources);
  return object;
}

}  // namespace

std::string entries_json(const std::vector<reader::Entry>& entries) {
  Json array = Json::array();
  for (const reader::Entry& entry : entries) array.push_back(entry_json(entry));
  return json_text(std::move(array));
}

std::string entry_json_line(const reader::Entry& entry) {
  return json_text(entry_json(entry), JsonLayout::line);
}

std::string details_json(const reader::Details& details, const SourceFiles& sources,
                         JsonLayout layout) {
  Json object = entry_json(details.entry);
  if (details.entry.is_crash) {
    add_crash(object, details, sources);
  } else {
    object["stacks"] = stacks_json(details.stacks, sources);
  }
  object["hardware"] = row_object(details.hardware);
  if (details.hardware) object["hardware"]["details"] = row_object(details.hardware_details);
  object["outbox"] = row_objects(details.outbox);
  object["is_truncated"] = details.is_truncated;
  return json_text(std::move(object), layout);
}

std::string groups_json(const reader::Groups& groups, JsonLayout layout) {
  Json array = row_objects(groups.groups);
  for (std::size_t i = 0; i < groups.newest.size(); ++i) {
    array[i]["state"] = row_object(groups.newest[i].group_state);
  }
  return json_text({{"groups", std::move(array)}, {"without_group", groups.without_group}}, layout);
}

std::string rows_json(const std::vector<sqlite::Row>& rows, JsonLayout layout) {
  return json_text(row_objects(rows), layout);
}

std::string row_json(const sqlite::Row& row) { return json_text(row_object(row)); }

std::string group_json(const reader::Group& group) { return json_text(group_object(group)); }

}  // namespace dblog::tool
