#include "tools/dblog/source_excerpt.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include "dblog/event.hpp"
#include "src/base/descriptor.hpp"
#include "src/base/trusted_file.hpp"

namespace dblog::tool {
namespace {

constexpr off_t kMaxFile = 32 * 1024 * 1024;
constexpr std::size_t kMaxLine = 200;

// Root's or one's own: what another user has there, or has a link to, is not for this terminal.
base::Distrust judge_source(const struct stat& status, const void* /*unused*/) noexcept {
  if (!S_ISREG(status.st_mode) || status.st_size > kMaxFile) return base::Distrust::not_regular;
  const bool is_trusted = status.st_uid == 0 || status.st_uid == ::geteuid() ||
                          base::trusted_writers() == base::TrustedWriters::everyone;
  return is_trusted ? base::Distrust::none : base::Distrust::other_owner;
}

base::Descriptor open_source(const std::filesystem::path& path) {
  base::Distrust why{};
  std::error_code error;  // then it is not there
  const auto place = std::filesystem::canonical(path.parent_path(), error) / path.filename();
  return base::Descriptor{
      base::open_judged(place.c_str(), O_RDONLY | O_NOCTTY, judge_source, nullptr, why)};
}

/// Calls take(chunk) until it says false or the file ends.
template <typename Take>
void read_chunks(const base::Descriptor& file, Take take) {
  std::array<char, 64 * 1024> chunk;
  for (off_t left = kMaxFile; left > 0;) {
    const ssize_t size = ::read(file.number(), chunk.data(), chunk.size());
    if (size <= 0 || !take(std::string_view(chunk.data(), static_cast<std::size_t>(size)))) return;
    left -= size;
  }
}

// A database from elsewhere must not make anybody show a key or a password file.
bool is_source_name(const std::filesystem::path& file) {
  constexpr std::string_view kEndings[] = {
      ".c",   ".cc", ".cpp", ".cxx", ".c++", ".C",   ".h",   ".hh",  ".hpp", ".hxx",
      ".h++", ".H",  ".inl", ".inc", ".ipp", ".ixx", ".tcc", ".tpp", ".txx", ".cppm",
      ".m",   ".mm", ".rs",  ".s",   ".S",   ".asm", ".y",   ".yy",  ".l",   ".ll",
      ".def", ".cu", ".cuh", ".go",  ".d",   ".zig", ".f90", ".adb"};
  return std::find(std::begin(kEndings), std::end(kEndings), file.extension().native()) !=
         std::end(kEndings);
}

}  // namespace

bool may_name_sources(const std::filesystem::path& database) {
  struct stat status {};
  return ::stat(database.c_str(), &status) == 0 && base::judge_file(status) == base::Distrust::none;
}

std::optional<SourceExcerpt> read_source(const std::filesystem::path& file, std::int64_t line,
                                         std::int64_t around) {
  if (line < 1 || !is_source_name(file)) return std::nullopt;
  const base::Descriptor source = open_source(file);
  struct stat status {};
  if (!source.is_open() || ::fstat(source.number(), &status) != 0) return std::nullopt;
  constexpr std::size_t kToSeconds = 19;
  const Timestamp changed{std::chrono::seconds{status.st_mtime}};
  SourceExcerpt excerpt{{}, local_date_text(changed).substr(0, kToSeconds)};
  const std::int64_t first = std::max<std::int64_t>(line - around, 1);
  std::int64_t number = 1;
  const auto keep = [&](char c) {
    if (number < first) return;
    if (excerpt.lines.empty() || excerpt.lines.back().number != number) {
      excerpt.lines.push_back({number, ""});
    }
    std::string& text = excerpt.lines.back().text;
    if (c != '\n' && c != '\r' && text.size() < kMaxLine) text += c;
  };
  read_chunks(source, [&](std::string_view chunk) {
    for (const char c : chunk) {
      keep(c);
      if (c == '\n' && number++ - line >= around) return false;
    }
    return true;
  });
  if (excerpt.lines.empty() || excerpt.lines.back().number < line) return std::nullopt;
  return excerpt;
}

}  // namespace dblog::tool
