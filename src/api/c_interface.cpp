// dblog/dblog.h: the C++ interface for callers of C functions.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dblog/breadcrumb.hpp"
#include "dblog/context.hpp"
#include "dblog/dblog.h"
#include "dblog/event_logger.hpp"
#include "dblog/handlers.hpp"
#include "dblog/version.hpp"
#include "src/api/api_boundary.hpp"
#include "src/api/push_from.hpp"

namespace dblog::api {
namespace {

std::string& last_error() noexcept {
  thread_local std::string error;
  return error;
}

// Of the structs in the first version: one that is shorter was not filled in.
constexpr std::size_t kFirstPushOptions = 72;
constexpr std::size_t kFirstHandlerOptions = 112;
static_assert(kFirstPushOptions <= sizeof(dblog_push_options) &&
              kFirstHandlerOptions <= sizeof(dblog_handler_options));

template <typename Options>
void init(Options* options, std::size_t size, const Options& defaults) noexcept {
  if (options == nullptr) return;
  std::memset(static_cast<void*>(options), 0, size);
  std::memcpy(static_cast<void*>(options), &defaults, std::min(size, sizeof defaults));
  if (size >= sizeof options->size) options->size = size;
}

// What the caller knows of; the rest keeps its default.
template <typename Options>
bool read(const Options* given, Options& options, std::size_t first_size,
          const char* init_function) {
  if (given == nullptr) return true;
  if (given->size < first_size) {
    last_error() = std::string("the options were not filled in by ") + init_function + "()";
    return false;
  }
  std::memcpy(static_cast<void*>(&options), given, std::min(given->size, sizeof options));
  return true;
}

std::string_view text_of(const char* text) noexcept { return text != nullptr ? text : ""; }

// A FieldValue or a ContextValue.
template <typename Value>
Value value_of(const dblog_field& field) {
  switch (field.type) {
    case DBLOG_INTEGER:
      return field.integer;
    case DBLOG_REAL:
      return field.real;
    case DBLOG_BOOLEAN:
      return field.integer != 0;
    default:
      return text_of(field.text);
  }
}

ContextField context_field(const dblog_field& field) {
  return {text_of(field.name), value_of<ContextValue>(field)};
}

template <typename Element>
std::span<const Element> span_of(const Element* first, std::size_t count) noexcept {
  return {first, first != nullptr ? count : 0};
}

PushOptions push_options(const dblog_push_options& given) {
  PushOptions options{.slack = given.slack != 0,
                      .email = given.email != 0,
                      .hw_monitor = given.hw_monitor != 0,
                      .stack = given.stack != 0,
                      .queued = given.queued != 0};
  if (given.severity >= DBLOG_INFO && given.severity <= DBLOG_CRITICAL) {
    options.severity = static_cast<Severity>(given.severity);
  }
  for (const dblog_field& field : span_of(given.fields, given.field_count)) {
    options.fields.push_back({std::string(text_of(field.name)), value_of<FieldValue>(field)});
  }
  for (const char* tag : span_of(given.tags, given.tag_count)) {
    options.tags.emplace_back(text_of(tag));
  }
  return options;
}

Delivery delivery_of(std::int32_t delivery) noexcept {
  if (delivery == DBLOG_DELIVERY_NONE) return Delivery::none;
  return delivery == DBLOG_DELIVERY_NEXT_RUN ? Delivery::next_run : Delivery::helper;
}

HandlerOptions handler_options(const dblog_handler_options& given) {
  HandlerOptions options{
      .database = text_of(given.database),
      .env_file = text_of(given.env_file),
      .release = std::string(text_of(given.release)),
      .environment = std::string(text_of(given.environment)),
      .terminate = given.terminate != 0,
      .chain_first = given.chain_first != 0,
      .throw_sites = given.throw_sites != 0,
      .hw_monitor = given.hw_monitor != 0,
      .all_threads = given.all_threads != 0,
      .registers = given.registers != 0,
      .slack = given.slack != 0,
      .email = given.email != 0,
      .delivery = delivery_of(given.delivery),
      .sync_to_disk = given.sync_to_disk != 0,
      .deadline = std::chrono::milliseconds{given.deadline_ms},
      .print_to_stderr = given.print_to_stderr != 0,
      .on_crash = reinterpret_cast<void (*)(char*, std::size_t) noexcept>(given.on_crash)};
  const auto signals = span_of(given.signals, given.signal_count);
  if (!signals.empty()) options.signals.assign(signals.begin(), signals.end());
  return options;
}

constexpr dblog_push_options kPushDefaults{.size = sizeof(dblog_push_options),
                                           .database = nullptr,
                                           .slack = 0,
                                           .email = 0,
                                           .hw_monitor = 0,
                                           .stack = 1,
                                           .queued = 0,
                                           .severity = DBLOG_ERROR,
                                           .fields = nullptr,
                                           .field_count = 0,
                                           .tags = nullptr,
                                           .tag_count = 0};
constexpr dblog_handler_options kHandlerDefaults{.size = sizeof(dblog_handler_options),
                                                 .database = nullptr,
                                                 .env_file = nullptr,
                                                 .release = nullptr,
                                                 .signals = nullptr,
                                                 .signal_count = 0,
                                                 .terminate = 1,
                                                 .chain_first = 0,
                                                 .throw_sites = 1,
                                                 .hw_monitor = 1,
                                                 .all_threads = 1,
                                                 .registers = 1,
                                                 .slack = 0,
                                                 .email = 0,
                                                 .delivery = DBLOG_DELIVERY_HELPER,
                                                 .sync_to_disk = 1,
                                                 .deadline_ms = 250,
                                                 .print_to_stderr = 1,
                                                 .environment = nullptr,
                                                 .on_crash = nullptr};

// `function` returns what the caller gets, and may throw for want of memory.
template <typename Function>
auto guarded(decltype(std::declval<Function>()()) failed, Function function) noexcept {
  const CallScope scope;
  try {
    last_error().clear();
    return function();
  } catch (const std::exception&) {
    last_error().assign(kOutOfMemory);
    return failed;
  }
}

}  // namespace
}  // namespace dblog::api

