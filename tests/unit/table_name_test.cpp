#include "src/sqlite/table_name.hpp"

#include <catch2/catch.hpp>

using dblog::base::ErrorCode;
using dblog::sqlite::quoted_name;
using dblog::sqlite::TableName;

namespace {

bool is_accepted(std::string_view name) {
  const auto parsed = TableName::parse(name);
  return parsed.ok() && parsed->text() == name;
}

std::string refusal_of(std::string_view name) {
  const auto parsed = TableName::parse(name);
  if (parsed.ok()) return "accepted";
  CHECK(parsed.error().code == ErrorCode::invalid_argument);
  CHECK(parsed.error().text().find('\n') == std::string::npos);
  return parsed.error().text();
}

}  // namespace

TEST_CASE("table name: identifiers are accepted") {
  CHECK(is_accepted("error_table"));
  CHECK(is_accepted("_"));
  CHECK(is_accepted("T2"));
}

TEST_CASE("table name: SQL keywords are accepted") {
  for (const char* keyword : {"select", "TABLE", "order", "Group", "null", "index"}) {
    CHECK(is_accepted(keyword));
  }
}

TEST_CASE("table name: letters of other scripts are accepted") {
  for (const char* name : {"größe", "журнал", "错误表", "エラー", "हिन्दी", "خطأ", "µs", "ª", "𝔘"}) {
    CHECK(is_accepted(name));
  }
}

TEST_CASE("table name: what is no part of a word is refused") {
  for (const char* name :
       {"a b", "a-b", "a.b", "a\"b", "a'b", "a;b", "a\nb", "a\u00A0b", "a\u200Bb", "\u202Ex", "a–b",
        "a×b", "tab😀", "\uFEFFx", "a\u0085b", "„x“"}) {
    CHECK(refusal_of(name).find("use letters, digits and '_'") != std::string::npos);
  }
  CHECK(refusal_of(std::string_view("a\0b", 3)).find("at byte 2") != std::string::npos);
}

TEST_CASE("table name: an empty one is refused") {
  CHECK(refusal_of("").find("empty") != std::string::npos);
}

TEST_CASE("table name: one that starts with a digit is refused") {
  CHECK(refusal_of("2fast").find("starts with a digit") != std::string::npos);
}

TEST_CASE("table name: bytes that are not UTF-8 are refused") {
  CHECK(refusal_of("a\xFF").find("byte 2 is not UTF-8") != std::string::npos);
}

TEST_CASE("table name: 128 bytes are accepted, 129 are not") {
  CHECK(is_accepted(std::string(128, 'x')));
  CHECK(refusal_of(std::string(129, 'x')).find("129 bytes") != std::string::npos);
  CHECK(is_accepted("ää" + std::string(124, 'x')));
  CHECK_FALSE(is_accepted("ää" + std::string(125, 'x')));
}

TEST_CASE("table name: a very long one gives a short reason") {
  CHECK(refusal_of(std::string(1'000'000, 'x')).size() < 300);
}

TEST_CASE("table name: SQLite's and dblog's own are refused in any case") {
  for (const char* name : {"sqlite_sequence", "SQLite_x", "hw_logs", "HW_LOGS", "hw_details",
                           "crashes", "Crashes", "stack_frames", "crash_groups", "outbox_open",
                           "frames", "outbox", "frames_by_crash", "dblog_x", "DBLOG_"}) {
    CHECK(refusal_of(name) != "accepted");
  }
}

TEST_CASE("table name: names that only begin like our own are accepted") {
  for (const char* name : {"crashes2", "hw_log_test", "outbox_", "sqlite", "dblog"}) {
    CHECK(is_accepted(name));
  }
}

TEST_CASE("quoted identifier: quotes inside are doubled") {
  CHECK(quoted_name("a\"b") == "\"a\"\"b\"");
}
