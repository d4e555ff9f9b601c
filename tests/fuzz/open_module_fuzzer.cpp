// What the symbolizer's worker does with a file, on any bytes. Where libdw itself should fault, the
// worker is there for; this looks for faults of ours.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <limits>
#include <string>

#include "src/symbols/open_module.hpp"

namespace symbols = dblog::symbols;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int file = ::memfd_create("module", MFD_CLOEXEC);
  const bool is_written = ::write(file, data, size) == static_cast<ssize_t>(size);
  if (file < 0 || !is_written) return 0;
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  for (const symbols::Detail detail : {symbols::Detail::all, symbols::Detail::symbols_only}) {
    constexpr auto kAnyTime = std::numeric_limits<std::int64_t>::max();
    symbols::OpenModule module{{path, "", kAnyTime}, detail, {}};
    // The corpus has its code there.
    constexpr std::uint64_t kBegin = 0x200, kEnd = 0x400;
    for (std::uint64_t at = kBegin; at < kEnd; at += 7) module.places({at, true});
    module.places({0, true});
    module.places({std::numeric_limits<std::uint64_t>::max(), false});
  }
  ::close(file);
  return 0;
}
