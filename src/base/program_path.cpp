// Context: setup; starts_byte_escape() also crash time. System calls only.
#include "src/base/program_path.hpp"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

namespace dblog::base {
namespace {

constexpr std::string_view kDeleted = " (deleted)";

// One character after the other of a file of /proc.
class CharReader {
 public:
  explicit CharReader(const char* path) noexcept
      : descriptor_(::open(path, O_RDONLY | O_CLOEXEC)) {}
  ~CharReader() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  CharReader(const CharReader&) = delete;
  CharReader& operator=(const CharReader&) = delete;

  /// False at the end.
  bool next(char& c) noexcept {
    if (at_ == size_) {
      const ssize_t size = descriptor_ < 0 ? 0 : ::read(descriptor_, buffer_, sizeof buffer_);
      if (size <= 0) return false;
      size_ = static_cast<std::size_t>(size);
      at_ = 0;
    }
    c = buffer_[at_++];
    return true;
  }

  void skip_line(char c) noexcept {
    while (c != '\n' && next(c)) {
    }
  }

  /// A number in hex; `end` is the character after it.
  std::uint64_t hex(char& end) noexcept {
    std::uint64_t number = 0;
    end = '\n';
    while (next(end)) {
      const unsigned digit = end >= '0' && end <= '9'   ? static_cast<unsigned>(end - '0')
                             : end >= 'a' && end <= 'f' ? static_cast<unsigned>(end - 'a' + 10)
                                                        : 16;
      if (digit == 16) break;
      number = number << 4U | digit;
    }
    return number;
  }

 private:
  int descriptor_;
  std::size_t at_ = 0;
  std::size_t size_ = 0;
  char buffer_[1024];
};

// The rest of a line of /proc/self/maps from the first '/' on (proc(5)); false if there is none.
bool read_path_of_line(CharReader& maps, char (&path)[PATH_MAX]) noexcept {
  char c = '\0';
  while (c != '/' && c != '\n' && maps.next(c)) {
  }
  std::size_t size = 0;
  for (; c != '\n' && size < sizeof path - 1; ++size) {
    path[size] = c;
    if (!maps.next(c)) return false;
  }
  path[size] = '\0';
  return size > 0 && c == '\n';
}

bool read_path_of_mapping(std::uint64_t address, char (&path)[PATH_MAX]) noexcept {
  CharReader maps{"/proc/self/maps"};
  for (char c = '\0'; true;) {
    const std::uint64_t begin = maps.hex(c);
    if (c != '-') return false;
    const std::uint64_t end = maps.hex(c);
    if (address >= begin && address < end) return read_path_of_line(maps, path);
    maps.skip_line(c);
  }
}

bool read_link(char (&path)[PATH_MAX]) noexcept {
  const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path - 1);
  path[size > 0 ? size : 0] = '\0';
  return size > 0;
}

// What execve() was given; the loader puts the program's name there when it was started itself.
void read_argument(char (&path)[PATH_MAX]) noexcept {
  path[0] = '\0';
  const auto* given = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
  if (given == nullptr || given[0] == '\0') return;
  std::size_t size = 0;
  if (given[0] != '/') {
    if (::getcwd(path, sizeof path - 1) == nullptr) return;
    size = std::strlen(path);
    if (path[size - 1] != '/') path[size++] = '/';
    while (given[0] == '.' && given[1] == '/') given += 2;
  }
  const std::size_t more = std::strlen(given);
  if (more >= sizeof path - size) {
    path[0] = '\0';
    return;
  }
  std::memcpy(path + size, given, more + 1);
}

unsigned digit_of(char c) noexcept {
  return c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
         : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A' + 10)
                                : 16;
}

}  // namespace

std::size_t size_without_deleted(const char* path) noexcept {
  const std::string_view text{path};
  struct stat status {};
  if (!text.ends_with(kDeleted) || ::lstat(path, &status) == 0) return text.size();
  return text.size() - kDeleted.size();
}

void read_program_path(char (&path)[PATH_MAX]) noexcept {
  // The kernel loaded no loader: the program is static, or was loaded by the loader that was
  // started in its place (getauxval(3), ld.so(8)).
  const bool is_own_loader = ::getauxval(AT_BASE) == 0;
  const bool is_known =
      (is_own_loader && read_path_of_mapping(::getauxval(AT_PHDR), path)) || read_link(path);
  if (!is_known) {
    read_argument(path);
    return;
  }
  path[size_without_deleted(path)] = '\0';
}

bool starts_byte_escape(std::string_view text) noexcept {
  return text.size() >= 4 && text[0] == '\\' && text[1] == 'x' && digit_of(text[2]) < 16 &&
         digit_of(text[3]) < 16;
}

std::size_t bytes_of_path(std::string_view text, char* out) noexcept {
  std::size_t size = 0;
  while (!text.empty()) {
    const bool is_escape = starts_byte_escape(text);
    out[size++] =
        is_escape ? static_cast<char>(digit_of(text[2]) << 4U | digit_of(text[3])) : text[0];
    text.remove_prefix(is_escape ? 4 : 1);
  }
  return size;
}

}  // namespace dblog::base
