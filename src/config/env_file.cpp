// Opening and reading of .env files, and the expansion of ${NAME} in their values.
#include "src/config/env_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "src/base/descriptor.hpp"
#include "src/base/resolved_path.hpp"
#include "src/base/trusted_file.hpp"
#include "src/config/env_text.hpp"

namespace dblog::config {
namespace {

constexpr std::size_t kMaxErrors = 20;

base::Error system_error(int code, const std::filesystem::path& path) {
  const std::string reason = std::generic_category().message(code);
  if (code == ENOENT || code == ENOTDIR) {
    return {base::ErrorCode::not_found, path.string(),
            reason + "; create it, or name another file"};
  }
  if (code == EACCES || code == EPERM) {
    return {base::ErrorCode::permission, path.string(),
            reason + "; make it readable for this program, or name another file"};
  }
  return {base::ErrorCode::io, path.string(), reason + "; name another file"};
}

base::Error refusal(const std::filesystem::path& path, const std::string& what,
                    const std::string& to_do) {
  return {base::ErrorCode::permission, path.string(),
          what + ", and no settings were read; " + to_do};
}

bool is_null_device(const struct stat& status) {
  return S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
}

// Deployments link .env to a file elsewhere. No other user may have made the link, or moved it:
// it would lead to another file of this user's.
base::Error refused_link(const std::filesystem::path& path, const std::filesystem::path& link) {
  struct stat status {};
  const bool is_own = ::lstat(link.c_str(), &status) == 0 && status.st_uid == ::geteuid();
  const std::string why =
      is_own && base::is_link_trusted(status)
          ? "is a symbolic link in a directory that another user owns or every user may write to"
      : is_own ? "is a symbolic link of the user who runs this program, which has more rights"
               : "is a symbolic link of another user";
  const bool is_itself = link.filename() == path.filename();
  return refusal(path, is_itself ? why : "lies behind " + link.string() + ", which " + why,
                 "put the file itself into a directory of yours");
}

// A path without links that others made.
base::Result<std::filesystem::path> without_links(const std::filesystem::path& path) {
  const auto resolved = std::make_unique<base::ResolvedPath>();
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  if (error) return system_error(error.value(), path);
  const int why = base::resolve(absolute.c_str(), *resolved);
  if (why == EPERM) return refused_link(path, resolved->text);
  if (why != 0) return system_error(why, path);
  return std::filesystem::path(resolved->text);
}

base::Error untrusted(const std::filesystem::path& path, const struct stat& status,
                      base::Distrust distrust) {
  switch (distrust) {
    case base::Distrust::not_regular:
      return {base::ErrorCode::invalid_argument, path.string(),
              S_ISDIR(status.st_mode) ? "is a directory; name a file"
                                      : "is not a regular file; name one"};
    case base::Distrust::writable_by_others: {
      const bool is_group = (status.st_mode & S_IWOTH) == 0;
      return refusal(path, is_group ? "can be written by its group" : "can be written by everyone",
                     (is_group ? "run: chmod g-w " : "run: chmod go-w ") + path.string() +
                         (is_group ? " (or set DBLOG_TRUST=group in the environment, if the group "
                                     "is trusted)"
                                   : ""));
    }
    case base::Distrust::other_owner:
      return refusal(path, "belongs to another user",
                     "make it yours (chown), name another file, or set DBLOG_TRUST=everyone in "
                     "the environment if all users of this machine are trusted");
    default:
      return refusal(path, "has several names (hard links)", "copy it to a file of its own");
  }
}

// What stands there is judged before it is opened, and once more when it is open.
base::Result<base::Descriptor> open_env_file(const std::filesystem::path& path) {
  const base::Result<std::filesystem::path> file = without_links(path);
  if (!file) return file.error();
  struct stat status {};
  if (::lstat(file->c_str(), &status) != 0) return system_error(errno, path);
  base::Distrust distrust = base::Distrust::none;
  base::Descriptor opened{is_null_device(status)
                              ? ::open("/dev/null", O_RDONLY | O_CLOEXEC)
                              : base::open_trusted(file->c_str(), O_RDONLY, distrust)};
  if (opened.number() >= 0) return opened;
  if (distrust == base::Distrust::none) return system_error(errno, path);
  return untrusted(*file, status, distrust);
}

base::Result<WipedText> read_bounded(const base::Descriptor& file,
                                     const std::filesystem::path& path) {
  WipedText text;
  std::size_t used = 0;
  while (true) {
    text.resize(used + 65'536);
    const ssize_t count = ::read(file.number(), text.data() + used, text.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, path);
    used += static_cast<std::size_t>(count);
    if (used > kMaxEnvFileBytes) {
      return base::Error{base::ErrorCode::invalid_argument, path.string(),
                         "is larger than 1 MiB; is it a file with settings? Name a smaller one"};
    }
    if (count == 0) break;
  }
  text.resize(used);
  return text;
}

using Values = WipedMap<EnvValue>;

std::string_view look_up(const std::string& name, std::string_view fallback, const Values& above,
                         const Values& cleared, const Environment& environment) {
  if (const char* value = environment(name)) return value;
  if (const auto it = above.find(std::string_view{name}); it != above.end()) return it->second.text;
  // A key without '=' is there, and empty: the default is not for it.
  return cleared.contains(std::string_view{name}) ? std::string_view{} : fallback;
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
std::optional<WipedText> expanded(std::string_view text, std::size_t limit,
                                  const LookUp& value_of) {
  WipedText result;
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

void limit_errors(std::vector<base::Error>& errors, const std::string& name) {
  if (errors.size() <= kMaxErrors) return;
  const std::size_t more = errors.size() - kMaxErrors;
  errors.resize(kMaxErrors);
  errors.push_back({base::ErrorCode::invalid_argument, name,
                    std::to_string(more) + " more bad lines; is it a file with settings?"});
}

}  // namespace

const char* process_environment(const std::string& name) {
  // It finds "A=B" in "A=B=C".
  if (name.find('=') != std::string::npos) return nullptr;
  return ::secure_getenv(name.c_str());
}

EnvFile read_env_text(std::string_view text, const std::string& name,
                      const Environment& environment) {
  EnvFile file;
  file.found = true;
  const auto at_line = [&](std::size_t line) { return name + ":" + std::to_string(line); };
  if (text.find('\0') != std::string_view::npos) {
    file.errors.push_back({base::ErrorCode::invalid_argument, name,
                           "holds NUL bytes; save it as plain text in UTF-8"});
    return file;
  }
  EnvText parsed = parse_env_text(text);
  for (EnvSyntaxError& error : parsed.errors) {
    file.errors.push_back(
        {base::ErrorCode::invalid_argument, at_line(error.line), std::move(error.why)});
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
          {base::ErrorCode::invalid_argument, at_line(statement.line),
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
  const auto failed = [](const base::Error& error) {
    EnvFile file;
    file.errors.push_back(error);
    return file;
  };
  const auto opened = open_env_file(path);
  if (!opened) {
    const bool is_missing = opened.error().code == base::ErrorCode::not_found;
    return is_missing && if_missing == IfMissing::fine ? EnvFile{} : failed(opened.error());
  }
  const auto text = read_bounded(*opened, path);
  if (!text) return failed(text.error());
  return read_env_text(*text, path.string(), environment);
}

}  // namespace dblog::config
