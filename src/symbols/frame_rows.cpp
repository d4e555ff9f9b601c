#include "src/symbols/frame_rows.hpp"

#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <ctime>

#include "src/reader/reader.hpp"

namespace dblog::symbols {
namespace {

std::optional<std::string> text_of(const SQLite::Column& column) {
  if (column.isNull()) return std::nullopt;
  return column.getString();
}

// A text that dblog does not write says as much as none.
std::optional<NameOrigin> origin_of(const SQLite::Column& column) {
  const auto text = text_of(column);
  if (!text) return std::nullopt;
  return schema::find_name_origin(*text).value_or(NameOrigin{});
}

std::optional<std::int64_t> number_of(const SQLite::Column& column) {
  if (!column.isInteger()) return std::nullopt;
  return column.getInt64();
}

// Dates are local time, so they mean a moment only on the machine that wrote them.
std::optional<std::int64_t> date_on_this_machine(const std::optional<std::string>& host,
                                                 const std::optional<std::string>& date) {
  char own_name[256] = {};
  if (!host || !date || ::gethostname(own_name, sizeof own_name - 1) != 0 || *host != own_name) {
    return std::nullopt;
  }
  std::tm parts{};
  if (::strptime(date->c_str(), "%Y-%m-%d %H:%M:%S", &parts) == nullptr) return std::nullopt;
  parts.tm_isdst = -1;
  return std::mktime(&parts);
}

bool load_crash(SQLite::Database& database, RecordedStack& stack) {
  SQLite::Statement crash{database, "SELECT tid, kind, host, date FROM crashes WHERE id = ?1"};
  crash.bind(1, stack.owner.id);
  if (!crash.executeStep()) return false;
  stack.crashed_thread = number_of(crash.getColumn(0));
  stack.is_signal = text_of(crash.getColumn(1)) == "signal";
  stack.date = date_on_this_machine(text_of(crash.getColumn(2)), text_of(crash.getColumn(3)));
  return true;
}

bool has_stack(SQLite::Database& database, std::int64_t id) {
  SQLite::Statement stack{database, "SELECT 1 FROM stacks WHERE id = ?1"};
  stack.bind(1, id);
  return stack.executeStep();
}

}  // namespace

std::optional<RecordedStack> load_stack(SQLite::Database& database, const FrameOwner& owner) {
  RecordedStack stack;
  stack.owner = owner;
  if (owner.is_crash ? !load_crash(database, stack) : !has_stack(database, owner.id)) {
    return std::nullopt;
  }
  SQLite::Statement rows{
      database, std::string("SELECT rowid, ") + (owner.is_crash ? "thread" : "0") +
                    " AS of_thread, depth, address, module, build_id, offset, return_address, "
                    "function, file, line, inlined, name_source FROM " +
                    (owner.is_crash ? "frames WHERE crash_id" : "stack_frames WHERE stack_id") +
                    " = ?1 ORDER BY of_thread, depth, rowid LIMIT ?2"};
  rows.bind(1, owner.id);
  rows.bind(2, static_cast<std::int64_t>(reader::kMostFrames));
  while (rows.executeStep()) {
    RecordedFrame frame;
    frame.thread = rows.getColumn(1).getInt64();
    frame.depth = rows.getColumn(2).getInt64();
    frame.address = text_of(rows.getColumn(3));
    frame.module = text_of(rows.getColumn(4));
    frame.build_id = text_of(rows.getColumn(5));
    frame.offset = text_of(rows.getColumn(6));
    frame.return_address = number_of(rows.getColumn(7));
    const bool is_next = stack.frames.empty() || stack.frames.back().thread != frame.thread ||
                         stack.frames.back().depth != frame.depth;
    if (is_next) stack.frames.push_back(std::move(frame));
    stack.frames.back().rows.push_back({rows.getColumn(0).getInt64(), text_of(rows.getColumn(8)),
                                        text_of(rows.getColumn(9)), number_of(rows.getColumn(10)),
                                        rows.getColumn(11).getInt() != 0,
                                        origin_of(rows.getColumn(12))});
  }
  return stack;
}

bool needs_name(const RecordedFrame& frame, bool retry) {
  const FrameRow& row = frame.rows.back();
  if (!row.name_origin) return !row.function;
  return retry && row.name_origin->source != NameSource::debug_info;
}

std::optional<CodeAddress> code_address(const RecordedStack& stack, const RecordedFrame& frame) {
  if (!frame.module || !frame.offset || !frame.offset->starts_with("0x")) return std::nullopt;
  CodeAddress address;
  const char* end = frame.offset->data() + frame.offset->size();
  const auto parsed = std::from_chars(frame.offset->data() + 2, end, address.offset, 16);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  // Schema 1 did not keep it: only a signal's first frame is the instruction itself.
  const bool is_exact = stack.owner.is_crash && stack.is_signal && frame.depth == 0;
  address.is_return_address = frame.return_address ? *frame.return_address != 0 : !is_exact;
  return address;
}

ModuleKey module_key(const RecordedStack& stack, const RecordedFrame& frame) {
  ModuleKey key{frame.module.value_or(""), frame.build_id.value_or(""), std::nullopt};
  if (key.build_id.empty()) key.recorded_at = stack.date;
  return key;
}

}  // namespace dblog::symbols
