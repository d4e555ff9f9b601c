#include "tests/fuzz/hostile_database.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>

#include "tests/fuzz/hostile_sql.hpp"
#include "tests/support/box_image.hpp"
#include "tests/support/file_bytes.hpp"
#include "tests/support/queue_image.hpp"
#include "tests/support/test_database.hpp"

namespace dblog::test {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBystander = "kept";
constexpr std::size_t kMaxChanges = 12;

// Nothing outside of the directory: VACUUM attaches a file without a name.
int refuse_other_files(void*, int action, const char* name, const char*, const char*, const char*) {
  const bool is_file = action == SQLITE_ATTACH && name != nullptr && *name != '\0';
  return is_file ? SQLITE_DENY : SQLITE_OK;
}

int give_up(void*) { return 1; }

}  // namespace

HostileDatabase::HostileDatabase() {
  directory_.write("bystander", kBystander);
  read_model();
}

void HostileDatabase::read_model() {
  const fs::path path = directory_ / "model.db";
  {
    SQLite::Database database = make_database(path);
    make_event_table(database, "error_table");
    database.exec(kModelRows);
    SQLite::Statement tables{
        database,
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE "
        "'sqlite%' ORDER BY name"};
    while (tables.executeStep()) {
      const std::string table = tables.getColumn(0).getString();
      tables_.push_back(table);
      SQLite::Statement columns{database, "SELECT name FROM pragma_table_info(?1)"};
      columns.bind(1, table);
      while (columns.executeStep()) columns_[table].push_back(columns.getColumn(0).getString());
    }
  }
  model_ = bytes_of(path);
  SQLite::Database database{path.string(), SQLite::OPEN_READWRITE};
  database.exec("UPDATE crashes SET msg = 'from the log'; UPDATE outbox SET state = 'pending'");
  model_log_ = bytes_of(path.string() + "-wal");
}

void HostileDatabase::clear() {
  for (const auto& entry : fs::directory_iterator{directory_.path()}) {
    if (entry.path().filename() != "bystander") fs::remove_all(entry.path());
  }
}

bool HostileDatabase::has_bystander() const {
  const fs::path bystander = directory_ / "bystander";
  return fs::exists(bystander) && bytes_of(bystander) == kBystander;
}

void HostileDatabase::make(InputReader& input) {
  clear();
  has_files_beside_ = false;
  if (!has_bystander()) directory_.write("bystander", kBystander);
  directory_.write("LOGS.db", model_);
  for (std::size_t changes = 0; changes < kMaxChanges && !input.is_at_end(); ++changes) {
    switch (input.below(8)) {
      case 0:
        overwrite(input);
        break;
      case 1:
        put_file_beside(input);
        break;
      case 2:
        execute(input.text());
        break;
      default:
        execute_one(input);
    }
  }
  close();
  for (const auto& entry : fs::directory_iterator{directory_.path()}) {
    if (entry.is_regular_file()) fs::permissions(entry.path(), fs::perms{0600});
  }
}

void HostileDatabase::execute(const std::string& sql) {
  // SQLite would do with them what dblog must not.
  if (has_files_beside_) return;
  if (database_ == nullptr) {
    if (sqlite3_open(path().c_str(), &database_) != SQLITE_OK) return close();
    sqlite3_set_authorizer(database_, refuse_other_files, nullptr);
    sqlite3_progress_handler(database_, 2'000'000, give_up, nullptr);
    sqlite3_exec(database_,
                 "PRAGMA writable_schema = ON; PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF;"
                 "PRAGMA ignore_check_constraints = ON; PRAGMA max_page_count = 1000",
                 nullptr, nullptr, nullptr);
  }
  // Many a statement makes no sense, and fails.
  sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
}

void HostileDatabase::close() {
  sqlite3_close(database_);
  database_ = nullptr;
}

void HostileDatabase::execute_one(InputReader& input) {
  execute(hostile_statement(input, tables_, columns_));
}

// Bytes of a page, or the file's length.
void HostileDatabase::overwrite(InputReader& input) {
  close();
  constexpr std::size_t kPage = 4'096;
  std::string bytes = bytes_of(path());
  if (bytes.empty()) return;
  const std::size_t at =
      (input.number<std::uint8_t>() * kPage + input.number<std::uint16_t>() % kPage) % bytes.size();
  const std::string change = input.text();
  if (change.empty()) {
    bytes.resize(at);
  } else {
    bytes.replace(at, std::min(change.size(), bytes.size() - at), change);
  }
  directory_.write("LOGS.db", bytes);
}

void HostileDatabase::put_file_beside(InputReader& input) {
  close();
  static constexpr const char* kNames[] = {
      "-wal",
      "-shm",
      "-journal",
      "-flush",
      "-box-4194305-00000000-0000-4000-8000-000000000000",
      "-queue-4194305-00000000-0000-4000-8000-000000000001",
      "-newbox-4194305-00000000-0000-4000-8000-000000000002",
      "-newqueue-4194305-00000000-0000-4000-8000-000000000003",
  };
  const std::string name = std::string("LOGS.db") + input.one_of(kNames);
  std::string bytes;
  switch (input.below(6)) {
    case 0:
      bytes = model_log_;
      break;
    case 1:
      bytes = BoxImage{}.view();
      break;
    case 2:
      bytes = QueueImage{}.view();
      break;
    case 3:
      bytes = journal_that_names(directory_ / "bystander");
      break;
    case 4:
      bytes = model_.substr(0, input.number<std::uint16_t>());
      break;
    default:
      break;
  }
  const std::string change = input.text();
  const std::size_t at = bytes.empty() ? 0 : input.number<std::uint32_t>() % bytes.size();
  bytes.replace(at, std::min(change.size(), bytes.size() - at), change);
  directory_.write(name, bytes);
  has_files_beside_ = true;
}

// As of a transaction over several databases (sqlite.org/fileformat2.html, "The Rollback Journal"),
// which ends with the removal of the file that it names.
std::string HostileDatabase::journal_that_names(const fs::path& file) const {
  const auto number = [](std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
    return bytes;
  };
  const std::string magic = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";
  const std::string name = file.native();
  std::uint32_t sum = 0;
  for (const char c : name) sum += static_cast<std::uint32_t>(static_cast<signed char>(c));
  constexpr std::uint32_t kSector = 512, kPage = 4'096, kLockPage = 0x40000000 / kPage + 1;
  const auto pages = static_cast<std::uint32_t>(model_.size() / kPage);
  std::string bytes =
      magic + number(0) + number(1) + number(pages) + number(kSector) + number(kPage);
  bytes.resize(kSector);
  return bytes + number(kLockPage) + name + number(static_cast<std::uint32_t>(name.size())) +
         number(sum) + magic;
}

}  // namespace dblog::test
