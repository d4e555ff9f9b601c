#include "src/recovery/box_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "src/base/text_buffer.hpp"
#include "src/base/trusted_file.hpp"

namespace dblog::recovery {
namespace {

using crash::BlackBox;
using crash::CrashRecord;
using crash::RecordState;

base::Error refusal(base::ErrorCode code, const std::string& name, std::string why) {
  return base::Error{code, name, std::move(why)};
}

// A field of the box, copied out: the bytes need not be aligned, and atomics are not copyable.
template <typename Value>
Value field(const char* bytes, std::size_t offset) {
  static_assert(std::is_trivially_copyable_v<Value>);
  Value value;
  std::memcpy(static_cast<void*>(&value), bytes + offset, sizeof value);
  return value;
}

bool has_magic(const char* bytes) noexcept {
  return std::memcmp(bytes, BlackBox::kMagic, sizeof BlackBox::kMagic) == 0;
}

bool is_of_this_version(const char* bytes) noexcept {
  return has_magic(bytes) &&
         field<std::uint32_t>(bytes, offsetof(BlackBox::Identity, layout)) == BlackBox::kLayout &&
         field<std::uint32_t>(bytes, offsetof(BlackBox::Identity, size)) == sizeof(BlackBox);
}

// A bool of the box may hold any byte; a bool of ours may not.
void make_bool(bool& value) noexcept {
  unsigned char byte;
  std::memcpy(&byte, &value, sizeof byte);
  value = byte != 0;
}

template <std::size_t N>
bool ends(const char (&text)[N]) noexcept {
  return std::memchr(text, '\0', N) != nullptr;
}

bool has_whole_texts(const BlackBox::Identity& identity) noexcept {
  const crash::ProcessFacts& facts = identity.facts;
  return ends(identity.process.boot_id) && ends(facts.database) && ends(facts.place_refusal) &&
         ends(facts.executable) && ends(facts.host) && ends(facts.release) &&
         ends(facts.machine_id) && ends(facts.command_line) && ends(facts.directory) &&
         ends(facts.kernel) && ends(facts.distribution) &&
         ends(facts.hardware_sources.cgroup_directory) &&
         facts.local_time.change_count <= base::LocalTimeTable::kMaxChanges;
}

bool has_counts_in_range(const CrashRecord& record) noexcept {
  return record.frame_count <= CrashRecord::kMaxFrames &&
         record.module_count <= CrashRecord::kMaxModules &&
         record.register_count <= CrashRecord::kMaxRegisters &&
         record.breadcrumb_count <= CrashRecord::kMaxBreadcrumbs &&
         record.thread_count <= CrashRecord::kMaxThreads &&
         record.context_size <= CrashRecord::kMaxContext &&
         record.message_size < CrashRecord::kMaxMessage &&
         record.kind <= crash::CrashKind::terminate;
}

bool is_known(RecordState state) noexcept {
  switch (state) {
    case RecordState::none:
    case RecordState::begun:
    case RecordState::complete:
    case RecordState::committed:
      return true;
  }
  return false;
}

// Cuts a text at its array's end, and makes UTF-8 of it.
template <std::size_t N>
void tidy(char (&text)[N]) noexcept {
  char copy[N];
  std::memcpy(copy, text, N);
  copy[N - 1] = '\0';
  base::TextBuffer{text}.untrusted(copy);
}

// A record that its process could not finish: what is there of it is put in range.
void make_usable(CrashRecord& record) noexcept {
  record.frame_count = std::min<std::uint32_t>(record.frame_count, CrashRecord::kMaxFrames);
  record.module_count = std::min<std::uint32_t>(record.module_count, CrashRecord::kMaxModules);
  record.register_count =
      std::min<std::uint32_t>(record.register_count, CrashRecord::kMaxRegisters);
  record.breadcrumb_count =
      std::min<std::uint32_t>(record.breadcrumb_count, CrashRecord::kMaxBreadcrumbs);
  record.thread_count = std::min<std::uint32_t>(record.thread_count, CrashRecord::kMaxThreads);
  record.context_size = std::min<std::uint32_t>(record.context_size, CrashRecord::kMaxContext);
  record.message_size = std::min<std::uint32_t>(record.message_size, CrashRecord::kMaxMessage - 1);
  if (record.kind > crash::CrashKind::terminate) record.kind = crash::CrashKind::signal;
  if (record.noexcept_depth >= record.frame_count) record.has_noexcept_frame = false;
}

void tidy_bools(BoxContent& content) noexcept {
  crash::ProcessFacts& facts = content.identity.facts;
  for (bool* flag : {&facts.hw_monitor, &facts.all_threads, &facts.registers, &facts.slack,
                     &facts.email, &facts.sync_to_disk, &facts.print_to_stderr, &facts.marks_ends,
                     &content.record.has_fault_address, &content.record.has_hardware,
                     &content.record.has_sender, &content.record.has_system_call,
                     &content.record.has_noexcept_frame, &content.record.was_unwinding}) {
    make_bool(*flag);
  }
  for (crash::Frame& frame : content.record.frames) make_bool(frame.is_return_address);
  for (crash::ThreadStack& thread : content.record.threads) {
    make_bool(thread.has_answered);
    for (crash::Frame& frame : thread.frames) make_bool(frame.is_return_address);
  }
}

// The checksum finds damage, not intent; the environment may be half of one and half of another.
void tidy_texts(crash::ProcessFacts& facts) {
  tidy(facts.executable);
  tidy(facts.host);
  tidy(facts.release);
  tidy(facts.environment);
  tidy(facts.machine_id);
  tidy(facts.command_line);
  tidy(facts.directory);
  tidy(facts.kernel);
  tidy(facts.distribution);
}

void tidy_texts(CrashRecord& record) {
  tidy(record.thread_name);
  tidy(record.exception_type);
  tidy(record.note);
  for (std::uint32_t i = 0; i < record.module_count; ++i) {
    crash::Module& module = record.modules[i];
    tidy(module.path);
    module.build_id_size = std::min<std::uint8_t>(module.build_id_size, sizeof module.build_id);
  }
  for (std::uint32_t i = 0; i < record.breadcrumb_count; ++i) tidy(record.breadcrumbs[i].text);
  for (std::uint32_t i = 0; i < record.thread_count; ++i) {
    crash::ThreadStack& thread = record.threads[i];
    tidy(thread.name);
    thread.frame_count =
        std::min<std::uint32_t>(thread.frame_count, crash::ThreadStack::kMaxFrames);
  }
  const std::string message{record.message, record.message_size};
  base::TextBuffer text{record.message};
  text.untrusted(message);
  record.message_size = static_cast<std::uint32_t>(text.size());
}

// What a process that was killed leaves besides its identity: no record counts on it.
void read_last_signs(const char* bytes, BoxContent& content) {
  content.record = {};
  auto ring = std::make_unique<crash::BreadcrumbRing>();
  std::memcpy(static_cast<void*>(ring.get()), bytes + offsetof(BlackBox, breadcrumbs),
              sizeof *ring);
  crash::read_breadcrumbs(*ring, content.record);
  auto context = std::make_unique<crash::ProcessContext>();
  std::memcpy(static_cast<void*>(context.get()), bytes + offsetof(BlackBox, context),
              sizeof *context);
  crash::read_process_context(*context, content.record);
  using LastSample = BlackBox::LastSample;
  constexpr std::size_t kAt = offsetof(BlackBox, last_sample);
  const auto version = field<std::uint32_t>(bytes, kAt + offsetof(LastSample, version));
  if (version == 0 || version % 2 != 0) return;
  content.sampled_utc_microseconds =
      field<std::int64_t>(bytes, kAt + offsetof(LastSample, utc_microseconds));
  content.record.hardware = field<base::HardwareSample>(bytes, kAt + offsetof(LastSample, sample));
  content.record.has_hardware = true;
}

}  // namespace

base::Result<std::unique_ptr<BoxContent>> read_box(const char* bytes, std::size_t size,
                                                   const std::string& name) {
  const auto refuse = [&name](const char* why) {
    return refusal(base::ErrorCode::invalid_argument, name, why);
  };
  constexpr std::size_t kHead = offsetof(BlackBox::Identity, process_uuid);
  if (size < kHead || !has_magic(bytes)) {
    return refuse("is no black box, or was truncated; delete it if you do not need it");
  }
  if (!is_of_this_version(bytes)) {
    return refusal(base::ErrorCode::newer_schema, name,
                   "was written by another version of dblog; recover it with that version");
  }
  if (size != sizeof(BlackBox)) return refuse("was truncated; delete it if you do not need it");

  auto content = std::make_unique<BoxContent>();
  std::memcpy(static_cast<void*>(&content->identity), bytes, sizeof content->identity);
  if (content->identity.checksum != crash::checksum_of(content->identity) ||
      !has_whole_texts(content->identity)) {
    return refuse("is damaged: its checksum is wrong; delete it if you do not need it");
  }
  tidy_texts(content->identity.facts);
  content->last_seen_utc_microseconds =
      field<std::int64_t>(bytes, offsetof(BlackBox, last_seen_utc_microseconds));
  content->is_ended = field<unsigned char>(bytes, offsetof(BlackBox, is_ended)) != 0;
  const auto end = field<unsigned char>(bytes, offsetof(BlackBox, end));
  const bool is_end = end <= static_cast<unsigned char>(schema::ProcessEnd::signal);
  if (is_end) content->end = static_cast<schema::ProcessEnd>(end);
  content->has_unmarked_ends =
      field<unsigned char>(bytes, offsetof(BlackBox, has_unmarked_ends)) != 0;
  content->record_state = field<RecordState>(bytes, offsetof(BlackBox, record_state));
  content->fatal_signal = field<std::int32_t>(bytes, offsetof(BlackBox, fatal_signal));
  if (!is_known(content->record_state)) {
    return refuse("is damaged: its record has an unknown state; delete it if you do not need it");
  }
  // A record of which not even the beginning was written says no more than that it was begun.
  const auto recorded_at = field<std::int64_t>(
      bytes, offsetof(BlackBox, record) + offsetof(CrashRecord, utc_microseconds));
  if (content->record_state == RecordState::none ||
      (content->record_state == RecordState::begun && recorded_at == 0)) {
    read_last_signs(bytes, *content);
    tidy_bools(*content);
    return content;
  }
  CrashRecord& record = content->record;
  std::memcpy(static_cast<void*>(&record), bytes + offsetof(BlackBox, record), sizeof record);
  if (content->record_state == RecordState::complete) {
    const auto expected = field<std::uint64_t>(bytes, offsetof(BlackBox, record_checksum));
    if (!has_counts_in_range(record) || crash::checksum_of(record) != expected) {
      return refuse("is damaged: its crash record does not fit its checksum");
    }
  } else {
    make_usable(record);
    // It ended before its own was made; importers take two crashes with one UUID for the same.
    const bool has_uuid = std::any_of(std::begin(record.uuid.bytes), std::end(record.uuid.bytes),
                                      [](std::uint8_t byte) { return byte != 0; });
    if (!has_uuid) record.uuid = content->identity.process_uuid;
  }
  tidy_texts(record);
  tidy_bools(*content);
  return content;
}

base::Result<DeadBox> DeadBox::open(const std::filesystem::path& path) {
  base::Result<DeadFile> file = DeadFile::open(path);
  if (!file) return file.error();
  const base::Result<std::vector<char>> bytes = file->read(sizeof(BlackBox) + 1);
  if (!bytes) return bytes.error();
  auto content = read_box(bytes->data(), bytes->size(), path.string());
  if (!content) return content.error();
  return DeadBox{std::move(*file), std::move(*content)};
}

bool has_nothing_to_tell(const std::filesystem::path& box) noexcept {
  base::Distrust why = base::Distrust::none;
  const int descriptor = base::open_trusted(box.c_str(), O_RDONLY, why);
  if (descriptor < 0) return false;
  const auto read_at = [descriptor](std::size_t offset, auto& value) {
    return ::pread(descriptor, &value, sizeof value, static_cast<off_t>(offset)) ==
           static_cast<ssize_t>(sizeof value);
  };
  char head[offsetof(BlackBox::Identity, process_uuid)];
  unsigned char is_ended = 0;
  RecordState state = RecordState::begun;
  const bool is_read = read_at(0, head) && read_at(offsetof(BlackBox, is_ended), is_ended) &&
                       read_at(offsetof(BlackBox, record_state), state);
  ::close(descriptor);
  return is_read && is_of_this_version(head) &&
         (state == RecordState::committed || (state == RecordState::none && is_ended != 0));
}

}  // namespace dblog::recovery
