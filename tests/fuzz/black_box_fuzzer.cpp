// Bytes that claim to be a black box: read, and imported into a database.
//
// The input's first byte says what is made of the rest. An image is a whole box of a process that
// is gone, parts of which the input overwrites; its checksums are made right again where that is
// asked for, so that what lies behind them is reached too.
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "handlers/sqlite/crash_connection.hpp"
#include "src/process/process_identity.hpp"
#include "src/recovery/box_file.hpp"
#include "src/recovery/recovery.hpp"
#include "src/text/valid_text.hpp"
#include "tests/fuzz/input_reader.hpp"
#include "tests/support/box_image.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using dblog::crash::BlackBox;
using dblog::crash::CrashRecord;
using dblog::crash::RecordState;
using dblog::recovery::BoxContent;
using dblog::test::BoxImage;
using dblog::test::InputReader;

void require(bool holds, const char* what, const std::string& why = {}) {
  if (holds) return;
  std::fprintf(stderr, "black box: %s %s\n", what, why.c_str());
  std::abort();
}

template <std::size_t N>
std::string_view text_in(const char (&array)[N]) {
  require(std::memchr(array, '\0', N) != nullptr, "a text does not end");
  return array;
}

template <std::size_t N>
void require_text(const char (&array)[N]) {
  require(dblog::text::is_utf8(text_in(array)), "a text is not UTF-8");
}

template <std::size_t N>
bool is_one_of(std::string_view value, const std::string_view (&words)[N]) {
  return std::find(words, words + N, value) != words + N;
}

void check_record(const CrashRecord& record) {
  require(record.frame_count <= CrashRecord::kMaxFrames, "frames");
  require(record.module_count <= CrashRecord::kMaxModules, "modules");
  require(record.register_count <= CrashRecord::kMaxRegisters, "registers");
  require(record.breadcrumb_count <= CrashRecord::kMaxBreadcrumbs, "breadcrumbs");
  require(record.thread_count <= CrashRecord::kMaxThreads, "threads");
  require(record.context_size <= CrashRecord::kMaxContext, "context");
  require(record.message_size < CrashRecord::kMaxMessage, "message");
  require(record.kind <= dblog::crash::CrashKind::killed, "kind");
  require_text(record.thread_name);
  require_text(record.exception_type);
  require(dblog::text::is_utf8({record.message, record.message_size}), "the message is not UTF-8");
  for (std::uint32_t i = 0; i < record.module_count; ++i) {
    require_text(record.modules[i].path);
    require(record.modules[i].build_id_size <= dblog::crash::Module::kMaxBuildId, "build id");
  }
  for (std::uint32_t i = 0; i < record.breadcrumb_count; ++i) {
    require_text(record.breadcrumbs[i].text);
  }
  for (std::uint32_t i = 0; i < record.thread_count; ++i) {
    require_text(record.threads[i].name);
    require(record.threads[i].frame_count <= dblog::crash::ThreadStack::kMaxFrames, "its frames");
  }
}

void check(const BoxContent& content) {
  text_in(content.identity.process.boot_id);
  text_in(content.identity.facts.database);
  require_text(content.identity.facts.executable);
  require_text(content.identity.facts.host);
  require_text(content.identity.facts.release);
  const bool has_no_record =
      content.record_state == RecordState::none || content.record_state == RecordState::begun;
  if (!has_no_record || content.record.utc_microseconds != 0) check_record(content.record);
  require(content.record.breadcrumb_count <= CrashRecord::kMaxBreadcrumbs, "breadcrumbs");
  require(content.record.context_size <= CrashRecord::kMaxContext, "context");
}

// What is there more than once has its first place here.
constexpr std::size_t kParts[] = {
    0,
    offsetof(BlackBox, identity.process.id),
    offsetof(BlackBox, identity.facts),
    offsetof(BlackBox, identity.facts.executable),
    offsetof(BlackBox, identity.facts.host),
    offsetof(BlackBox, identity.facts.local_time),
    offsetof(BlackBox, last_sample),
    offsetof(BlackBox, breadcrumbs),
    offsetof(BlackBox, context),
    offsetof(BlackBox, context.halves),
    offsetof(BlackBox, last_seen_utc_microseconds),
    offsetof(BlackBox, record),
    offsetof(BlackBox, record.frame_count),
    offsetof(BlackBox, record.frames),
    offsetof(BlackBox, record.registers),
    offsetof(BlackBox, record.modules),
    offsetof(BlackBox, record.breadcrumbs),
    offsetof(BlackBox, record.threads),
    offsetof(BlackBox, record.context),
    offsetof(BlackBox, record.message),
};

constexpr RecordState kStates[] = {RecordState::none, RecordState::begun, RecordState::complete,
                                   RecordState::committed};

dblog::process::ProcessIdentity process_that_died_in_this_boot() {
  dblog::process::ProcessIdentity process = dblog::process::identity_of(::getpid());
  process.id = BoxImage::kProcessId;
  return process;
}

