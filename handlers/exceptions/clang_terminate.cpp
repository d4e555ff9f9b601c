// Context: crash time.
#include "handlers/exceptions/clang_terminate.hpp"

#include <cstddef>
#include <cstring>

namespace dblog::crash {
namespace {

#if defined(__x86_64__)

// Code, as "Intel 64 and IA-32 Architectures Software Developer's Manual" (volume 2) encodes it.
class Code {
 public:
  explicit Code(std::uint64_t address) noexcept : at_(address) {}

  [[nodiscard]] std::uint64_t address() const noexcept { return at_; }

  /// Goes over these bytes if they come next.
  template <std::size_t N>
  bool take(const unsigned char (&bytes)[N]) noexcept {
    if (std::memcmp(reinterpret_cast<const void*>(at_), bytes, N) != 0) return false;
    at_ += N;
    return true;
  }

  /// The address that the next 4 bytes mean, from behind them.
  std::uint64_t take_relative() noexcept {
    std::int32_t distance = 0;
    std::memcpy(&distance, reinterpret_cast<const void*>(at_), sizeof distance);
    at_ += sizeof distance;
    return at_ + static_cast<std::uint64_t>(std::int64_t{distance});
  }

 private:
  std::uint64_t at_;
};

constexpr unsigned char kEndbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
constexpr unsigned char kPushRax[] = {0x50};
constexpr unsigned char kPushRbp[] = {0x55, 0x48, 0x89, 0xe5};  // with mov %rsp,%rbp
constexpr unsigned char kCall[] = {0xe8};
constexpr unsigned char kCallThrough[] = {0xff, 0x15};  // *slot(%rip): -fno-plt
constexpr unsigned char kBnd[] = {0xf2};
constexpr unsigned char kJumpThrough[] = {0xff, 0x25};

std::uint64_t read_slot(std::uint64_t slot) noexcept {
  std::uint64_t value = 0;
  std::memcpy(&value, reinterpret_cast<const void*>(slot), sizeof value);
  return value;
}

// Itself, or what its entry of the linkage table jumps to.
std::uint64_t behind_linkage_table(std::uint64_t function) noexcept {
  Code code{function};
  code.take(kEndbr64);
  code.take(kBnd);
  return code.take(kJumpThrough) ? read_slot(code.take_relative()) : function;
}

bool take_call(Code& code, std::uint64_t& called) noexcept {
  if (code.take(kCall)) {
    called = code.take_relative();
    return true;
  }
  if (!code.take(kCallThrough)) return false;
  called = read_slot(code.take_relative());
  return true;
}

#endif

}  // namespace

bool is_clang_call_terminate([[maybe_unused]] std::uint64_t start,
                             [[maybe_unused]] std::uint64_t return_address,
                             [[maybe_unused]] std::uint64_t begin_catch) noexcept {
#if defined(__x86_64__)
  constexpr std::uint64_t kLongest = 24;
  if (begin_catch == 0 || return_address <= start || return_address - start > kLongest) {
    return false;
  }
  Code code{start};
  code.take(kEndbr64);
  std::uint64_t called = 0;
  if (!code.take(kPushRax) && !code.take(kPushRbp)) return false;
  if (!take_call(code, called)) return false;
  if (called != begin_catch && behind_linkage_table(called) != begin_catch) return false;
  std::uint64_t last = 0;
  return take_call(code, last) && code.address() == return_address;
#else
  return false;
#endif
}

}  // namespace dblog::crash
