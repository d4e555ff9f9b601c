#include "src/report/address_text.hpp"

#include <string_view>

namespace dblog::report {
namespace {

constexpr std::uint64_t kPage = 4'096;

enum class Meaning { freed, never_set, either, end_mark };

struct Pattern {
  std::uint32_t value;
  Meaning meaning;
  std::string_view who;
};

constexpr Pattern kPatterns[] = {
    {0xdddddddd, Meaning::freed, "Microsoft's debug heap fills freed memory with"},
    {0xfeeefeee, Meaning::freed, "Windows' HeapFree() fills freed memory with"},
    {0xefefefef, Meaning::freed, "debug heaps fill freed memory with"},
    {0x6b6b6b6b, Meaning::freed, "Linux' slab allocator fills freed memory with"},
    {0x5a5a5a5a, Meaning::freed, "jemalloc fills freed memory with"},
    {0xe5e5e5e5, Meaning::freed, "Mozilla's allocator fills freed memory with"},
    {0xcdcdcdcd, Meaning::never_set, "Microsoft's debug heap fills new memory with"},
    {0xcccccccc, Meaning::never_set, "Microsoft's compiler fills local variables with"},
    {0xbaadf00d, Meaning::never_set, "Windows' LocalAlloc() fills new memory with"},
    {0xbebebebe, Meaning::never_set, "AddressSanitizer fills new memory with"},
    {0xa5a5a5a5, Meaning::never_set, "jemalloc fills new memory with"},
    {0xaaaaaaaa, Meaning::never_set,
     "Clang's -ftrivial-auto-var-init=pattern fills variables with"},
    {0xfefefefe, Meaning::never_set, "GCC's -ftrivial-auto-var-init=pattern fills variables with"},
    {0xfdfdfdfd, Meaning::end_mark, "Microsoft's debug heap puts at the ends of blocks"},
    {0xabababab, Meaning::end_mark, "Windows' heap puts at the ends of blocks"},
    {0xdeadbeef, Meaning::either, "programs mark memory with that is not in use"},
};

// In the order of Meaning.
constexpr std::string_view kConclusions[] = {
    "likely used after it was freed", "likely never initialized",
    "likely used after it was freed, or never initialized", "likely read past the end of a block"};

/// `address` is `base`, or a member or element a little above it.
bool is_at(std::uint64_t address, std::uint64_t base) {
  return address >= base && address - base < kPage;
}

std::string pattern_guess(std::uint64_t address) {
  for (const Pattern& pattern : kPatterns) {
    const std::uint64_t twice = std::uint64_t{pattern.value} << 32 | pattern.value;
    if (!is_at(address, pattern.value) && !is_at(address, twice)) continue;
    return std::string("a pattern that ").append(pattern.who).append(": ") +
           std::string(kConclusions[static_cast<std::size_t>(pattern.meaning)]);
  }
  const std::uint64_t byte = address >> 56;
  const std::uint64_t repeated = byte * 0x0101010101010101;
  const bool is_printable = byte >= ' ' && byte <= '~';
  if (byte != 0 && byte != 0xff && !is_printable && is_at(address, repeated)) {
    return "one byte repeated, with which glibc fills memory under MALLOC_PERTURB_: likely used "
           "after it was freed, or never initialized";
  }
  return "";
}

// Eight letters or digits and no pointer: an array was written past its end. In memory the lowest
// byte comes first.
std::string text_guess(std::uint64_t address) {
  std::string text;
  for (int i = 0; i < 8; ++i, address >>= 8) {
    const auto byte = static_cast<unsigned char>(address & 0xff);
    if (byte < ' ' || byte > '~') return "";
    text += static_cast<char>(byte);
  }
  return "the text \"" + text + "\": likely overwritten by a text that was too long";
}

}  // namespace

std::string address_guess(std::uint64_t address) {
  if (address == 0) return "likely a null pointer";
  if (address < kPage) {
    return "likely a member or element at offset " + std::to_string(address) + " of a null pointer";
  }
  if (address > UINT64_MAX - kPage) {
    return "likely " + std::to_string(UINT64_MAX - address + 1) + " bytes before a null pointer, " +
           "or an error code used as an address";
  }
  const std::string pattern = pattern_guess(address);
  return pattern.empty() ? text_guess(address) : pattern;
}

bool is_impossible_address(std::uint64_t address) {
  const std::uint64_t upper = address >> 47;
  return upper != 0 && upper != 0x1ffff;
}

}  // namespace dblog::report
