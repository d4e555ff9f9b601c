// Context: crash time.
#include "handlers/record/black_box.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "src/base/cgroup_directory.hpp"
#include "src/base/fnv1a.hpp"
#include "src/base/memory_probe.hpp"
#include "src/base/monotonic_clock.hpp"
#include "src/base/prefault.hpp"
#include "src/base/text_buffer.hpp"
#include "src/process/mapped_files.hpp"
#include "src/process/own_uuid.hpp"
#include "src/process/process_file.hpp"

namespace dblog::crash {
namespace {

std::atomic<BlackBox*> box{nullptr};  // uninstalled while others mark it: it stays mapped
void* unused_mapping = nullptr;       // of a closed box: a thread may still be writing into it
process::ProcessFile box_file;
bool has_box_file = false;  // under its name
int box_owner = 0;          // not read from the file, which may have been truncated
char box_path[PATH_MAX];

// Finds torn and flipped bits, and is quick. It keeps no attacker out: a user who can write the
// file can write the database, too.
class Checksum {
 public:
  Checksum& add(const void* data, std::size_t size) noexcept {
    const auto* at = static_cast<const unsigned char*>(data);
    while (size > 0) {
      std::uint64_t word = 0;
      const std::size_t taken = size < sizeof word ? size : sizeof word;
      std::memcpy(&word, at, taken);
      sum_.add_word(word);
      at += taken;
      size -= taken;
    }
    return *this;
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return sum_.value(); }

