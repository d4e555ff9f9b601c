// Context: setup. System calls only.
#include "src/base/resolved_path.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "src/base/parent_directory.hpp"
#include "src/base/trusted_file.hpp"

namespace dblog::base {
namespace {

constexpr int kMaxLinks = 40;  // as the kernel's

bool may_follow(const struct stat& link, const struct stat& directory) noexcept {
  if (trusted_writers() == TrustedWriters::everyone) return true;
  const bool is_own = directory.st_uid == 0 || directory.st_uid == ::geteuid();
  const bool is_open_to_all = (directory.st_mode & (S_IWOTH | S_ISVTX)) == S_IWOTH;
  return is_link_trusted(link) && is_own && !is_open_to_all;
}

class Walk {
 public:
  explicit Walk(ResolvedPath& resolved) noexcept : resolved_(resolved) {}
  ~Walk() { move_to(-1); }
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  int run(const char* path) noexcept {
    const std::size_t size = std::strlen(path) + 1;
    if (path[0] != '/' || size > sizeof resolved_.rest) return ENAMETOOLONG;
    std::memcpy(resolved_.rest, path, size);
    rest_ = resolved_.rest;
    int error = begin();
    while (error == 0 && *rest_ != '\0') error = take_part();
    if (error == 0 && resolved_.text[0] == '\0') return append("", 0);
    return error;
  }

 private:
  void move_to(int directory) noexcept {
    if (at_ >= 0) ::close(at_);
    at_ = directory;
  }

  int begin() noexcept {
    resolved_.text[0] = '\0';
    move_to(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    while (*rest_ == '/') ++rest_;
    return at_ < 0 ? errno : 0;
  }

  int take_part() noexcept {
    const char* name = rest_;
    const std::size_t length = std::strcspn(name, "/");
    struct stat status {};
    const int next = open_next_part(at_, rest_, 0);
    while (*rest_ == '/') ++rest_;
    if (next < 0) return errno == ENOENT && *rest_ == '\0' ? append(name, length) : errno;
    const bool is_known = ::fstat(next, &status) == 0;
    if (is_known && S_ISLNK(status.st_mode)) return follow(next, status, name, length);
    move_to(next);
    if (!is_known) return errno;
    if (length == 1 && name[0] == '.') return 0;
    if (length == 2 && std::strncmp(name, "..", 2) == 0) return leave_directory();
    return append(name, length);
  }

  int append(const char* name, std::size_t length) noexcept {
    const std::size_t size = std::strlen(resolved_.text);
    if (size + 1 + length >= sizeof resolved_.text) return ENAMETOOLONG;
    resolved_.text[size] = '/';
    std::memcpy(resolved_.text + size + 1, name, length);
    resolved_.text[size + 1 + length] = '\0';
    return 0;
  }

  int leave_directory() noexcept {
    if (char* const slash = std::strrchr(resolved_.text, '/')) *slash = '\0';
    return 0;
  }

  // What is left of the path follows the link's target.
  int follow(int link, const struct stat& status, const char* name, std::size_t length) noexcept {
    struct stat directory {};
    const bool is_trusted = ::fstat(at_, &directory) == 0 && may_follow(status, directory);
    const ssize_t size = ::readlinkat(link, "", resolved_.target, sizeof resolved_.target);
    const int error = errno;
    ::close(link);
    if (!is_trusted) return append(name, length) == 0 ? EPERM : ENAMETOOLONG;
    if (size < 0) return error;
    if (++links_ > kMaxLinks) return ELOOP;
    const std::size_t left = std::strlen(rest_);
    const auto target = static_cast<std::size_t>(size);
    if (target + 1 + left >= sizeof resolved_.rest) return ENAMETOOLONG;
    std::memmove(resolved_.rest + target + 1, rest_, left + 1);
    std::memcpy(resolved_.rest, resolved_.target, target);
    resolved_.rest[target] = '/';
    rest_ = resolved_.rest;
    return *rest_ == '/' ? begin() : 0;
  }

  ResolvedPath& resolved_;
  const char* rest_ = nullptr;
  int at_ = -1;
  int links_ = 0;
};

}  // namespace

int resolve(const char* path, ResolvedPath& resolved) noexcept { return Walk{resolved}.run(path); }

}  // namespace dblog::base