namespace api = dblog::api;

void dblog_init_push_options(dblog_push_options* options, size_t size) {
  api::init(options, size, api::kPushDefaults);
}

void dblog_init_handler_options(dblog_handler_options* options, size_t size) {
  api::init(options, size, api::kHandlerDefaults);
}

int dblog_install_handlers(const dblog_handler_options* options) {
  return api::guarded(2, [&] {
    dblog_handler_options given = api::kHandlerDefaults;
    if (!api::read(options, given, api::kFirstHandlerOptions, "dblog_init_handler_options"))
      return 2;
    const auto report = dblog::install_handlers(api::handler_options(given));
    for (const auto& missing : report.missing) {
      std::string& error = api::last_error();
      error += (error.empty() ? "" : "\n") + missing.what + ": " + missing.why;
    }
    if (!report.recording) return 2;
    return report.missing.empty() ? 0 : 1;
  });
}

void dblog_uninstall_handlers() { dblog::uninstall_handlers(); }

// Its return address is where the program's part of the stack begins.
[[gnu::noinline]] int64_t dblog_push(const char* table, const char* message,
                                     const dblog_push_options* options) {
  const void* const caller = __builtin_return_address(0);
  return api::guarded(-1, [&]() -> int64_t {
    dblog_push_options given = api::kPushDefaults;
    if (!api::read(options, given, api::kFirstPushOptions, "dblog_init_push_options")) return -1;
    dblog::EventLogger logger{api::text_of(table), {.database = api::text_of(given.database)}};
    dblog::PushResult pushed =
        dblog::PushFrom::push(logger, api::text_of(message), api::push_options(given), caller);
    api::last_error() = std::move(pushed.error);
    return pushed.ok ? pushed.id : -1;
  });
}

int dblog_flush(int32_t limit_ms) {
  return api::guarded(-1, [&] {
    dblog::PushResult flushed = dblog::EventLogger::flush(std::chrono::milliseconds{limit_ms});
    api::last_error() = std::move(flushed.error);
    return flushed.ok ? 0 : -1;
  });
}

void dblog_context_begin(dblog_context* scope, const dblog_field* fields, size_t field_count) {
  static_assert(sizeof(dblog::Context) <= sizeof *scope && alignof(dblog::Context) <= 8);
  constexpr std::size_t kMost = 64;  // names that an event has
  if (scope == nullptr) return;
  std::vector<dblog::ContextField> values;
  try {
    for (const dblog_field& field : api::span_of(fields, std::min(field_count, kMost))) {
      values.push_back(api::context_field(field));
    }
  } catch (const std::exception&) {
    // Without memory the scope has fewer values.
  }
  ::new (static_cast<void*>(scope)) dblog::Context(std::span<const dblog::ContextField>{values});
}

void dblog_context_end(dblog_context* scope) {
  if (scope != nullptr) std::destroy_at(reinterpret_cast<dblog::Context*>(scope));
}

int dblog_set_context(const dblog_field* field) {
  return api::guarded(-1, [&] {
    if (field == nullptr) {
      api::last_error() = "no field";
      return -1;
    }
    const dblog::ContextField value = api::context_field(*field);
    if (dblog::set_context(value.name, value.value)) return 0;
    api::last_error() = "no room is left for this value: all of the process have 4,096 bytes";
    return -1;
  });
}

void dblog_clear_context(const char* name) { dblog::clear_context(api::text_of(name)); }

void dblog_breadcrumb(const char* text) { dblog::breadcrumb(api::text_of(text)); }

const char* dblog_error() { return api::last_error().c_str(); }

const char* dblog_version() { return dblog::version(); }