 private:
  base::Fnv1a sum_;
};

// "…-box-PID-UUID", or with another infix while it is being made.
bool put_path(const ProcessFacts& facts, std::string_view infix, const base::Uuid& uuid,
              char (&path)[PATH_MAX]) noexcept {
  base::TextBuffer text{path};
  text << facts.database << infix << ::getpid() << '-' << base::text_of(uuid).text;
  return !text.is_cut();
}

void identify(BlackBox::Identity& identity, const ProcessFacts& facts,
              const base::Uuid& uuid) noexcept {
  std::memcpy(identity.magic, BlackBox::kMagic, sizeof identity.magic);
  identity.layout = BlackBox::kLayout;
  identity.size = sizeof(BlackBox);
  identity.process_uuid = uuid;
  identity.process = process::identity_of(::getpid());
  identity.installed_utc_microseconds = base::nanoseconds_of(CLOCK_REALTIME) / 1'000;
  identity.oom_kills = base::count_oom_kills(facts.hardware_sources.cgroup_directory);
  identity.facts = facts;
  identity.checksum = checksum_of(identity);
}

// The file was truncated: the process goes on without a box. Other threads may be leaving
// breadcrumbs there, so something has to be in its place.
process::Mended give_up_box(void*, void* begin, std::size_t size) noexcept {
  if (!process::replace_by_memory(begin, size)) return process::Mended::failed;
  if (box.load() == begin) {
    remove_black_box();
    leave_breadcrumb_ring();
    leave_context_mirror();
    unused_mapping = begin;
    box.store(nullptr);
  }
  return process::Mended::for_good;
}

// Another program may have truncated the file: behind its new end, an access is a SIGBUS. What is
// marked here lies close together; the last of it is asked for.
BlackBox* markable_box() noexcept {
  BlackBox* const present = box.load();
  return present != nullptr && base::is_readable(&present->record_state) ? present : nullptr;
}

void mark_survived(BlackBox& present) noexcept {
  RecordState committed = RecordState::committed;
  present.record_state.compare_exchange_strong(committed, RecordState::none,
                                               std::memory_order_relaxed);
}

// A handler that ours chained to may have jumped away.
bool has_survived_crash(const BlackBox& present, std::int64_t now_utc_microseconds) noexcept {
  constexpr std::int64_t kLongestDeath = 60'000'000;
  if (present.record_state.load(std::memory_order_relaxed) != RecordState::committed ||
      !base::is_readable(&present.record.thread_id)) {
    return false;
  }
  return present.record.thread_id == ::gettid() ||
         now_utc_microseconds - present.record.utc_microseconds > kLongestDeath;
}

void keep(BlackBox::LastSample& last, const base::HardwareSample& sample) noexcept {
  std::uint32_t version = last.version.load(std::memory_order_relaxed);
  if (version % 2 != 0 || !last.version.compare_exchange_strong(version, version + 1)) {
    return;  // another thread keeps one just now
  }
  last.utc_microseconds.store(base::nanoseconds_of(CLOCK_REALTIME) / 1'000,
                              std::memory_order_relaxed);
  last.sample = sample;
  last.version.store(version + 2, std::memory_order_release);
}

// What every crash fills. The file is new: all is zero.
void touch_record(CrashRecord& record) noexcept {
  base::prefault(&record, offsetof(CrashRecord, frames) + 1);
  base::prefault(record.registers, 1);
  base::prefault(record.modules, 4 * sizeof(Module));
  base::prefault(record.message, 1);
}

bool is_box_ours() noexcept { return has_box_file && box_owner == ::getpid(); }

int make_file(const ProcessFacts& facts, const base::Uuid& uuid,
              const char* temporary_path) noexcept {
  const auto fill = [&](void* memory) {
    process::unguard_mapping(memory);  // of the box that was there before
    process::guard_mapping(memory, sizeof(BlackBox), give_up_box, nullptr);
    auto& mapped = *static_cast<BlackBox*>(memory);
    identify(mapped.identity, facts, uuid);
    if (facts.first_sample.taken_at_ns != base::HardwareSample::kUnknown) {
      keep(mapped.last_sample, facts.first_sample);
    }
    mapped.last_seen_utc_microseconds.store(mapped.identity.installed_utc_microseconds);
  };
  box_file.close();  // of a box that was removed
  const int error = box_file.claim() ? box_file.make(temporary_path, box_path, sizeof(BlackBox),
                                                     process::Blocks::sparse, unused_mapping, fill)
                                     : EBUSY;
  auto* const mapped = static_cast<BlackBox*>(box_file.memory());
  if (error != 0) {
    if (mapped != nullptr) unused_mapping = mapped;
    return error;
  }
  unused_mapping = nullptr;
  has_box_file = true;
  box_owner = ::getpid();
  box = mapped;
  touch_record(mapped->record);
  use_breadcrumb_ring(mapped->breadcrumbs);
  mirror_process_context(mapped->context);
  return 0;
}

}  // namespace

std::uint64_t checksum_of(const BlackBox::Identity& identity) noexcept {
  const auto* const bytes = reinterpret_cast<const char*>(&identity);
  const char* const end = bytes + offsetof(BlackBox::Identity, checksum);
  const char* const environment = identity.facts.environment;
  const char* const behind = environment + sizeof identity.facts.environment;
  return Checksum{}
      .add(bytes, static_cast<std::size_t>(environment - bytes))
      .add(behind, static_cast<std::size_t>(end - behind))
      .value();
}

std::uint64_t checksum_of(const CrashRecord& record) noexcept {
  return Checksum{}
      .add(&record, offsetof(CrashRecord, frames))
      .add(record.frames, record.frame_count * sizeof(Frame))
      .add(record.registers, record.register_count * sizeof record.registers[0])
      .add(record.modules, record.module_count * sizeof(Module))
      .add(record.breadcrumbs, record.breadcrumb_count * sizeof(Breadcrumb))
      .add(record.threads, record.thread_count * sizeof(ThreadStack))
      .add(record.context, record.context_size)
      .add(record.message, record.message_size)
      .value();
}

int open_black_box(const ProcessFacts& facts) noexcept {
  if (box != nullptr || facts.place_refusal[0] != '\0') return 0;
  base::Uuid uuid = process::own_uuid_now();
  if (base::is_nil(uuid)) uuid = base::make_uuid();
  static char temporary_path[PATH_MAX];  // a signal stack has no room for it
  if (!put_path(facts, kUnfinishedBoxInfix, uuid, temporary_path) ||
      !put_path(facts, kBoxInfix, uuid, box_path)) {
    return ENAMETOOLONG;
  }
  return make_file(facts, uuid, temporary_path);
}

BlackBox* black_box() noexcept { return box; }

bool is_black_box_in_place() noexcept {
  return box != nullptr && box_file.is_in_place(box_path, sizeof(BlackBox));
}

void remove_black_box() noexcept {
  // A child made by vfork() sees our memory, and the box is not its own.
  if (!is_box_ours()) return;
  if (!box_file.remove(box_path)) mark_black_box_ended(true, schema::ProcessEnd::exit);
  has_box_file = false;
}

void remove_black_box_at_own_end() noexcept {
  if (const BlackBox* const present = markable_box()) {
    const RecordState state = present->record_state.load(std::memory_order_relaxed);
    if (state == RecordState::begun || state == RecordState::complete) return;
  }
  remove_black_box();
}

void mark_black_box_alive() noexcept {
  BlackBox* const present = markable_box();
  if (present == nullptr) return;
  const std::int64_t now = base::nanoseconds_of(CLOCK_REALTIME) / 1'000;
  if (has_survived_crash(*present, now)) mark_survived(*present);
  present->last_seen_utc_microseconds.store(now, std::memory_order_relaxed);
}

bool has_crash_in_black_box() noexcept {
  const BlackBox* const present = markable_box();
  if (present == nullptr) return false;
  const RecordState state = present->record_state.load(std::memory_order_relaxed);
  return state == RecordState::complete || state == RecordState::committed;
}

void mark_crash_survived() noexcept {
  if (BlackBox* const present = markable_box()) mark_survived(*present);
}

void keep_in_black_box(const base::HardwareSample& sample) noexcept {
  if (BlackBox* const present = markable_box()) keep(present->last_sample, sample);
}

void refresh_sample_in_black_box() noexcept {
  constexpr std::int64_t kEnoughMicroseconds = 10'000'000;
  BlackBox* const present = markable_box();
  if (present == nullptr || !present->identity.facts.hw_monitor) return;
  const std::int64_t now = base::nanoseconds_of(CLOCK_REALTIME) / 1'000;
  const std::int64_t last = present->last_sample.utc_microseconds.load(std::memory_order_relaxed);
  if (now - last < kEnoughMicroseconds && now >= last) return;
  base::HardwareSample sample;
  if (base::sample_hardware(::getpid(), present->identity.facts.hardware_sources, nullptr,
                            sample)) {
    keep(present->last_sample, sample);
  }
}

void set_environment_in_black_box(std::string_view environment) noexcept {
  if (!is_box_ours()) return;
  if (BlackBox* const present = markable_box()) {
    base::TextBuffer{present->identity.facts.environment} << environment;
  }
}

void mark_black_box_ended(bool is_ended, schema::ProcessEnd how) noexcept {
  if (!is_box_ours()) return;
  if (BlackBox* const present = markable_box()) {
    present->end.store(how, std::memory_order_relaxed);
    present->is_ended.store(is_ended, std::memory_order_relaxed);
  }
}

void expect_unmarked_ends() noexcept {
  if (!is_box_ours()) return;
  if (BlackBox* const present = markable_box()) {
    present->has_unmarked_ends.store(true, std::memory_order_relaxed);
  }
}

void mark_black_box_killed_by(int signal) noexcept {
  if (!is_box_ours()) return;
  if (BlackBox* const present = markable_box()) {
    present->fatal_signal.store(signal, std::memory_order_relaxed);
  }
}

void close_black_box() noexcept {
  remove_black_box();
  if (!has_box_file) box_file.close();
  leave_breadcrumb_ring();
  leave_context_mirror();
  if (BlackBox* const present = box.exchange(nullptr)) unused_mapping = present;
}

void leave_black_box_to_parent() noexcept {
  box_file.leave_to_parent();
  has_box_file = false;
  process::unguard_mapping(unused_mapping);
  box = nullptr;  // the mapping is not inherited
  unused_mapping = nullptr;
  leave_breadcrumb_ring();
  leave_context_mirror();
}

}  // namespace dblog::crash
