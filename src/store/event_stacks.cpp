// Stacks as bound statements.
#include "src/store/event_stacks.hpp"

#include "src/base/text_buffer.hpp"
#include "src/schema/schema.hpp"
#include "src/sqlite/statement_use.hpp"

namespace dblog::store {
namespace {

void bind_text(SQLite::Statement& statement, int index, std::string_view text) {
  if (text.empty()) {
    statement.bind(index);
  } else {
    statement.bind(index, std::string(text));
  }
}

void bind_id(SQLite::Statement& statement, int index, const std::optional<StackRow>& stack) {
  if (stack) {
    statement.bind(index, stack->id);
  } else {
    statement.bind(index);
  }
}

}  // namespace

void EventStackWriter::insert(const sqlite::TableName& table, std::int64_t id,
                              const EventStackRow& row, const Origin& origin) {
  if (row.pushed_at) insert_stack(*row.pushed_at);
  if (row.thrown_at) insert_stack(*row.thrown_at);
  const sqlite::StatementUse event(prepared(event_, schema::kInsertEventStack));
  event->bindNoCopy(1, table.text());
  event->bind(2, id);
  event->bind(3, row.process_id);
  event->bind(4, row.thread_id);
  bind_text(*event, 5, row.exception_type);
  bind_id(*event, 6, row.pushed_at);
  bind_id(*event, 7, row.thrown_at);
  if (origin.process_id != 0) {
    event->bind(8, origin.process_id);
    event->bind(9, origin.utc_offset_seconds);
  }
  event->exec();
}

void EventStackWriter::insert_stack(const StackRow& stack) {
  bool is_new = false;
  {
    const sqlite::StatementUse row(prepared(stack_, schema::kInsertStack));
    row->bind(1, stack.id);
    is_new = row->exec() > 0;
  }
  if (is_new) insert_frames(stack);
}

void EventStackWriter::insert_frames(const StackRow& stack) {
  std::int64_t depth = 0;
  for (const StackRow::Frame& frame : stack.frames) {
    char address[24];
    char offset[24] = {};
    char build_id[2 * crash::Module::kMaxBuildId + 1] = {};
    std::string_view path;
    base::TextBuffer{address}.hex(frame.address);
    if (frame.module < stack.modules.size()) {
      const crash::Module& module = stack.modules[frame.module];
      path = module.path;
      base::TextBuffer{offset}.hex(frame.address - module.load_bias);
      base::TextBuffer{build_id}.hex_bytes(module.build_id, module.build_id_size);
    }
    const sqlite::StatementUse row(prepared(frame_, schema::kInsertStackFrame));
    row->bind(1, stack.id);
    row->bind(2, depth++);
    bind_text(*row, 3, address);
    bind_text(*row, 4, path);
    bind_text(*row, 5, build_id);
    bind_text(*row, 6, offset);
    row->bind(7, frame.is_return_address ? 1 : 0);
    row->exec();
  }
}

SQLite::Statement& EventStackWriter::prepared(std::optional<SQLite::Statement>& statement,
                                              const char* sql) {
  if (!statement) statement.emplace(database_, sql);
  return *statement;
}

}  // namespace dblog::store
