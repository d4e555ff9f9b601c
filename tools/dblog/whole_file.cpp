#include "tools/dblog/whole_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <system_error>

#include "src/base/descriptor.hpp"
#include "tools/dblog/write_all.hpp"

namespace dblog::tool {
namespace {

base::Error refusal(const std::filesystem::path& file, const char* why) {
  return {base::ErrorCode::invalid_argument, file.string(), why};
}

base::Error name_is_taken(const std::filesystem::path& file) {
  return refusal(file, "it exists; --force replaces it, --output takes another name");
}

base::Error failure(const std::filesystem::path& file, int number) {
  if (number == EEXIST) return name_is_taken(file);
  const auto code = number == ENOSPC || number == EDQUOT  ? base::ErrorCode::disk_full
                    : number == EACCES || number == EROFS ? base::ErrorCode::permission
                                                          : base::ErrorCode::io;
  return {code, file.string(), std::generic_category().message(number)};
}

// rename(2): file systems without RENAME_NOREPLACE say EINVAL.
int give_name(const char* temporary, const char* name, Existing existing) {
  if (existing == Existing::keep) {
    if (::renameat2(AT_FDCWD, temporary, AT_FDCWD, name, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return errno;
    struct stat status;
    if (::lstat(name, &status) == 0) return EEXIST;
  }
  return ::rename(temporary, name) == 0 ? 0 : errno;
}

}  // namespace

bool is_of_database(const std::filesystem::path& file, const std::filesystem::path& database) {
  std::error_code unknown;  // one of them is not there
  if (std::filesystem::equivalent(file, database, unknown)) return true;
  for (const auto& name : {database, std::filesystem::weakly_canonical(database, unknown)}) {
    const auto directory = [](const std::filesystem::path& path) {
      return path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
    };
    if (file.filename().string().starts_with(name.filename().string() + '-') &&
        std::filesystem::equivalent(directory(file), directory(name), unknown)) {
      return true;
    }
  }
  return false;
}

std::optional<base::Error> refuse_existing(const std::filesystem::path& file, Existing existing) {
  struct stat status;
  if (::lstat(file.c_str(), &status) != 0) return std::nullopt;
  if (!S_ISREG(status.st_mode)) {
    return refusal(file, "it exists and is no regular file; --output takes another name");
  }
  return existing == Existing::keep ? std::optional(name_is_taken(file)) : std::nullopt;
}

base::Result<WholeFile> WholeFile::make(const std::filesystem::path& file, Existing existing,
                                        mode_t mode) {
  if (auto error = refuse_existing(file, existing)) return *error;
  WholeFile made{file, existing};
  made.temporary_ = file.string() + ".XXXXXX";
  made.descriptor_ = base::Descriptor{::mkostemp(made.temporary_.data(), O_CLOEXEC)};  // 0600
  if (!made.descriptor_.is_open()) {
    made.temporary_.clear();
    return failure(file, errno);
  }
  const mode_t masked = ::umask(0);
  ::umask(masked);
  if (::fchmod(made.descriptor_.number(), mode & ~masked) != 0) return failure(file, errno);
  return made;
}

WholeFile::~WholeFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

std::optional<base::Error> WholeFile::write(std::string_view text) {
  const int error = write_all(descriptor_.number(), text);
  return error == 0 ? std::nullopt : std::optional{failure(file_, error)};
}

std::optional<base::Error> WholeFile::keep() {
  if (!descriptor_.close()) return failure(file_, errno);
  const int error = give_name(temporary_.c_str(), file_.c_str(), existing_);
  if (error != 0) return failure(file_, error);
  temporary_.clear();
  return std::nullopt;
}

std::optional<base::Error> write_whole_file(const std::filesystem::path& file,
                                            std::string_view text, Existing existing) {
  auto made = WholeFile::make(file, existing);
  if (!made) return made.error();
  if (auto error = made->write(text)) return error;
  return made->keep();
}

}  // namespace dblog::tool
