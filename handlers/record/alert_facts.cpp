// Context: crash time.
#include "handlers/record/alert_facts.hpp"

#include "src/base/local_time.hpp"

namespace dblog::crash {
namespace {

void put_two_digits(TextBuffer& text, std::int32_t number) noexcept {
  text << static_cast<char>('0' + number / 10 % 10) << static_cast<char>('0' + number % 10);
}

// Local time alone leaves a reader elsewhere guessing.
void put_date(TextBuffer& text, const AlertFacts& facts) noexcept {
  char date[kDateTextSize];
  format_date(facts.utc_microseconds, facts.offset_seconds, date);
  const std::int32_t offset = facts.offset_seconds;
  const std::int32_t minutes = (offset < 0 ? -offset : offset) / 60;
  text << "Date:     " << date << " (UTC" << (offset < 0 ? '-' : '+');
  put_two_digits(text, minutes / 60);
  text << ':';
  put_two_digits(text, minutes % 60);
  text << ")\n";
}

void put_fact(TextBuffer& text, const char* name, std::string_view value) noexcept {
  if (!value.empty()) text << name << value << '\n';
}

}  // namespace

void put_facts(TextBuffer& text, const AlertFacts& facts) noexcept {
  put_date(text, facts);
  put_fact(text, "Program:  ", facts.program);
  put_fact(text, "Release:  ", facts.release);
  put_fact(text, "Host:     ", facts.host);
  text << "Process:  " << facts.process_id;
  if (facts.thread_id != 0) text << ", thread " << facts.thread_id;
  if (!facts.thread_name.empty()) text << " (" << facts.thread_name << ')';
  text << "\nDatabase: " << facts.database;
  if (!facts.table.empty()) text << ", table " << facts.table;
  text << '\n';
}

}  // namespace dblog::crash
