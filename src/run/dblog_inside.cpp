#include "src/run/dblog_inside.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "src/base/descriptor.hpp"
#include "src/schema/schema.hpp"

namespace dblog::run {

bool has_dblog_inside(const std::filesystem::path& path) {
  constexpr std::string_view kTables{schema::kTables};
  constexpr std::string_view kMark =
      kTables.substr(kTables.find("CREATE TABLE IF NOT EXISTS dblog_processes"), 60);
  constexpr std::size_t kPiece = 1U << 20U;
  const base::Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat status {};
  if (!file.is_open() || ::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return false;
  }
  std::string bytes;
  while (bytes.find(kMark) == std::string::npos) {
    // The end may have the mark's beginning.
    if (bytes.size() > kMark.size()) bytes.erase(0, bytes.size() - kMark.size());
    const std::size_t kept = bytes.size();
    bytes.resize(kept + kPiece);
    const ssize_t size = ::read(file.number(), bytes.data() + kept, kPiece);
    if (size < 0 && errno == EINTR) {
      bytes.resize(kept);
      continue;
    }
    if (size <= 0) return false;
    bytes.resize(kept + static_cast<std::size_t>(size));
  }
  return true;
}

}  // namespace dblog::run
