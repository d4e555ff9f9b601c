// The library's own troubles, in one line each on stderr, and not again and again.
// Must never allocate, throw, or wait: when stderr would block, the line is left out.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace dblog::api {

/// Writes "dblog: " and the parts as one line, cut at 1,000 bytes. Line breaks become spaces,
/// and what must not reach a terminal escapes (src/base/visible_text.hpp). Nothing where descriptor
/// 2 is no longer the program's standard error (src/base/standard_error.hpp).
void warn(std::initializer_list<std::string_view> parts) noexcept;

/// From here on warn() writes nothing: in a program that knows nothing of dblog.
void silence_warnings() noexcept;

/// Remembers reasons, so that each is written once until things go well again.
/// Threads: any; no locks.
class WarnOnce {
 public:
  /// Whether `reason` is new. Beyond eight different ones everything counts as said.
  [[nodiscard]] bool is_new(std::string_view reason) noexcept;

  /// From here on every reason is new.
  void forget() noexcept;

 private:
  static constexpr std::size_t kMaxReasons = 8;
  std::array<std::atomic<std::uint64_t>, kMaxReasons> hashes_{};
};

}  // namespace dblog::api
