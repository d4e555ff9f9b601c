// The rows of `frames` and `stack_frames`, as naming sees them: one recorded frame is the rows of
// one depth. Called by FramesDatabase.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/symbols/place.hpp"

namespace dblog::symbols {

/// Whose frames: a crash's, or those of a stack that was kept with a handled error.
struct FrameOwner {
  bool is_crash = true;
  std::int64_t id = 0;

  friend bool operator==(const FrameOwner&, const FrameOwner&) = default;
};

struct FrameRow {
  std::int64_t rowid = 0;
  std::optional<std::string> function;
  std::optional<std::string> file;
  std::optional<std::int64_t> line;
  bool is_inlined = false;
  std::optional<NameOrigin> name_origin;  ///< Nothing: not looked for yet.

  friend bool operator==(const FrameRow&, const FrameRow&) = default;
};

struct RecordedFrame {
  std::int64_t thread = 0;  ///< 0 for a stack, which has no such column.
  std::int64_t depth = 0;
  std::optional<std::string> address;
  std::optional<std::string> module;
  std::optional<std::string> build_id;
  std::optional<std::string> offset;
  std::optional<std::int64_t> return_address;
  std::vector<FrameRow> rows;  ///< Inlined calls from the inside out, then what holds them.

  friend bool operator==(const RecordedFrame&, const RecordedFrame&) = default;
};

struct RecordedStack {
  FrameOwner owner;
  std::vector<RecordedFrame> frames;  ///< By thread, then by depth.

  // Of a crash.
  std::optional<std::int64_t> crashed_thread;
  bool is_signal = false;
  std::optional<std::int64_t> date;  ///< Seconds since 1970, if it happened on this machine.

  friend bool operator==(const RecordedStack&, const RecordedStack&) = default;
};

/// Nothing if there is no such crash or stack. Throws SQLite::Exception.
std::optional<RecordedStack> load_stack(SQLite::Database& database, const FrameOwner& owner);

/// No attempt to name it was made; or, with `retry`, none found the best that there is.
bool needs_name(const RecordedFrame& frame, bool retry);

/// What is to be looked up; nothing for a frame outside every module.
std::optional<CodeAddress> code_address(const RecordedStack& stack, const RecordedFrame& frame);
ModuleKey module_key(const RecordedStack& stack, const RecordedFrame& frame);

}  // namespace dblog::symbols
