#include "src/queue/queue_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "src/queue/date_texts.hpp"
#include "src/queue/event_record.hpp"

namespace dblog::queue {
namespace {

// Table numbers of the file, in that of the batch; -1: the name is none.
using TableNumbers = std::vector<int>;

struct Found {
  std::uint64_t position;
  EntryHead head;
};

class Reader {
 public:
  Reader(std::string_view bytes, QueueContent& content)
      : bytes_(bytes), content_(content), slot_count_(content.identity.slot_count) {}

  void read() {
    read_tables();
    std::vector<Found> found;
    for (std::uint64_t index = 0; index < slot_count_; ++index) look_at(index, found);
    std::sort(found.begin(), found.end(),
              [](const Found& left, const Found& right) { return left.position < right.position; });
    content_.assembled.reserve(found.size());  // events point into it
    for (const Found& event : found) take(event);
    if (!content_.events.rows.empty()) {
      content_.events.end = content_.events.rows.back().position + 1;
    }
  }

 private:
  template <typename Value>
  [[nodiscard]] Value value_at(std::size_t offset) const {
    Value value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }

  [[nodiscard]] std::size_t offset_of(std::uint64_t position) const noexcept {
    return kSlotsAt + (position & (slot_count_ - 1)) * sizeof(Slot);
  }
  [[nodiscard]] std::uint64_t stamp_at(std::uint64_t position) const {
    return value_at<std::uint64_t>(offset_of(position) + offsetof(Slot, stamp));
  }
  [[nodiscard]] std::string_view text_at(std::uint64_t position, std::size_t skip) const {
    return bytes_.substr(offset_of(position) + offsetof(Slot, bytes) + skip, Slot::kBytes - skip);
  }

  void read_tables() {
    const auto count = std::min<std::size_t>(
        value_at<std::uint32_t>(offsetof(QueueHead, table_count)), kMaxTables);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string_view field =
          bytes_.substr(offsetof(QueueHead, table_names) + i * kTableNameSize, kTableNameSize);
      const auto name = sqlite::TableName::parse(field.substr(0, field.find('\0')));
      numbers_.push_back(name ? static_cast<int>(content_.events.tables.size()) : -1);
      if (name) content_.events.tables.push_back(*name);
    }
  }

  // The first slot of an event says where it belongs.
  void look_at(std::uint64_t index, std::vector<Found>& found) {
    const std::uint64_t stamp = stamp_at(index);
    if (stamp == 0 || (stamp & (Slot::kFurtherPart | Slot::kAbandoned)) != 0) return;
    const std::uint64_t position = stamp - 1;
    if ((position & (slot_count_ - 1)) != index) {
      content_.damaged.push_back(position);
      return;
    }
    found.push_back({position, value_at<EntryHead>(offset_of(index) + offsetof(Slot, bytes))});
  }

  void take(const Found& event) {
    const EntryHead& head = event.head;
    const std::uint16_t table = head.table_number();
    const bool has_table = table < numbers_.size() && numbers_[table] >= 0;
    if (head.message_size > kMaxMessage || slots_for(head.message_size) > slot_count_ ||
        !has_table) {
      content_.damaged.push_back(event.position);
      return;
    }
    const auto message = message_of(event);
    if (!message || seal_of(event.position,
                            digest_of(head.utc_microseconds, head.table, *message)) != head.seal) {
      content_.damaged.push_back(event.position);
      return;
    }
    store::QueuedRow row{event.position, static_cast<std::size_t>(numbers_[table]), *message,
                         dates_.text(head.utc_microseconds)};
    row.utc_offset_seconds = dates_.offset_of_last();
    if (head.has_facts()) row.facts = &content_.facts.emplace_back(take_facts(row.message));
    content_.events.rows.push_back(row);
  }

  // Nothing if a part of it is not there.
  std::optional<std::string_view> message_of(const Found& event) {
    const std::size_t size = event.head.message_size;
    const std::string_view first = text_at(event.position, sizeof(EntryHead));
    if (size <= first.size()) return first.substr(0, size);
    std::string& whole = content_.assembled.emplace_back(first);
    for (std::uint64_t at = event.position + 1; whole.size() < size; ++at) {
      if (stamp_at(at) != ((at + 1) | Slot::kFurtherPart)) return std::nullopt;
      whole += text_at(at, 0).substr(0, size - whole.size());
    }
    return whole;
  }

  std::string_view bytes_;
  QueueContent& content_;
  std::uint64_t slot_count_;
  TableNumbers numbers_;
  DateTexts dates_;
};

template <std::size_t N>
bool ends(const char (&text)[N]) noexcept {
  return std::memchr(text, '\0', N) != nullptr;
}

bool is_slot_count(std::uint32_t count) noexcept {
  return count > 0 && count <= kMaxSlots && (count & (count - 1)) == 0;
}

}  // namespace

base::Result<QueueContent> read_queue(std::string_view bytes, const std::string& name) {
  const auto refuse = [&name](base::ErrorCode code, const char* why) {
    return base::Error{code, name, why};
  };
  constexpr std::size_t kMagicSize = QueueIdentity::kMagic.size();
  constexpr std::size_t kLayoutEnd = offsetof(QueueIdentity, slot_count);
  if (bytes.size() < kLayoutEnd ||
      std::memcmp(bytes.data(), QueueIdentity::kMagic.data(), kMagicSize) != 0) {
    return refuse(base::ErrorCode::invalid_argument,
                  "is no queue file, or was truncated; delete it if you do not need it");
  }
  QueueContent content;
  std::uint32_t layout;
  std::memcpy(&layout, bytes.data() + offsetof(QueueIdentity, layout), sizeof layout);
  if (layout < QueueIdentity::kOldestLayout || layout > QueueIdentity::kLayout) {
    return refuse(base::ErrorCode::newer_schema,
                  "was written by another version of dblog; recover it with that version");
  }
  if (bytes.size() < kSlotsAt) {
    return refuse(base::ErrorCode::invalid_argument,
                  "was truncated; delete it if you do not need it");
  }
  std::memcpy(&content.identity, bytes.data(), sizeof content.identity);
  if (content.identity.checksum != checksum_of(content.identity) ||
      !is_slot_count(content.identity.slot_count) || !ends(content.identity.process.boot_id) ||
      !ends(content.identity.executable)) {
    return refuse(base::ErrorCode::invalid_argument,
                  "is damaged: its checksum is wrong; delete it if you do not need it");
  }
  if (bytes.size() != file_size(content.identity.slot_count)) {
    return refuse(base::ErrorCode::invalid_argument,
                  "was truncated; delete it if you do not need it");
  }
  content.uuid = base::text_of(content.identity.uuid).text;
  content.events.queue = content.uuid;
  base::Uuid process;
  std::memcpy(&process, bytes.data() + offsetof(QueueHead, process_uuid), sizeof process);
  content.events.process_id = base::short_id_of(process);
  content.events.process.emplace();
  content.events.process->uuid = process;
  content.events.process->executable = content.identity.executable;
  content.events.process->process_id = content.identity.process.id;
  Reader(bytes, content).read();
  return content;
}

}  // namespace dblog::queue
