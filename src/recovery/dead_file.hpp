// A file that a process left behind beside the database: opened, locked and checked before a byte
// of it is believed.
// Must never change the file, and never follow a link.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/descriptor.hpp"
#include "src/base/result.hpp"

namespace dblog::recovery {

/// What stands beside a database under its name and more, at one look into the directory.
class SidecarFiles {
 public:
  explicit SidecarFiles(const std::filesystem::path& database);

  [[nodiscard]] const std::filesystem::path& database() const noexcept { return database_; }

  /// Those whose names go on with `infix` after the database's; sorted.
  [[nodiscard]] std::vector<std::filesystem::path> with(std::string_view infix) const;

 private:
  std::filesystem::path database_;
  std::vector<std::string> names_;
};

class DeadFile {
 public:
  /// No other process opens it while this object lives. ErrorCode::busy: its process lives, or
  /// another process imports it. ErrorCode::not_found: it is gone. Other errors: it is no file of
  /// ours, and why.
  static base::Result<DeadFile> open(const std::filesystem::path& path);

  /// Of a file that open() calls busy: whether its maker, whose process id is in its name, is gone,
  /// so that another process is importing it. Also true of a maker that cannot be seen from here,
  /// in another container.
  static bool is_being_imported(const std::filesystem::path& path);

  /// Whether open() would have it, as well as can be told without locking it.
  enum class State : std::uint8_t {
    waiting,
    held,      ///< its process lives, or another one imports it
    not_ours,  ///< it is gone, or no file
    foreign    ///< of another user, or others can write it: open() refuses it
  };
  static State state_of(const std::filesystem::path& path);

  /// Its first bytes, at most `limit`.
  [[nodiscard]] base::Result<std::vector<char>> read(std::size_t limit) const;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// When it was last changed; a mapped file's time is no more than a hint.
  [[nodiscard]] std::chrono::system_clock::time_point changed() const noexcept { return changed_; }

  /// Deletes the file. False if it is still there; errno says why.
  bool remove() noexcept;

 private:
  DeadFile(std::filesystem::path path, int descriptor) noexcept
      : path_(std::move(path)), descriptor_(descriptor) {}

  std::filesystem::path path_;
  base::Descriptor descriptor_;
  std::size_t size_ = 0;
  std::chrono::system_clock::time_point changed_{};
};

/// Deletes what a process left that was killed while it made its box or queue: a file of ours that
/// is not locked and has not changed for a minute. Anything else stays, and a younger file is not
/// opened: its maker locks it a moment after its name is there, and could not.
void remove_unfinished(const std::filesystem::path& path);

}  // namespace dblog::recovery
