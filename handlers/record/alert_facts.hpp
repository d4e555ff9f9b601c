// The lines below the text of every notification: when, where, by whom. One layout for crashes and
// for handled errors, which src/event/alert_text.cpp makes with it.
// Context: crash time.
#pragma once

#include <cstdint>
#include <string_view>

#include "src/base/text_buffer.hpp"

namespace dblog::crash {

/// What is empty or 0 is left out.
struct AlertFacts {
  std::int64_t utc_microseconds = 0;
  std::int32_t offset_seconds = 0;  ///< Of local time, east of UTC, at that moment.
  std::string_view program;
  std::string_view release;
  std::string_view host;
  std::int64_t process_id = 0;
  std::int64_t thread_id = 0;
  std::string_view thread_name;
  std::string_view database;
  std::string_view table;  ///< Of a handled error.
};

/// "Date:     2026-01-31 12:00:00.000001 (UTC+01:00)", and so on, each line with its end.
void put_facts(TextBuffer& text, const AlertFacts& facts) noexcept;

}  // namespace dblog::crash
