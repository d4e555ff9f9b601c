// The public calls' promise: never throw, answer with a PushResult, say a failure once.
// Used by EventLogger and Monitor.
#pragma once

#include <cstdint>
#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "dblog/event_logger.hpp"
#include "handlers/interpose/thread_signal_stack.hpp"
#include "handlers/record/black_box.hpp"
#include "src/api/call_scope.hpp"
#include "src/api/stderr_line.hpp"
#include "src/base/result.hpp"

namespace dblog::api {

/// Both texts fit into a std::string without the heap.
inline constexpr const char* kOutOfMemory = "out of memory";
inline constexpr const char* kMovedFrom = "was moved away";

/// Runs `push`, which returns a Result<std::int64_t>. `subject` is who speaks on stderr: "table x".
template <typename Push>
PushResult guarded_push(std::string_view subject, WarnOnce& said, const Push& push) noexcept {
  const CallScope scope;
  crash::give_caller_a_signal_stack();
  crash::mark_black_box_alive();
  crash::refresh_sample_in_black_box();
  PushResult result;
  try {
    const base::Result<std::int64_t> id = push();
    if (id) {
      result.ok = true;
      result.id = id.value();
      said.forget();
      return result;
    }
    result.error = id.error().text();
  } catch (const std::bad_alloc&) {
    result.error.assign(kOutOfMemory);
  } catch (const std::exception& failure) {
    try {
      result.error = failure.what();
    } catch (const std::exception&) {
      result.error.assign(kOutOfMemory);
    }
  }
  if (said.is_new(result.error)) warn({subject, ": ", result.error});
  return result;
}

}  // namespace dblog::api
