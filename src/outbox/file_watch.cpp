// inotify(7) on the two files and, because they come and go, on new names in the directory.
#include "src/outbox/file_watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace dblog::outbox {
namespace {

base::Error watch_error(const std::filesystem::path& path) {
  return {base::ErrorCode::io, path.string(),
          "cannot be watched: " + std::generic_category().message(errno)};
}

}  // namespace

FileWatch::FileWatch(std::filesystem::path path, int inotify)
    : path_(std::move(path)),
      inotify_(inotify),
      directory_(::inotify_add_watch(inotify, path_.parent_path().c_str(),
                                     IN_CREATE | IN_MOVED_TO | IN_ONLYDIR)) {}

FileWatch::~FileWatch() { ::close(inotify_); }

base::Result<std::unique_ptr<FileWatch>> FileWatch::open(const std::filesystem::path& path) {
  const int inotify = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify < 0) return watch_error(path);
  std::unique_ptr<FileWatch> watch(new FileWatch(path, inotify));
  if (watch->directory_ < 0) return watch_error(path);
  watch->watch_files();
  return watch;
}

// A file that is watched already stays so; one that has its name now instead is watched besides.
void FileWatch::watch_files() {
  for (const char* suffix : {"", "-wal"}) {
    ::inotify_add_watch(inotify_, (path_.native() + suffix).c_str(), IN_MODIFY | IN_DONT_FOLLOW);
  }
}

void FileWatch::pause(std::chrono::milliseconds limit, int wake) {
  pollfd source{wake, POLLIN, 0};
  ::poll(&source, 1, static_cast<int>(limit.count()));
  (void)take_events();
}

void FileWatch::wait(std::chrono::milliseconds limit, const std::vector<pollfd>& wakes) {
  using Clock = std::chrono::steady_clock;
  // Programs that write all the time, or make files, wake us ten times a second at most.
  constexpr int kGatherMilliseconds = 100;
  const auto end = Clock::now() + limit;
  std::vector<pollfd> sources = wakes;
  sources.push_back({inotify_, POLLIN, 0});
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0) return;
    const int found = ::poll(sources.data(), sources.size(), static_cast<int>(left.count()));
    if (found <= 0 || (sources.back().revents & POLLIN) == 0) return;
    ++wake_ups_;
    if (::poll(sources.data(), wakes.size(), kGatherMilliseconds) > 0) return;
    if (take_events()) return;
  }
}

// True if one of them is about the database. What comes while they are read is for the next time.
bool FileWatch::take_events() {
  constexpr int kMostReads = 16;
  const std::string name = path_.filename().native();
  bool is_ours = false;
  alignas(inotify_event) std::array<char, 8192> bytes;
  for (int i = 0; i < kMostReads; ++i) {
    const ssize_t size = ::read(inotify_, bytes.data(), bytes.size());
    if (size <= 0) break;
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      const auto* event = reinterpret_cast<const inotify_event*>(bytes.data() + at);
      at += sizeof(inotify_event) + event->len;
      const bool is_new_name = event->wd == directory_ && event->len > 0;
      is_ours = is_ours || !is_new_name || event->name == name || event->name == name + "-wal";
    }
  }
  if (is_ours) watch_files();
  return is_ours;
}

}  // namespace dblog::outbox
