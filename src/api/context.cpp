// Contexts: the values as bytes in the thread's memory, or in the process's.
#include "dblog/context.hpp"

#include <pthread.h>

#include <atomic>
#include <cmath>
#include <new>
#include <variant>

#include "handlers/record/context_values.hpp"
#include "src/api/call_scope.hpp"
#include "src/base/field_bytes.hpp"
#include "src/base/utf8.hpp"
#include "src/process/stay_loaded.hpp"
#include "src/scrub/key_values.hpp"
#include "src/scrub/rules.hpp"

namespace dblog {
namespace {

using crash::ContextScopes;

constexpr std::size_t kMaxName = 128;
constexpr std::size_t kMaxText = 1'024;

bool write_text(base::FieldWriter& writer, std::string_view name, std::string_view text) noexcept {
  const std::string_view kept = base::whole_characters(text, kMaxText);
  return writer.text(name, kept, kept.size() < text.size() ? " …" : "");
}

bool write_real(base::FieldWriter& writer, std::string_view name, double value) noexcept {
  if (std::isfinite(value)) return writer.real(name, value);
  if (std::isnan(value)) return writer.text(name, "nan");
  return writer.text(name, value < 0 ? "-inf" : "inf");
}

bool write_large(base::FieldWriter& writer, std::string_view name, std::uint64_t value) noexcept {
  char digits[20];
  std::size_t first = sizeof digits;
  for (; value > 0; value /= 10) digits[--first] = static_cast<char>('0' + value % 10);
  return writer.text(name, {digits + first, sizeof digits - first});
}

// Keys only: patterns come when the context is read.
[[gnu::noinline]] bool write_scrubbed_text(base::FieldWriter& writer, std::string_view name,
                                           std::string_view text,
                                           const scrub::KeyNames& keys) noexcept {
  constexpr std::size_t kLongestCharacter = 4;
  char clean[kMaxText + kLongestCharacter];
  const std::size_t size =
      scrub::copy_without_values(keys, text.substr(0, 2 * kMaxText), clean, sizeof clean);
  return write_text(writer, name, {clean, size});
}

bool write_field(base::FieldWriter& writer, const ContextField& field) noexcept {
  const std::string_view name = base::whole_characters(field.name, kMaxName);
  if (const scrub::Rules* rules = scrub::active_rules()) {
    const auto* const text = std::get_if<std::string_view>(&field.value.held());
    if (rules->keys().is_secret(name)) return writer.text(name, scrub::kScrubbed);
    if (text != nullptr) return write_scrubbed_text(writer, name, *text, rules->keys());
  }
  const ContextValue::Held& value = field.value.held();
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    return write_text(writer, name, *text);
  }
  if (const auto* number = std::get_if<std::int64_t>(&value)) return writer.integer(name, *number);
  if (const auto* number = std::get_if<double>(&value)) return write_real(writer, name, *number);
  if (const auto* boolean = std::get_if<bool>(&value)) return writer.boolean(name, *boolean);
  if (const auto* letter = std::get_if<char>(&value)) return writer.text(name, {letter, 1});
  return write_large(writer, name, *std::get_if<std::uint64_t>(&value));
}

// Its destructor runs when a thread ends, after those of the thread's C++ objects.
void free_scopes(void* scopes) noexcept {
  crash::own_scopes = nullptr;
  delete static_cast<ContextScopes*>(scopes);
}

constexpr std::int64_t kNoKey = -1;
std::atomic<std::int64_t> scopes_key{kNoKey};

// Under no lock of ours, such as that of a static variable: stay_loaded() takes the loader's, whose
// owner may be making its first scope in a library's constructor; and a child after fork() would
// wait for a thread that it does not have.
bool make_key() noexcept {
  pthread_key_t key{};
  if (::pthread_key_create(&key, &free_scopes) != 0) return false;
  process::stay_loaded();
  std::int64_t none = kNoKey;
  if (!scopes_key.compare_exchange_strong(none, std::int64_t{key})) ::pthread_key_delete(key);
  return true;
}

[[gnu::noinline]] ContextScopes* make_scopes() noexcept {
  if (scopes_key.load() == kNoKey && !make_key()) return nullptr;
  const auto key = static_cast<pthread_key_t>(scopes_key.load());
  auto* scopes = new (std::nothrow) ContextScopes{};
  if (scopes != nullptr && ::pthread_setspecific(key, scopes) != 0) {
    delete scopes;
    scopes = nullptr;
  }
  if (scopes != nullptr) {
    static std::atomic<std::uint64_t> threads{0};
    constexpr unsigned kScopeBits = 40;  // a thread that makes more of them is not seen to end
    scopes->last_number = threads.fetch_add(1, std::memory_order_relaxed) << kScopeBits;
  }
  crash::own_scopes = scopes;
  return scopes;
}

// How many bytes the fields take in `to`: those that fit.
template <typename Fields>
std::size_t write_fields(const Fields& fields, char* to, std::size_t capacity) noexcept {
  base::FieldWriter writer{to, capacity, base::kOfContext};
  for (const ContextField& field : fields) write_field(writer, field);
  return writer.size();
}

std::uint32_t end_of(const ContextScopes& scopes, std::uint32_t level) noexcept {
  return level == 0 ? 0 : scopes.scopes[level - 1].end;
}

// Null: no value. False if there is no room for one, or the turn did not come.
bool change_process_context(std::string_view name, const ContextValue* value) noexcept {
  const api::CallScope scope;
  crash::ProcessContextChange change;
  if (!change.has_turn()) return false;
  constexpr std::size_t kBytes = crash::ProcessContext::kBytes;
  static char before[kBytes], after[kBytes];  // of whose turn it is; stacks may be small
  base::FieldReader reader{{before, crash::copy_fields(crash::process_context, before, kBytes)}};
  base::FieldWriter writer{after, kBytes, base::kOfContext};
  name = base::whole_characters(name, kMaxName);
  for (base::FieldView field; reader.next(field);) {
    if (field.name != name) writer.copy(field);
  }
  const bool is_kept = value == nullptr || write_field(writer, {name, *value});
  change.publish({after, writer.size()});
  return is_kept;
}

struct OpenScope {
  std::uint32_t level = 0;
  std::uint64_t number = 0;
};

// The scope counts when its level is stored, last.
template <typename Fields>
OpenScope open_scope(const Fields& fields) noexcept {
  ContextScopes* scopes = crash::own_scopes;
  if (scopes == nullptr) scopes = make_scopes();
  if (scopes == nullptr) return {};
  const std::uint32_t level = scopes->count.load(std::memory_order_relaxed);
  if (level == ContextScopes::kMaxScopes) return {};
  // What ended is not to be seen with the bytes that follow.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  const std::uint32_t start = end_of(*scopes, level);
  const std::size_t size =
      write_fields(fields, scopes->bytes + start, ContextScopes::kBytes - start);
  if (size == 0) return {};
  ContextScopes::Scope& scope = scopes->scopes[level];
  scope.number = ++scopes->last_number;
  scope.end = start + static_cast<std::uint32_t>(size);
  scopes->count.store(level + 1, std::memory_order_release);
  return {level + 1, scope.number};
}

}  // namespace

inline namespace abi_1 {

Context::Context(std::initializer_list<ContextField> fields) noexcept
    : Context(std::span<const ContextField>{fields.begin(), fields.size()}) {}

Context::Context(std::span<const ContextField> fields) noexcept {
  const OpenScope scope = open_scope(fields);
  level_ = scope.level;
  number_ = scope.number;
}

// Scopes end in the order of the stack, as a rule. One that ends before an inner one leaves its
// bytes to it.
Context::~Context() {
  ContextScopes* const scopes = crash::own_scopes;
  if (level_ == 0 || scopes == nullptr) return;
  std::uint32_t count = scopes->count.load(std::memory_order_relaxed);
  if (level_ > count || scopes->scopes[level_ - 1].number != number_) return;
  scopes->scopes[level_ - 1].number = 0;
  while (count > 0 && scopes->scopes[count - 1].number == 0) --count;
  scopes->count.store(count, std::memory_order_release);
}

bool set_context(std::string_view name, ContextValue value) noexcept {
  return change_process_context(name, &value);
}

void clear_context(std::string_view name) noexcept { change_process_context(name, nullptr); }

}  // namespace abi_1
}  // namespace dblog
