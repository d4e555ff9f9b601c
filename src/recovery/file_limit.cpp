#include "src/recovery/file_limit.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <string_view>

#include "handlers/record/black_box.hpp"
#include "src/queue/queue_layout.hpp"
#include "src/recovery/dead_file.hpp"

namespace dblog::recovery {
namespace {

struct Waiting {
  std::filesystem::path path;
  std::chrono::system_clock::time_point changed;
  std::uint64_t size;
};

bool are_too_many(std::size_t count, std::uint64_t bytes) noexcept {
  return count > kMostWaitingFiles || bytes > kMostWaitingBytes;
}

// All names: most directories have few, and none needs to be opened then.
bool may_be_too_many(const std::vector<std::filesystem::path>& paths) {
  std::uint64_t bytes = 0;
  for (const auto& path : paths) {
    std::error_code gone;
    const auto size = std::filesystem::file_size(path, gone);
    if (!gone) bytes += size;
  }
  return are_too_many(paths.size(), bytes);
}

std::vector<Waiting> find_waiting(const std::vector<std::filesystem::path>& paths) {
  std::vector<Waiting> found;
  for (const auto& path : paths) {
    if (const auto file = DeadFile::open(path)) {
      found.push_back({path, file->changed(), file->size()});
    }
  }
  std::sort(found.begin(), found.end(),
            [](const Waiting& left, const Waiting& right) { return left.changed < right.changed; });
  return found;
}

std::vector<std::filesystem::path> remove_oldest(const std::filesystem::path& database,
                                                 bool is_dry) {
  const SidecarFiles files{database};
  std::vector<std::filesystem::path> paths = files.with(crash::kBoxInfix);
  for (auto& queue : files.with(queue::kQueueInfix)) paths.push_back(std::move(queue));
  if (!may_be_too_many(paths)) return {};
  const std::vector<Waiting> waiting = find_waiting(paths);
  std::size_t count = waiting.size();
  std::uint64_t bytes = 0;
  for (const Waiting& file : waiting) bytes += file.size;
  std::vector<std::filesystem::path> removed;
  for (const Waiting& oldest : waiting) {
    if (!are_too_many(count, bytes)) break;
    base::Result<DeadFile> file =
        DeadFile::open(oldest.path);  // another process may import it by now
    if (!file || (!is_dry && !file->remove())) continue;
    removed.push_back(oldest.path);
    --count;
    bytes -= oldest.size;
  }
  return removed;
}

}  // namespace

std::vector<std::filesystem::path> remove_beyond_limit(const std::filesystem::path& database,
                                                       bool is_dry) noexcept {
  try {
    return remove_oldest(database, is_dry);
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace dblog::recovery
