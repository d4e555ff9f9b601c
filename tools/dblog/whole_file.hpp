// A file that is there whole or not at all: written under a temporary name, then renamed.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "src/base/descriptor.hpp"
#include "src/base/result.hpp"

namespace dblog::tool {

enum class Existing { keep, replace };

/// Whether `file` is the database itself, or what SQLite has beside it: LOGS.db-wal has committed
/// rows.
bool is_of_database(const std::filesystem::path& file, const std::filesystem::path& database);

/// What write_whole_file() would say of what has that name now: nothing if it may be written.
std::optional<base::Error> refuse_existing(const std::filesystem::path& file, Existing existing);

/// Written piece by piece.
class WholeFile {
 public:
  /// `mode`: less the umask.
  static base::Result<WholeFile> make(const std::filesystem::path& file, Existing existing,
                                      mode_t mode = 0600);
  WholeFile(WholeFile&& other) noexcept
      : file_(std::move(other.file_)),
        existing_(other.existing_),
        descriptor_(std::move(other.descriptor_)),
        temporary_(std::exchange(other.temporary_, {})) {}
  /// Removes it, unless it was kept.
  ~WholeFile();

  std::optional<base::Error> write(std::string_view text);

  /// Gives it its name. With `Existing::keep`, fails with invalid_argument if something has that
  /// name; a file that comes to be at the same moment is kept, too, where the file system can do
  /// that. With `replace`, fails likewise if it is no regular file: a device, a directory, a link.
  std::optional<base::Error> keep();

 private:
  WholeFile(std::filesystem::path file, Existing existing)
      : file_(std::move(file)), existing_(existing) {}

  std::filesystem::path file_;
  Existing existing_;
  base::Descriptor descriptor_{-1};
  std::string temporary_;  // empty: there is none any more
};

/// The whole of it at once, with mode 0600. Fails as WholeFile::keep() does.
std::optional<base::Error> write_whole_file(const std::filesystem::path& file,
                                            std::string_view text, Existing existing);

}  // namespace dblog::tool
