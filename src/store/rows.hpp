// What the store writes, one struct a row: plain values, made by the callers.
// Dates are texts as local_date_text() makes them; texts are any bytes, the store makes them UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dblog/event_field.hpp"
#include "handlers/record/crash_record.hpp"
#include "src/base/hardware_sample.hpp"
#include "src/base/uuid.hpp"
#include "src/sqlite/table_name.hpp"

namespace dblog::store {

/// Where a row comes from, and how far its date is from UTC.
struct Origin {
  std::int64_t process_id = 0;  ///< In dblog_processes; 0: not known.
  std::int32_t utc_offset_seconds = 0;

  bool operator==(const Origin&) const = default;
};

/// One row of dblog_processes. Empty texts: not known.
struct ProcessRow {
  base::Uuid uuid{};  ///< All zero: there is no row.
  std::string host;
  std::string machine_id;
  std::string executable;
  std::string command_line;
  std::string directory;
  std::optional<std::int64_t> user_id;
  int process_id = 0;
  std::string kernel;
  std::string distribution;
  std::string release;
  std::string environment;
  std::int64_t started_utc_microseconds = 0;  ///< 0: not known.
};

/// One row of hw_logs, and its row of hw_details.
struct HardwareRow {
  std::string task;
  int process_id = 0;
  base::HardwareSample sample;
  std::string date;
  std::optional<std::int32_t> utc_offset_seconds = {};
};

/// Rows of outbox, pending: one a channel, about the event whose message is their body. What the
/// alert says besides is made of these facts when it is sent.
struct AlertRow {
  std::vector<std::string> channels;  ///< "slack", "email".
  std::string subject;
  int utc_offset_seconds = 0;  ///< Of the event's date, east of UTC.
  std::string program;         ///< Empty texts, and thread 0: NULL.
  std::string release;
  std::string host;
  int process_id = 0;
  int thread_id = 0;
};

/// One row of stacks with its rows of stack_frames, written only if the database has no such id.
struct StackRow {
  struct Frame {
    static constexpr std::size_t kNoModule = ~std::size_t{0};

    std::uint64_t address = 0;
    std::size_t module = kNoModule;  ///< Index into `modules`.
    bool is_return_address = true;
  };

  std::int64_t id = 0;  ///< Tells stacks apart, in every process (docs/schema.md).
  std::vector<crash::Module> modules;
  std::vector<Frame> frames;  ///< From the inside out.
};

/// One row of event_stacks.
struct EventStackRow {
  int process_id = 0;
  int thread_id = 0;
  std::string exception_type;  ///< Empty: NULL.
  std::optional<StackRow> pushed_at;
  std::optional<StackRow> thrown_at;
};

/// What an event says besides its message: a row of event_facts, unless its severity is `error` and
/// nothing was left out, and rows of event_fields and event_tags.
struct EventFactsRow {
  Severity severity = Severity::error;
  std::vector<Field> fields;  ///< Names differ; all texts are UTF-8.
  std::vector<std::string> tags;
  std::int64_t fields_left_out = 0;
  std::int64_t tags_left_out = 0;
};

/// One row of a user's table, and what is to be committed with it.
struct EventRow {
  sqlite::TableName table;
  std::string message;
  std::string date;
  std::optional<HardwareRow> hardware;
  std::optional<AlertRow> alert = {};
  std::optional<EventStackRow> stack = {};
  std::optional<EventFactsRow> facts = {};
  Origin origin = {};
};

}  // namespace dblog::store
