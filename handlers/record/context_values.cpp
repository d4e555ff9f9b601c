// Context: crash time.
#include "handlers/record/context_values.hpp"

#include <unistd.h>

#include <cstring>

#include "src/base/monotonic_clock.hpp"

namespace dblog::crash {

[[gnu::tls_model("initial-exec")]] constinit thread_local ContextScopes* own_scopes = nullptr;
constinit ProcessContext process_context{};

namespace {

constexpr unsigned kSizeBits = 16;

std::size_t size_in(std::uint64_t state) noexcept {
  const std::size_t size = state & ((std::uint64_t{1} << kSizeBits) - 1);
  return size < ProcessContext::kBytes ? size : ProcessContext::kBytes;
}

std::uint64_t number_in(std::uint64_t state) noexcept { return state >> kSizeBits; }

// The pid of the process of which a thread changes the values; 0: none does. A child after fork()
// has no such thread, whatever it finds here.
std::atomic<int> changing_process{0};
static_assert(std::atomic<int>::is_always_lock_free);

bool take_turn() noexcept {
  const int self = ::getpid();
  int holder = changing_process.load(std::memory_order_relaxed);
  return holder != self &&
         changing_process.compare_exchange_strong(holder, self, std::memory_order_acquire);
}

std::atomic<ProcessContext*> mirror{nullptr};
std::atomic<int> mirror_owner{0};  // the mapping is not inherited

void copy_to(ProcessContext& to) noexcept {
  const std::uint64_t state = process_context.state.load(std::memory_order_relaxed);
  const std::uint64_t number = number_in(to.state.load(std::memory_order_relaxed)) + 1;
  const auto& from = process_context.halves[number_in(state) % 2];
  for (std::size_t i = 0; i * sizeof(std::uint64_t) < size_in(state); ++i) {
    to.halves[number % 2][i].store(from[i].load(std::memory_order_relaxed),
                                   std::memory_order_relaxed);
  }
  to.state.store(number << kSizeBits | size_in(state), std::memory_order_release);
}

// In the turn, which it ends. A box that was opened meanwhile could not be filled by its opener.
void mirror_and_end_turn() noexcept {
  ProcessContext* filled = nullptr;
  do {
    filled = mirror.load();
    if (filled != nullptr && mirror_owner.load() == ::getpid()) copy_to(*filled);
    changing_process.store(0);
  } while (mirror.load() != filled && take_turn());
}

void append_to(CrashRecord& record, std::size_t size) noexcept {
  if (size > sizeof record.context - record.context_size) return;
  std::atomic_signal_fence(std::memory_order_release);
  record.context_size = record.context_size + static_cast<std::uint32_t>(size);
}

}  // namespace

void publish(ProcessContext& context, std::string_view fields) noexcept {
  if (fields.size() > ProcessContext::kBytes) return;
  const std::uint64_t number = number_in(context.state.load(std::memory_order_relaxed)) + 1;
  for (std::size_t at = 0; at < fields.size(); at += sizeof(std::uint64_t)) {
    const std::size_t rest = fields.size() - at;
    std::uint64_t word = 0;
    std::memcpy(&word, fields.data() + at, rest < sizeof word ? rest : sizeof word);
    context.halves[number % 2][at / sizeof word].store(word, std::memory_order_relaxed);
  }
  context.state.store(number << kSizeBits | fields.size(), std::memory_order_release);
}

// A half is written again only after the other one was published: what has the same number before
// and after is whole.
std::size_t copy_fields(const ProcessContext& context, char* to, std::size_t capacity) noexcept {
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    const std::uint64_t state = context.state.load(std::memory_order_acquire);
    const std::size_t size = size_in(state);
    if (size > capacity) return size;
    const auto& half = context.halves[number_in(state) % 2];
    for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
      const std::uint64_t word = half[at / sizeof word].load(std::memory_order_relaxed);
      std::memcpy(to + at, &word, size - at < sizeof word ? size - at : sizeof word);
    }
    std::atomic_thread_fence(std::memory_order_acquire);
    if (context.state.load(std::memory_order_relaxed) == state) return size;
  }
  return 0;
}

// The memory may be damaged: no place outside of it is read.
std::size_t copy_fields(const ContextScopes& scopes, char* to, std::size_t capacity) noexcept {
  std::uint32_t i = scopes.count.load(std::memory_order_acquire);
  if (i > ContextScopes::kMaxScopes) return 0;
  std::size_t total = 0;
  for (; i > 0; --i) {
    const std::uint32_t start = i > 1 ? scopes.scopes[i - 2].end : 0;
    const std::uint32_t end = scopes.scopes[i - 1].end;
    if (start > end || end > ContextScopes::kBytes) break;
    if (scopes.scopes[i - 1].number == 0) continue;
    const std::size_t size = end - start;
    if (total + size <= capacity) std::memcpy(to + total, scopes.bytes + start, size);
    total += size;
  }
  return total;
}

std::size_t copy_context(char* to, std::size_t capacity) noexcept {
  std::size_t size = 0;
  if (const ContextScopes* const scopes = own_scopes) size = copy_fields(*scopes, to, capacity);
  if (size > capacity) return size;
  return size + copy_fields(process_context, to + size, capacity - size);
}

void read_scopes(CrashRecord& record) noexcept {
  record.context_size = 0;
  const ContextScopes* const scopes = own_scopes;
  if (scopes == nullptr) return;
  append_to(record, copy_fields(*scopes, record.context, sizeof record.context));
}

void read_process_context(const ProcessContext& context, CrashRecord& record) noexcept {
  append_to(record, copy_fields(context, record.context + record.context_size,
                                sizeof record.context - record.context_size));
}

void mirror_process_context(ProcessContext& new_mirror) noexcept {
  mirror_owner.store(::getpid());
  mirror.store(&new_mirror);
  if (take_turn()) mirror_and_end_turn();
}

void leave_context_mirror() noexcept { mirror.store(nullptr); }

ProcessContextChange::ProcessContextChange() noexcept : has_turn_(take_turn()) {
  constexpr int kMilliseconds = 1'000;
  for (int i = 0; i < kMilliseconds && !has_turn_; ++i) {
    base::pause_for_a_millisecond();
    has_turn_ = take_turn();
  }
}

ProcessContextChange::~ProcessContextChange() {
  if (has_turn_) mirror_and_end_turn();
}

void ProcessContextChange::publish(std::string_view fields) noexcept {
  crash::publish(process_context, fields);
}

}  // namespace dblog::crash
