#include "tools/dblog/alert_teller.hpp"

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
class AlertTeller {
 public:
  explicit AlertTeller(std::filesystem::path database) : database_(std::move(database)) {}

  void tell(outbox::ToldAlert& alert) {
    const auto details = details_of({alert.source_table, alert.source_id});
    if (!details) return;
    const report::MessageText stored{std::move(alert.subject), std::move(alert.body)};
    report::MessageText told = report::told_in_full(stored, *details, database_.native());
    alert.subject = std::move(told.subject);
    alert.body = std::move(told.body);
  }

 private:
  std::optional<store::Details> details_of(const store::EntryId& id) {
    const std::lock_guard lock(mutex_);
    if (!reader_) {
      auto opened = store::Reader::open(database_);
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
  std::optional<store::Reader> reader_;
};

}  // namespace

outbox::Teller make_alert_teller(const std::filesystem::path& database) {
  return [teller = std::make_shared<AlertTeller>(database)](outbox::ToldAlert& alert) {
    teller->tell(alert);
  };
}

}  // namespace dblog::tool
