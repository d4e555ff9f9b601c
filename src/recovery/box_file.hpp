// A black box as it is found on disk: opened, locked and checked, byte for byte distrusted.
// Must never change a box, and never follow a link.
#pragma once

#include <filesystem>
#include <memory>
#include <utility>

#include "handlers/record/black_box.hpp"
#include "src/base/result.hpp"
#include "src/recovery/dead_file.hpp"

namespace dblog::recovery {

/// What a box holds, as plain values that have been checked: texts end, counts are in range,
/// bytes are UTF-8.
struct BoxContent {
  crash::BlackBox::Identity identity;
  std::int64_t last_seen_utc_microseconds = 0;
  bool is_ended = false;                              ///< by its own will
  schema::ProcessEnd end = schema::ProcessEnd::exit;  ///< how, if it is
  bool has_unmarked_ends = false;                     ///< since it began (BlackBox)
  std::int32_t fatal_signal = 0;  ///< that it died of, though it was no crash; 0: not known
  crash::RecordState record_state = crash::RecordState::none;
  /// Unless record_state says that there is one, only its breadcrumbs are meaningful, and its
  /// hardware if it says so: those of the last look.
  crash::CrashRecord record;
  std::int64_t sampled_utc_microseconds = 0;  ///< when that look was; 0: there was none
};

/// Checks the bytes of a box. ErrorCode::newer_schema for one of another version of dblog.
base::Result<std::unique_ptr<BoxContent>> read_box(const char* bytes, std::size_t size,
                                                   const std::string& name);

/// A box of a dead process, which no other process imports while this object lives.
class DeadBox {
 public:
  /// ErrorCode::busy: its process lives, or another process imports it. ErrorCode::not_found: it is
  /// gone. Other errors: it is no box of ours, and says why.
  static base::Result<DeadBox> open(const std::filesystem::path& path);

  [[nodiscard]] const BoxContent& content() const noexcept { return *content_; }

  /// Deletes the file.
  void remove() noexcept { file_.remove(); }

 private:
  DeadBox(DeadFile file, std::unique_ptr<BoxContent> content) noexcept
      : file_(std::move(file)), content_(std::move(content)) {}

  DeadFile file_;
  std::unique_ptr<BoxContent> content_;
};

/// Whether recovery would delete the box and make no row of it: its process ended by its own will,
/// without a crash, or the database has its crash. As well as can be told without locking it.
[[nodiscard]] bool has_nothing_to_tell(const std::filesystem::path& box) noexcept;

}  // namespace dblog::recovery
