#include "src/symbols/frames_database.hpp"

#include <sqlite3.h>

#include "src/sqlite/database_place.hpp"
#include "src/sqlite/sqlite_error.hpp"
#include "src/sqlite/transaction.hpp"
#include "src/symbols/stack_text.hpp"

namespace dblog::symbols {
namespace {

constexpr std::chrono::seconds kLockWait{5};

struct TableNames {
  std::string frames;
  std::string owner_column;
  std::string thread_column;  ///< With a comma, or empty.
};

TableNames names_for(const FrameOwner& owner) {
  return owner.is_crash ? TableNames{"frames", "crash_id", "thread, "}
                        : TableNames{"stack_frames", "stack_id", ""};
}

void bind_text(SQLite::Statement& statement, int index, const std::string& text) {
  if (text.empty()) {
    statement.bind(index);
  } else {
    statement.bind(index, text);
  }
}

void bind_number(SQLite::Statement& statement, int index, std::uint32_t number) {
  if (number == 0) {
    statement.bind(index);
  } else {
    statement.bind(index, static_cast<std::int64_t>(number));
  }
}

void write_place(SQLite::Statement& statement, const Place& place, std::int64_t rowid) {
  bind_text(statement, 1, place.function);
  bind_text(statement, 2, place.file);
  bind_number(statement, 3, place.line);
  bind_number(statement, 4, place.column);
  statement.bind(5, place.is_inlined ? 1 : 0);
  statement.bind(6, name_source_text(place.origin));
  statement.bind(7, rowid);
  statement.exec();
  statement.reset();
}

// The first row of a frame becomes its innermost place, the others are added behind it, so that the
// order of rowids is the order of the trace.
class FrameWriter {
 public:
  FrameWriter(SQLite::Database& database, const TableNames& names)
      : update_(database, "UPDATE " + names.frames +
                              " SET function = ?1, file = ?2, line = ?3, column_number = ?4, "
                              "inlined = ?5, name_source = ?6 WHERE rowid = ?7"),
        remove_(database, "DELETE FROM " + names.frames + " WHERE rowid = ?1"),
        insert_(database, insert_text(names)) {}

  void write(const RecordedFrame& frame, const Places& places) {
    for (std::size_t i = 1; i < frame.rows.size(); ++i) {
      remove_.bind(1, frame.rows[i].rowid);
      remove_.exec();
      remove_.reset();
    }
    const std::int64_t first = frame.rows.front().rowid;
    write_place(update_, places.empty() ? Place{} : places.front(), first);
    for (std::size_t i = 1; i < places.size(); ++i) write_place(insert_, places[i], first);
  }

 private:
  static std::string insert_text(const TableNames& names) {
    const std::string same = names.owner_column + ", " + names.thread_column +
                             "depth, address, module, build_id, offset, return_address";
    return "INSERT INTO " + names.frames + " (" + same +
           ", function, file, line, column_number, inlined, name_source) SELECT " + same +
           ", ?1, ?2, ?3, ?4, ?5, ?6 FROM " + names.frames + " WHERE rowid = ?7";
  }

