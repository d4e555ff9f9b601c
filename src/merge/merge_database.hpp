// Brings the rows of other databases into one, each row once: crashes, processes and messages by
// their UUIDs, events and snapshots as row_match.hpp says. What is there already stays as it is.
// Sources are only read. docs/merge.md tells users.
//
// Not merged: messages that wait or failed, which are their own database's to send, and what is of
// one database alone (quiet times, leases, queues, maintenance).
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/base/result.hpp"

namespace dblog::merge {

/// What a source had that the target did not.
struct MergeReport {
  struct Table {
    std::string name;
    std::int64_t events = 0;
  };
  /// A table that stays out, and why.
  struct LeftOut {
    std::string table;
    std::string why;
  };

  std::int64_t crashes = 0;
  std::int64_t events = 0;
  std::vector<Table> tables;  ///< With new events.
  std::int64_t snapshots = 0;
  std::int64_t processes = 0;
  std::int64_t messages = 0;
  std::int64_t groups = 0;   ///< Of which a decision or note was taken over.
  std::int64_t waiting = 0;  ///< Messages that wait in the source, and stay there.
  std::int64_t damaged = 0;  ///< Crashes without what every crash has: UUID, date, kind.
  std::vector<LeftOut> left_out;
};

/// Whether `path` can be a source: nothing, or why not.
[[nodiscard]] std::optional<base::Error> refuse_source(const std::filesystem::path& path);

/// Whether both are one file, under whatever names.
[[nodiscard]] bool is_same_file(const std::filesystem::path& one,
                                const std::filesystem::path& other);

class MergeDatabase {
 public:
  /// The target; made if it is not there, and brought up to date. Fails as the store does.
  static base::Result<std::unique_ptr<MergeDatabase>> open(const std::filesystem::path& path);
  ~MergeDatabase();
  MergeDatabase(const MergeDatabase&) = delete;
  MergeDatabase& operator=(const MergeDatabase&) = delete;

  /// All of the source, in one transaction, or nothing of it. Meanwhile other programs cannot write
  /// to the target. `step` is told of what is being merged, for people.
  base::Result<MergeReport> merge(const std::filesystem::path& source,
                                  const std::function<void(const std::string& what)>& step);

 private:
  struct State;
  explicit MergeDatabase(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace dblog::merge