void make_box(InputReader& input, BoxImage& image) {
  const auto mode = input.number<std::uint8_t>();
  const RecordState state = kStates[mode % 4];
  const bool has_right_identity = (mode & 4U) == 0;
  const bool has_right_record = (mode & 8U) == 0;
  const bool keeps_state = (mode & 16U) != 0;
  const bool is_of_this_boot = (mode & 32U) != 0;
  if (is_of_this_boot) image.box().identity.process = process_that_died_in_this_boot();
  overwrite_parts(input, kParts, image.bytes(), image.size());
  if (has_right_identity) image.seal_identity();
  if (has_right_record && image.has_counts_in_range()) image.seal_record();
  if (!keeps_state) image.box().record_state = state;
}

class Place {
 public:
  // Beside a database that is never there: recovery makes one.
  void import(std::string_view bytes) {
    const auto database = directory_ / "LOGS.db";
    for (const auto& entry : std::filesystem::directory_iterator{directory_.path()}) {
      std::filesystem::remove(entry);
    }
    const std::string name = "LOGS.db-box-" + std::to_string(BoxImage::kProcessId) +
                             "-00000000-0000-4000-8000-000000000000";
    const auto box = directory_.write(name, bytes);
    std::filesystem::permissions(box, std::filesystem::perms{0600});
    const auto outcome = dblog::recovery::open_and_recover(database, std::chrono::seconds{20});
    // The crash connection keeps its descriptors for as long as the process lives.
    dblog::crash::leave_crash_connection_to_parent();
    if (!outcome) {
      // For a box that has nothing to tell no database is made.
      require(outcome.error().code == dblog::base::ErrorCode::not_found,
              "no database was made:", outcome.error().text());
      return;
    }
    for (const dblog::base::Error& failure : outcome->failed) {
      require(false, "the database did not take what was read:", failure.text());
    }
    const int with_rows = outcome->crashes + outcome->killed + outcome->ended;
    const bool is_kept = std::filesystem::exists(box);
    require(with_rows + outcome->forgotten + static_cast<int>(is_kept) == 1,
            "the box was not taken exactly once");
    check_rows(database, with_rows);
  }

 private:
  static void check_fields(sqlite3* database) {
    sqlite3_stmt* rows = nullptr;
    sqlite3_prepare_v2(database, "SELECT number, name, type, value FROM crash_fields", -1, &rows,
                       nullptr);
    while (sqlite3_step(rows) == SQLITE_ROW) {
      require(sqlite3_column_int(rows, 0) <= int{CrashRecord::kMaxContextFields}, "a number");
      for (const int i : {1, 2, 3}) {
        if (sqlite3_column_type(rows, i) != SQLITE_TEXT) continue;
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(rows, i));
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(rows, i));
        require(dblog::text::is_utf8({text, size}), "a field is not UTF-8");
      }
    }
    sqlite3_finalize(rows);
  }

  static void check_rows(const std::filesystem::path& path, int crashes) {
    sqlite3* database = nullptr;
    sqlite3_open(path.c_str(), &database);
    sqlite3_stmt* rows = nullptr;
    sqlite3_prepare_v2(database, "SELECT * FROM crashes", -1, &rows, nullptr);
    int count = 0;
    for (; sqlite3_step(rows) == SQLITE_ROW; ++count) {
      for (int i = 0; i < sqlite3_column_count(rows); ++i) {
        if (sqlite3_column_type(rows, i) != SQLITE_TEXT) continue;
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(rows, i));
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(rows, i));
        require(dblog::text::is_utf8({text, size}), "a column is not UTF-8");
        const std::string_view column = sqlite3_column_name(rows, i);
        const std::string_view value{text, size};
        require(column != "access" || is_one_of(value, dblog::schema::kAccessWords), "access");
        require(column != "cause" || is_one_of(value, dblog::schema::kCauseWords), "cause");
        require(column != "phase" || is_one_of(value, dblog::schema::kPhaseWords), "phase");
      }
    }
    sqlite3_finalize(rows);
    check_fields(database);
    sqlite3_close(database);
    require(count == crashes, "the report counts other crashes than the rows");
  }

  dblog::test::TemporaryDirectory directory_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  InputReader input{data, size};
  const auto mode = input.number<std::uint8_t>();
  BoxImage image;
  std::string_view bytes = image.view();
  std::string raw;
  if (mode % 8 == 7) {
    raw = input.rest();
    bytes = raw;
  } else {
    make_box(input, image);
    if (mode % 8 == 6) bytes = bytes.substr(0, input.below(256) * bytes.size() / 256);
  }
  if (const auto content = dblog::recovery::read_box(bytes.data(), bytes.size(), "fuzz")) {
    check(**content);
  }
  static Place place;
  if (mode % 8 == 0) place.import(bytes);
  return 0;
}
