// What the store writes, one struct a row: plain values, made by the callers.
// Dates are texts as local_date_text() makes them; texts are any bytes, the store makes them UTF-8.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "handlers/hardware_sample.hpp"
#include "src/store/table_name.hpp"

namespace dblog::store {

/// One row of hw_logs, and its row of hw_details.
struct HardwareRow {
  std::string task;
  int process_id = 0;
  crash::HardwareSample sample;
  std::string date;
};

/// One row of outbox, pending.
struct OutboxRow {
  std::string channel;  ///< "slack" or "email".
  std::string subject;
  std::string body;
};

/// One row of a user's table, and what is to be committed with it.
struct EventRow {
  TableName table;
  std::string message;
  std::string date;
  std::optional<HardwareRow> hardware;
  std::vector<OutboxRow> outbox;
};

}  // namespace dblog::store
