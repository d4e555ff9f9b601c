// Where a benchmark makes its files, on the disk that the figures are to speak of; and its clock.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace dblog::benchmark {

/// A fresh directory below the one that the program's first argument names (default: the working
/// directory), gone with the object.
class WorkDirectory {
 public:
  WorkDirectory(int argc, char** argv) {
    std::string name =
        std::filesystem::absolute(argc > 1 ? argv[1] : ".") / "dblog-benchmark-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
      std::perror(name.c_str());
      std::exit(1);
    }
    path_ = name;
  }
  ~WorkDirectory() { std::filesystem::remove_all(path_); }
  WorkDirectory(const WorkDirectory&) = delete;
  WorkDirectory& operator=(const WorkDirectory&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  friend std::filesystem::path operator/(const WorkDirectory& directory,
                                         const std::filesystem::path& name) {
    return directory.path_ / name;
  }

 private:
  std::filesystem::path path_;
};

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  [[nodiscard]] double milliseconds() const { return seconds() * 1e3; }
  [[nodiscard]] double microseconds() const { return seconds() * 1e6; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace dblog::benchmark
