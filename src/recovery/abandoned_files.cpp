#include "src/recovery/abandoned_files.hpp"

#include <string>

#include "src/queue/queue_reader.hpp"
#include "src/recovery/box_file.hpp"
#include "src/recovery/dead_file.hpp"
#include "src/sqlite/stored_time.hpp"

namespace dblog::recovery {
namespace {

bool is_no_box(const DeadFile& file, const std::string& name) {
  const auto bytes = file.read(sizeof(crash::BlackBox) + 1);
  return bytes && !read_box(bytes->data(), bytes->size(), name);
}

bool is_no_queue(const DeadFile& file, const std::string& name) {
  const auto bytes = file.read(queue::file_size(queue::kMaxSlots) + 1);
  return bytes && !queue::read_queue({bytes->data(), bytes->size()}, name);
}

}  // namespace

std::vector<std::filesystem::path> remove_abandoned(const std::filesystem::path& database,
                                                    std::chrono::hours age, bool is_dry) {
  const auto now = std::chrono::system_clock::now();
  const SidecarFiles files{database};
  std::vector<std::filesystem::path> removed;
  const auto collect = [&](std::string_view infix,
                           bool (*is_useless)(const DeadFile&, const std::string&)) {
    for (const std::filesystem::path& path : files.with(infix)) {
      base::Result<DeadFile> file = DeadFile::open(path);
      if (!file || !sqlite::is_older_than(file->changed(), now, age)) continue;
      if (!is_useless(*file, path.string())) continue;
      if (!is_dry) file->remove();
      removed.push_back(path);
    }
  };
  collect(crash::kBoxInfix, is_no_box);
  collect(queue::kQueueInfix, is_no_queue);
  return removed;
}

}  // namespace dblog::recovery
