#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <string>

#include "src/base/field_bytes.hpp"
#include "src/base/text_buffer.hpp"
#include "src/recovery/scrubbed_record.hpp"
#include "src/scrub/rules.hpp"

namespace {

using dblog::base::FieldReader;
using dblog::base::FieldView;
using dblog::base::FieldWriter;
using dblog::base::TextBuffer;
using dblog::crash::CrashRecord;
using dblog::recovery::scrub_record;
using dblog::scrub::Rules;
using dblog::scrub::set_active_rules;

class ActiveRules {
 public:
  explicit ActiveRules(const dblog::scrub::RuleTexts& texts) : rules_(texts) {
    set_active_rules(&rules_);
  }
  ~ActiveRules() { set_active_rules(nullptr); }
  ActiveRules(const ActiveRules&) = delete;
  ActiveRules& operator=(const ActiveRules&) = delete;

 private:
  Rules rules_;
};

std::string message_of(const CrashRecord& record) { return {record.message, record.message_size}; }

std::unique_ptr<CrashRecord> record_with(const std::string& message) {
  auto record = std::make_unique<CrashRecord>();
  std::memcpy(record->message, message.data(), message.size());
  record->message_size = static_cast<std::uint32_t>(message.size());
  return record;
}

}  // namespace

TEST_CASE("scrubbed record: all that a program said is scrubbed") {
  const ActiveRules rules{{{"password"}, {"S3CRET"}}};
  auto record = record_with("password=hunter2 S3CRET");
  TextBuffer{record->note} << "a S3CRET";
  record->note_state = dblog::schema::NoteState::whole;
  record->breadcrumb_count = 1;
  TextBuffer{record->breadcrumbs[0].text} << "b S3CRET";
  record->thread_count = 1;
  TextBuffer{record->threads[0].name} << "S3CRET";
  TextBuffer{record->thread_name} << "S3CRET";
  FieldWriter writer{record->context, sizeof record->context, dblog::base::kOfContext};
  writer.integer("password", 4711);
  writer.text("said", "S3CRET");
  writer.real("ratio", 0.5);
  record->context_size = static_cast<std::uint32_t>(writer.size());
  scrub_record(*record);
  CHECK(message_of(*record) == "password=[scrubbed] [scrubbed]");
  CHECK(std::string(record->note) == "a [scrubbed]");
  CHECK(std::string(record->breadcrumbs[0].text) == "b [scrubbed]");
  CHECK(std::string(record->threads[0].name) == "[scrubbed]");
  CHECK(std::string(record->thread_name) == "[scrubbed]");
  FieldReader reader{{record->context, record->context_size}};
  FieldView field;
  REQUIRE(reader.next(field));
  CHECK((field.name == "password" && field.text == "[scrubbed]" && field.is_of_context));
  REQUIRE(reader.next(field));
  CHECK((field.name == "said" && field.text == "[scrubbed]"));
  REQUIRE(reader.next(field));
  CHECK((field.name == "ratio" && field.real == 0.5));
  CHECK_FALSE(reader.next(field));
}

TEST_CASE("scrubbed record: what becomes too long is cut in its bounds") {
  const ActiveRules rules{{{}, {"x"}}};
  std::string message;
  while (message.size() + 2 < CrashRecord::kMaxMessage) message += "xy";
  auto record = record_with(message);
  record->breadcrumb_count = CrashRecord::kMaxBreadcrumbs;
  for (auto& breadcrumb : record->breadcrumbs) {
    TextBuffer{breadcrumb.text} << message;
  }
  FieldWriter writer{record->context, sizeof record->context, dblog::base::kOfContext};
  while (writer.text("name", "xyxyxyxy")) {
  }
  record->context_size = static_cast<std::uint32_t>(writer.size());
  scrub_record(*record);
  CHECK(record->message_size < CrashRecord::kMaxMessage);
  CHECK(record->message_size > CrashRecord::kMaxMessage - 16);
  CHECK(message_of(*record).find('x') == std::string::npos);
  for (const auto& breadcrumb : record->breadcrumbs) {
    const std::string text = breadcrumb.text;
    CHECK((text.size() > 150 && text.find('x') == std::string::npos));
  }
  CHECK(record->context_size <= sizeof record->context);
  FieldReader reader{{record->context, record->context_size}};
  for (FieldView field; reader.next(field);) CHECK(field.text.find('x') == std::string::npos);
}

TEST_CASE("scrubbed record: without rules nothing changes") {
  auto record = record_with("password=hunter2");
  const auto before = std::make_unique<CrashRecord>(*record);
  scrub_record(*record);
  CHECK(std::memcmp(record.get(), before.get(), sizeof *record) == 0);
}
