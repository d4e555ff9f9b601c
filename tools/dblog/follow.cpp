// dblog follow. The database may come later, go, and be replaced by another one meanwhile.
#include "tools/dblog/follow.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <system_error>
#include <tuple>
#include <utility>

#include "src/outbox/file_watch.hpp"
#include "src/reader/new_entries.hpp"
#include "src/report/time_text.hpp"
#include "tools/dblog/entry_id.hpp"
#include "tools/dblog/entry_line.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/json_output.hpp"
#include "tools/dblog/table_text.hpp"

namespace dblog::tool {
namespace {

/// Which file has the name. Numbers of deleted files are used again, so its birth counts, too.
using FileIdentity =
    std::tuple<std::uint32_t, std::uint32_t, std::uint64_t, std::int64_t, std::uint32_t>;

std::optional<FileIdentity> identity_of(const std::filesystem::path& file) {
  struct statx found {};
  if (::statx(AT_FDCWD, file.c_str(), 0, STATX_INO | STATX_BTIME, &found) != 0) return std::nullopt;
  return FileIdentity{found.stx_dev_major, found.stx_dev_minor, found.stx_ino,
                      found.stx_btime.tv_sec, found.stx_btime.tv_nsec};
}

std::string padded(std::string text, std::size_t width) {
  const std::size_t taken = display_width(text);
  return taken < width ? text.append(width - taken, ' ') : text;
}

std::string line_of(const reader::Entry& entry, const FollowOptions& options) {
  constexpr std::size_t kIdWidth = 16, kKindWidth = 9, kMostWhat = 500;
  const std::string what = what_of(entry, options.full);
  const std::string line = padded(escape_line(entry_id_text(entry)), kIdWidth) + "  " +
                           escape_line(report::time_text(entry).value_or("-")) + "  " +
                           padded(kind_of(entry), kKindWidth) + "  " +
                           escape_line(options.full ? what : shortened(what, kMostWhat));
  const bool is_cut = options.terminal_width && !options.full;
  return (is_cut ? cut_to_width(line, *options.terminal_width) : line) + '\n';
}

// What another process does to the file at this moment ends.
bool may_pass(const base::Error& error) {
  return error.code == base::ErrorCode::busy || error.code == base::ErrorCode::not_found;
}

Outcome output_failure(int failure) {
  return {ExitCode::not_everything, "",
          "standard output: " + std::generic_category().message(failure)};
}

class Follow {
 public:
  Follow(const std::filesystem::path& database, const FollowOptions& options,
         outbox::FileWatch& files)
      : database_(database),
        options_(options),
        wanted_(make_filter(options.filter)),
        files_(files) {}

  Outcome run() {
    if (auto outcome = begin()) return *outcome;
    while (true) {
      if (auto outcome = scan()) return *outcome;
      pollfd output{STDOUT_FILENO, 0, 0};  // that its reader is gone is always told
      files_.wait(is_busy_ ? kAfterBusy : kBetweenLooks, {output});
      if (::poll(&output, 1, 0) > 0) return broken_pipe();
    }
  }

 private:
  // The kernel does not tell what is written on another machine, to a network file system.
  static constexpr std::chrono::seconds kBetweenLooks{10};
  static constexpr std::chrono::milliseconds kAfterBusy{500};

  // As if it had been written to.
  static Outcome broken_pipe() {
    Outcome outcome;
    outcome.program_status = SIGPIPE;
    return outcome;
  }

  // What is there at the start is not news.
  std::optional<Outcome> begin() {
    file_ = identity_of(database_);
    if (!file_) {
      options_.say_beside(database_.string() + ": not there yet; waiting for it");
      return std::nullopt;
    }
    auto positions = reader::read_positions(database_);
    if (!positions) return open_failure(positions.error());
    seen_ = std::move(*positions);
    return std::nullopt;
  }

  void notice_replacement() {
    const auto file = identity_of(database_);
    if (file == file_) return;
    if (!file) options_.say_beside(database_.string() + ": is gone; waiting for it");
    if (file && file_) options_.say_beside(database_.string() + ": is another file now");
    file_ = file;
    seen_.clear();
  }

  std::optional<Outcome> scan() {
    is_busy_ = false;
    notice_replacement();
    for (bool are_more = file_.has_value(); are_more;) {
      const auto found = reader::read_new_entries(database_, wanted_, seen_);
      if (!found && !may_pass(found.error())) return open_failure(found.error());
      is_busy_ = !found;
      if (!found) return std::nullopt;
      if (auto outcome = print(found->entries)) return outcome;
      are_more = found->are_more;
    }
    return std::nullopt;
  }

  std::optional<Outcome> print(const std::vector<reader::Entry>& entries) {
    std::string text;
    for (const reader::Entry& entry : entries) {
      text += options_.json ? entry_json_line(entry) : line_of(entry, options_);
    }
    const int failure = text.empty() ? 0 : options_.print(text);
    if (failure == 0) return std::nullopt;
    return output_failure(failure);
  }

  const std::filesystem::path& database_;
  const FollowOptions& options_;
  const reader::EntryFilter wanted_;
  outbox::FileWatch& files_;
  std::optional<FileIdentity> file_;
  reader::Positions seen_;
  bool is_busy_ = false;
};

}  // namespace

Outcome follow(const std::filesystem::path& database, const FollowOptions& options) {
  // Before another file gets its number.
  if (::fcntl(STDOUT_FILENO, F_GETFD) < 0) return output_failure(errno);
  std::error_code error;
  // Where a link leads: what is written has that name.
  const auto file = std::filesystem::weakly_canonical(std::filesystem::absolute(database), error);
  const auto files = outbox::FileWatch::open(error ? std::filesystem::absolute(database) : file);
  if (!files) return open_failure(files.error());
  return Follow(database, options, **files).run();
}

}  // namespace dblog::tool
