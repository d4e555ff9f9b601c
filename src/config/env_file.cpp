// Opening and reading of .env files, and the expansion of ${NAME} in their values.
#include "src/config/env_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "src/config/env_text.hpp"

namespace dblog::config {
namespace {

constexpr std::size_t kMaxErrors = 20;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

Error system_error(int code, const std::filesystem::path& path) {
  const std::string reason = std::generic_category().message(code);
  if (code == ENOENT || code == ENOTDIR) {
    return {ErrorCode::not_found, path.string(), reason + "; create it, or name another file"};
  }
  if (code == EACCES || code == EPERM) {
    return {ErrorCode::permission, path.string(),
            reason + "; make it readable for this program, or name another file"};
  }
  return {ErrorCode::io, path.string(), reason + "; name another file"};
}

// A directory in which users other than its owner can put files.
bool is_open_to_all(int directory) {
  struct stat status {};
  return ::fstat(directory, &status) != 0 || (status.st_mode & S_IWOTH) != 0;
}

bool is_null_device(const struct stat& status) {
  return S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
}

struct Opened {
  Descriptor file;
  bool open_to_all;  ///< Its directory is.
};

// Refuses a symbolic link where every user could have put it.
Result<Opened> open_without_traps(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const std::string name = path.filename().string();
  // O_NONBLOCK: a FIFO of that name must not stop the program.
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  const Descriptor directory{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (directory.number() < 0) return system_error(errno, path);
  const bool open_to_all = is_open_to_all(directory.number());
  int number = ::openat(directory.number(), name.c_str(), kFlags | O_NOFOLLOW);
  if (number < 0 && errno == ELOOP && open_to_all) {
    return Error{ErrorCode::permission, path.string(),
                 "is a symbolic link in a directory that every user may write to; "
                 "put the file itself into a directory of yours"};
  }
  if (number < 0 && errno == ELOOP) number = ::openat(directory.number(), name.c_str(), kFlags);
  if (number < 0) return system_error(errno, path);
  return Opened{Descriptor{number}, open_to_all};
}

Result<Descriptor> open_env_file(const std::filesystem::path& path) {
  auto opened = open_without_traps(path);
  if (!opened) return opened.error();
  struct stat status {};
  if (::fstat(opened->file.number(), &status) != 0) return system_error(errno, path);
  if (S_ISDIR(status.st_mode)) {
    return Error{ErrorCode::invalid_argument, path.string(), "is a directory; name a file"};
  }
  if (is_null_device(status)) return std::move(opened->file);
  if (!S_ISREG(status.st_mode)) {
    return Error{ErrorCode::invalid_argument, path.string(), "is not a regular file; name one"};
  }
  if (opened->open_to_all && status.st_uid != ::geteuid() && status.st_uid != 0) {
    return Error{ErrorCode::permission, path.string(),
                 "belongs to another user, in a directory that every user may write to; "
                 "make it yours, or move it to a directory of yours"};
  }
  return std::move(opened->file);
}

Result<std::string> read_bounded(const Descriptor& file, const std::filesystem::path& path) {
  std::string text;
  std::size_t used = 0;
  while (true) {
    text.resize(used + 65'536);
    const ssize_t count = ::read(file.number(), text.data() + used, text.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, path);
    used += static_cast<std::size_t>(count);
    if (used > kMaxEnvFileBytes) {
      return Error{ErrorCode::invalid_argument, path.string(),
                   "is larger than 1 MiB; is it a file with settings? Name a smaller one"};
    }
    if (count == 0) break;
  }
  text.resize(used);
  return text;
}

using Values = std::map<std::string, EnvValue, std::less<>>;

std::string look_up(const std::string& name, std::string_view fallback, const Values& above,
                    const Values& cleared, const Environment& environment) {
  if (auto value = environment(name)) return *std::move(value);
  if (const auto it = above.find(name); it != above.end()) return it->second.text;
  // A key without '=' is there, and empty: the default is not for it.
  return cleared.contains(name) ? std::string{} : std::string{fallback};
}

struct Reference {
  std::size_t start, end;  ///< From the '$' to behind the '}'.
  std::string_view name, fallback;
};

// The next ${NAME} or ${NAME:-default}. A name holds neither ':' nor '}', a default no '}': the
// first '}' ends it, and there is no nesting.
std::optional<Reference> find_reference(std::string_view text, std::size_t from) {
  while (true) {
    const std::size_t start = text.find("${", from);
    if (start == std::string_view::npos) return std::nullopt;
    const std::size_t name_end = text.find_first_of(":}", start + 2);
    if (name_end == std::string_view::npos) return std::nullopt;
    const std::string_view name = text.substr(start + 2, name_end - start - 2);
    if (text[name_end] == '}') return Reference{start, name_end + 1, name, {}};
    if (text.substr(name_end).starts_with(":-")) {
      const std::size_t end = text.find('}', name_end);
      if (end == std::string_view::npos) return std::nullopt;
      return Reference{start, end + 1, name, text.substr(name_end + 2, end - name_end - 2)};
    }
    // Every "${" before this ':' would stop at it as well.
    from = name_end;
  }
}

// Nothing when the result would be larger than `limit`.
template <typename LookUp>
std::optional<std::string> expanded(std::string_view text, std::size_t limit,
                                    const LookUp& value_of) {
  std::string result;
  std::size_t done = 0;
  while (const auto reference = find_reference(text, done)) {
    result += text.substr(done, reference->start - done);
    result += value_of(std::string{reference->name}, reference->fallback);
    if (result.size() > limit) return std::nullopt;
    done = reference->end;
  }
  result += text.substr(done);
  if (result.size() > limit) return std::nullopt;
  return result;
}

void limit_errors(std::vector<Error>& errors, const std::string& name) {
  if (errors.size() <= kMaxErrors) return;
  const std::size_t more = errors.size() - kMaxErrors;
  errors.resize(kMaxErrors);
  errors.push_back({ErrorCode::invalid_argument, name,
                    std::to_string(more) + " more bad lines; is it a file with settings?"});
}

}  // namespace

std::optional<std::string> process_environment(const std::string& name) {
  // getenv() finds "A=B" in "A=B=C".
  if (name.find('=') != std::string::npos) return std::nullopt;
  const char* value = std::getenv(name.c_str());
  return value != nullptr ? std::optional<std::string>{value} : std::nullopt;
}

EnvFile read_env_text(std::string_view text, const std::string& name,
                      const Environment& environment) {
  EnvFile file;
  file.found = true;
  const auto at_line = [&](std::size_t line) { return name + ":" + std::to_string(line); };
  if (text.find('\0') != std::string_view::npos) {
    file.errors.push_back(
        {ErrorCode::invalid_argument, name, "holds NUL bytes; save it as plain text in UTF-8"});
    return file;
  }
  EnvText parsed = parse_env_text(text);
  for (EnvSyntaxError& error : parsed.errors) {
    file.errors.push_back({ErrorCode::invalid_argument, at_line(error.line), std::move(error.why)});
  }
  Values cleared;
  std::size_t room = kMaxEnvExpandedBytes;
  for (const EnvStatement& statement : parsed.statements) {
    if (!statement.value) {
      file.values.erase(statement.key);
      cleared[statement.key] = {};
      continue;
    }
    auto value = expanded(*statement.value, room,
                          [&](const std::string& variable, std::string_view fallback) {
                            return look_up(variable, fallback, file.values, cleared, environment);
                          });
    if (!value) {
      file.errors.push_back(
          {ErrorCode::invalid_argument, at_line(statement.line),
           "${…} makes the values larger than 4 MiB; shorten them. The rest is not read"});
      break;
    }
    room -= value->size();
    file.values[statement.key] = {*std::move(value), statement.line};
  }
  limit_errors(file.errors, name);
  return file;
}

EnvFile load_env_file(const std::filesystem::path& path, IfMissing if_missing,
                      const Environment& environment) {
  const auto failed = [](const Error& error) {
    EnvFile file;
    file.errors.push_back(error);
    return file;
  };
  const auto opened = open_env_file(path);
  if (!opened) {
    const bool is_missing = opened.error().code == ErrorCode::not_found;
    return is_missing && if_missing == IfMissing::fine ? EnvFile{} : failed(opened.error());
  }
  const auto text = read_bounded(*opened, path);
  if (!text) return failed(text.error());
  return read_env_text(*text, path.string(), environment);
}

}  // namespace dblog::config
