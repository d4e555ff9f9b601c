// The part of the stack that is free.
#include "src/config/wiped_text.hpp"

namespace dblog::config {

// Reading a file of settings takes less than half of it, the saved registers of a function that is
// linked when it is first called (up to 2.7 KB with AVX-512) included.
[[gnu::noinline]] void wipe_stack() noexcept {
  char used[12 * 1024];
  ::explicit_bzero(used, sizeof used);
}

}  // namespace dblog::config
