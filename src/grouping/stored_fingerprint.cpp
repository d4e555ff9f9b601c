#include "src/grouping/stored_fingerprint.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "src/grouping/system_frame.hpp"
#include "src/scrub/rules.hpp"

namespace dblog::grouping {
namespace {

// A captured stack has 256 frames, and inlined ones besides.
constexpr const char* kFramesOfCrash =
    "SELECT function, module, build_id, offset FROM frames WHERE crash_id = ?1 AND thread = ?2 "
    "ORDER BY depth, inlined DESC, rowid LIMIT 1024";
constexpr const char* kFramesOfStack =
    "SELECT function, module, build_id, offset FROM stack_frames WHERE stack_id = ?1 "
    "ORDER BY depth, inlined DESC, rowid LIMIT 1024";
constexpr const char* kCrash =
    "SELECT fingerprint, tid, kind, signal_name, exception_type, msg, executable, signal_code, "
    "fault_address, access, cause, killed_by, sender_pid FROM crashes WHERE id = ?1";
constexpr const char* kStack = "SELECT fingerprint FROM stacks WHERE id = ?1";

// Parts of it are stored with the group.
std::string scrubbed(std::string message) {
  if (const scrub::Rules* rules = scrub::active_rules()) rules->scrub(message);
  return message;
}

std::vector<Frame> read_frames(SQLite::Statement& statement) {
  std::vector<Frame> frames;
  while (statement.executeStep()) {
    frames.push_back({statement.getColumn(0).getString(), statement.getColumn(1).getString(),
                      statement.getColumn(2).getString(), statement.getColumn(3).getString()});
  }
  return frames;
}

// Inlined calls, which are known with a name only, are one position with what holds them.
std::vector<Frame> without_names(const std::vector<Frame>& frames) {
  std::vector<Frame> unnamed;
  for (const Frame& frame : frames) {
    const bool is_same = !unnamed.empty() && !frame.offset.empty() &&
                         unnamed.back().offset == frame.offset &&
                         unnamed.back().module == frame.module;
    if (!is_same) unnamed.push_back({"", frame.module, frame.build_id, frame.offset});
  }
  return unnamed;
}

bool says_which_code(const std::vector<Frame>& frames) {
  return !frames.empty() && std::all_of(frames.begin(), frames.end(), [](const Frame& frame) {
    const bool is_exact = !frame.module.empty() && !frame.offset.empty() && !frame.build_id.empty();
    return is_exact || is_system_frame(frame.module, "");
  });
}

}  // namespace

std::size_t StoredFingerprint::names_in(const std::vector<std::string>& parts) const {
  return static_cast<std::size_t>(
      std::count_if(parts.begin(), parts.end(),
                    [&](const std::string& part) { return !unnamed_parts.contains(part); }));
}

FingerprintReader::FingerprintReader(SQLite::Database& database)
    : crash_(database, kCrash),
      frames_of_crash_(database, kFramesOfCrash),
      stack_(database, kStack),
      frames_of_stack_(database, kFramesOfStack) {}

std::optional<StoredFingerprint> FingerprintReader::read(const GroupedRow& row) {
  return row.is_crash ? read_crash(row.id) : read_stack(row.id);
}

std::optional<StoredFingerprint> FingerprintReader::read_crash(std::int64_t id) {
  crash_.reset();
  crash_.bind(1, id);
  if (!crash_.executeStep()) return std::nullopt;
  const auto text = [&](int column) { return crash_.getColumn(column).getString(); };
  const auto number = [&](int column) {
    return crash_.getColumn(column).isInteger() ? std::optional{crash_.getColumn(column).getInt64()}
                                                : std::nullopt;
  };
  frames_of_crash_.reset();
  frames_of_crash_.bind(1, id);
  frames_of_crash_.bind(2, crash_.getColumn(1).getInt64());
  Crash crash{.kind = text(2),
              .signal_name = text(3),
              .exception_type = text(4),
              .message = scrubbed(text(5)),
              .executable = text(6),
              .signal_code = number(7),
              .fault_address = text(8),
              .access = text(9),
              .cause = text(10),
              .has_sender = number(12).has_value(),
              .killed_by = number(11),
              .frames = read_frames(frames_of_crash_)};
  StoredFingerprint found{text(0), crash_fingerprint(crash), "", parts_without_names(crash.frames)};
  crash.frames = without_names(crash.frames);
  if (says_which_code(crash.frames)) found.unnamed = crash_fingerprint(crash).text;
  crash_.reset();
  return found;
}

std::optional<StoredFingerprint> FingerprintReader::read_stack(std::int64_t id) {
  stack_.reset();
  stack_.bind(1, id);
  if (!stack_.executeStep()) return std::nullopt;
  frames_of_stack_.reset();
  frames_of_stack_.bind(1, id);
  const std::vector<Frame> frames = read_frames(frames_of_stack_);
  const std::vector<Frame> unnamed = without_names(frames);
  StoredFingerprint found{stack_.getColumn(0).getString(), stack_fingerprint(frames), "",
                          parts_without_names(frames)};
  if (says_which_code(unnamed)) found.unnamed = stack_fingerprint(unnamed).text;
  stack_.reset();
  return found;
}

}  // namespace dblog::grouping
