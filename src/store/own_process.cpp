#include "src/store/own_process.hpp"

#include <atomic>

#include "dblog/event.hpp"
#include "src/process/own_uuid.hpp"
#include "src/schema/process_end.hpp"
#include "src/schema/schema.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::store {
namespace {

std::atomic<ProcessSource> source_of_process{nullptr};
std::atomic<std::uint64_t> version{1};

}  // namespace

void set_process_source(ProcessSource source) noexcept { source_of_process.store(source); }
void note_process_change() noexcept { version.fetch_add(1); }

bool ProcessWriter::is_written() const noexcept {
  return source_of_process.load() == nullptr || written_ == version.load();
}

void ProcessWriter::write() {
  const ProcessSource source = source_of_process.load();
  if (source == nullptr) return;
  writing_ = version.load();
  write(source());
}

void ProcessWriter::confirm() noexcept {
  if (writing_ != 0) written_ = writing_;
}

void ProcessWriter::write(const ProcessRow& row) {
  if (base::is_nil(row.uuid)) return;
  SQLite::Statement insert(database_, schema::kInsertProcess);
  const auto bind = [&](int index, const std::string& text) {
    if (!text.empty()) insert.bind(index, text::as_utf8(text));
  };
  insert.bind(1, base::short_id_of(row.uuid));
  insert.bind(2, std::string(base::text_of(row.uuid).text));
  bind(3, row.host);
  bind(4, row.machine_id);
  bind(5, row.executable);
  bind(6, row.command_line);
  bind(7, row.directory);
  if (row.user_id) insert.bind(8, *row.user_id);
  insert.bind(9, row.process_id);
  bind(10, row.kernel);
  bind(11, row.distribution);
  bind(12, row.release);
  bind(13, row.environment);
  if (row.started_utc_microseconds != 0) {
    const Timestamp started{std::chrono::microseconds{row.started_utc_microseconds}};
    insert.bind(14, local_date_text(started));
    insert.bind(15, row.started_utc_microseconds);
  }
  insert.exec();
}

void ProcessWriter::end() {
  if (written_ == 0) return;
  const Timestamp present = now();
  SQLite::Statement end(database_, schema::kEndProcess);
  end.bind(1, base::short_id_of(process::own_uuid()));
  end.bind(2, local_date_text(present));
  end.bind(3, static_cast<std::int64_t>(present.time_since_epoch().count()));
  end.bind(4, std::string(schema::word_of(schema::ProcessEnd::exit)));
  end.exec();
}

}  // namespace dblog::store
