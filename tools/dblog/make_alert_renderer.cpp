#include "tools/dblog/make_alert_renderer.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "src/reader/reader.hpp"
#include "src/report/message_text.hpp"

namespace dblog::tool {
namespace {

// Opening takes three times as long as reading, and the outbox's lock is held meanwhile: the reader
// stays open. Both channels' threads come here.
class SourceReader {
 public:
  explicit SourceReader(std::filesystem::path database) : database_(std::move(database)) {}

  outbox::RenderedAlert render(const sqlite::Row& alert, outbox::Extent extent) {
    const auto details = details_of(
        {alert.text("source_table").value_or(""), alert.integer("source_id").value_or(0)});
    report::MessageText message = extent == outbox::Extent::whole
                                      ? report::whole_message(alert, details, database_.native())
                                      : report::brief_message(alert, details);
    return {std::move(message.subject), std::move(message.text)};
  }

 private:
  std::optional<reader::Details> details_of(const reader::EntryId& id) {
    const std::lock_guard lock(mutex_);
    if (!reader_) {
      auto opened = reader::Reader::open(database_);
      if (!opened) return std::nullopt;
      reader_.emplace(std::move(*opened));
    }
    auto details = reader_->core(id);
    if (details) return std::move(*details);
    reader_.reset();
    return std::nullopt;
  }

  const std::filesystem::path database_;
  std::mutex mutex_;
  std::optional<reader::Reader> reader_;
};

}  // namespace

outbox::AlertRenderer make_alert_renderer(const std::filesystem::path& database) {
  return [source = std::make_shared<SourceReader>(database)](const sqlite::Row& alert,
                                                             outbox::Extent extent) {
    return source->render(alert, extent);
  };
}

}  // namespace dblog::tool
