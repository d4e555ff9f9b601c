// Reads the frames that have no names, and writes the names: one short transaction for a crash or
// stack, and no lock in between. Called by name_frames().
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/base/result.hpp"
#include "src/sqlite/guarded_database.hpp"
#include "src/sqlite/read_connection.hpp"
#include "src/symbols/frame_rows.hpp"

namespace dblog::symbols {

/// What was found for RecordedStack::frames[frame]; empty: nothing.
struct NamedFrame {
  std::size_t frame = 0;
  Places places;
};

/// See NamingOptions.
using OnNamed = std::function<void(SQLite::Database&, const FrameOwner&)>;

class FramesDatabase {
 public:
  /// Opens it for reading, which changes nothing.
  static base::Result<FramesDatabase> open(const std::filesystem::path& path);

  /// The schema that it has; 0 for one that dblog did not make.
  base::Result<int> version();

  /// What has frames that needs_name(): crashes, newest first, then stacks. `only_new`: only what
  /// has no group yet, which an index tells; else every frame is looked at.
  base::Result<std::vector<FrameOwner>> unnamed(std::int64_t limit, bool retry, bool only_new);

  /// Those that belong to one event. Empty for an event without a stack.
  base::Result<std::vector<FrameOwner>> stacks_of_event(const std::string& table, std::int64_t id);

  /// Fails with not_found.
  base::Result<RecordedStack> load(const FrameOwner& owner);

  /// Commits names for frames of `stack`, which load() gave, and the text of its trace. False if
  /// another process has changed its rows since: then nothing was written.
  base::Result<bool> save(const RecordedStack& stack, const std::vector<NamedFrame>& named,
                          const OnNamed& on_named = {});

 private:
  FramesDatabase(std::filesystem::path path, sqlite::ReadConnection reader)
      : path_(std::move(path)), reader_(std::move(reader)) {}

  SQLite::Database& writer();

  std::filesystem::path path_;
  sqlite::ReadConnection reader_;
  std::unique_ptr<sqlite::RetryingDatabase> writer_;
};

}  // namespace dblog::symbols