  SQLite::Statement update_;
  SQLite::Statement remove_;
  SQLite::Statement insert_;
};

void write_trace(SQLite::Database& database, const FrameOwner& owner) {
  const auto stack = load_stack(database, owner);
  const std::string text = stack ? stack_text(*stack) : "";
  if (text.empty()) return;
  SQLite::Statement update{database, "UPDATE crashes SET stack_trace = ?1 WHERE id = ?2"};
  update.bind(1, text);
  update.bind(2, owner.id);
  update.exec();
}

// The SQL for names that are not from debug information.
std::string is_unsure() {
  std::string condition = "name_source NOT IN (";
  const char* separator = "";
  for (const auto& [text, origin] : schema::name_source_vocabulary()) {
    if (origin.source != NameSource::debug_info) continue;
    condition.append(separator).append("'").append(text).append("'");
    separator = ", ";
  }
  return condition + ")";
}

void add_owners(SQLite::Database& database, const std::string& query, bool is_crash,
                std::int64_t limit, std::vector<FrameOwner>& owners) {
  SQLite::Statement statement{database, query};
  statement.bind(1, limit - static_cast<std::int64_t>(owners.size()));
  while (statement.executeStep()) {
    owners.push_back({is_crash, statement.getColumn(0).getInt64()});
  }
}

}  // namespace

base::Result<FramesDatabase> FramesDatabase::open(const std::filesystem::path& path) {
  auto reader = sqlite::ReadConnection::open(path);
  if (!reader) return reader.error();
  return FramesDatabase{path, std::move(*reader)};
}

base::Result<int> FramesDatabase::version() {
  return reader_.read([](SQLite::Database& database) -> base::Result<int> {
    const bool has_crashes = database.tableExists("crashes");
    return has_crashes ? database.execAndGet("PRAGMA user_version").getInt() : 0;
  });
}

base::Result<std::vector<FrameOwner>> FramesDatabase::unnamed(std::int64_t limit, bool retry,
                                                              bool only_new) {
  const std::string open_rows =
      "((name_source IS NULL AND function IS NULL)" + (retry ? " OR " + is_unsure() : "") + ")";
  // Those with a group have names (src/grouping/): the others are few, and found in an index.
  const std::string of_new = only_new ? "fingerprint IS NULL AND " : "";
  return reader_.read([&](SQLite::Database& database) -> base::Result<std::vector<FrameOwner>> {
    std::vector<FrameOwner> owners;
    add_owners(database,
               "SELECT id FROM crashes WHERE " + of_new +
                   "EXISTS (SELECT 1 FROM frames WHERE crash_id = "
                   "crashes.id AND " +
                   open_rows + ") ORDER BY id DESC LIMIT ?1",
               true, limit, owners);
    add_owners(database,
               "SELECT id FROM stacks WHERE " + of_new +
                   "EXISTS (SELECT 1 FROM stack_frames WHERE stack_id = "
                   "stacks.id AND " +
                   open_rows + ") ORDER BY id DESC LIMIT ?1",
               false, limit, owners);
    return owners;
  });
}

base::Result<std::vector<FrameOwner>> FramesDatabase::stacks_of_event(const std::string& table,
                                                                      std::int64_t id) {
  return reader_.read([&](SQLite::Database& database) -> base::Result<std::vector<FrameOwner>> {
    SQLite::Statement stacks{database,
                             "SELECT pushed_at, thrown_at FROM event_stacks WHERE source_table = "
                             "?1 AND source_id = ?2"};
    stacks.bind(1, table);
    stacks.bind(2, id);
    std::vector<FrameOwner> owners;
    while (stacks.executeStep()) {
      for (const int column : {0, 1}) {
        const SQLite::Column stack = stacks.getColumn(column);
        if (stack.isInteger()) owners.push_back({false, stack.getInt64()});
      }
    }
    return owners;
  });
}

base::Result<RecordedStack> FramesDatabase::load(const FrameOwner& owner) {
  return reader_.read([&](SQLite::Database& database) -> base::Result<RecordedStack> {
    auto stack = load_stack(database, owner);
    if (stack) return std::move(*stack);
    return base::Error{base::ErrorCode::not_found, std::to_string(owner.id),
                       owner.is_crash ? "no such crash" : "no such stack"};
  });
}

SQLite::Database& FramesDatabase::writer() {
  if (writer_) return writer_->start();
  const auto place = sqlite::prepare_database_place(path_);
  if (!place) throw sqlite::StoreError(place.error());
  writer_ =
      std::make_unique<sqlite::RetryingDatabase>(place->native(), sqlite::Access::write, kLockWait);
  return writer_->start();
}

base::Result<bool> FramesDatabase::save(const RecordedStack& stack,
                                        const std::vector<NamedFrame>& named,
                                        const OnNamed& on_named) {
  try {
    SQLite::Database& database = writer();
    sqlite::Transaction transaction(database);
    if (load_stack(database, stack.owner) != stack) return false;
    FrameWriter rows{database, names_for(stack.owner)};
    for (const NamedFrame& each : named) rows.write(stack.frames[each.frame], each.places);
    if (stack.owner.is_crash) write_trace(database, stack.owner);
    if (on_named) on_named(database, stack.owner);
    transaction.commit();
    return true;
  } catch (const sqlite::StoreError& failure) {
    return failure.error();
  } catch (const SQLite::Exception& failure) {
    return sqlite::sqlite_error(failure.getExtendedErrorCode(), 0, failure.what(), path_.native());
  }
}

}  // namespace dblog::symbols
