// Throw sites for the length of a test.
#pragma once

#include <vector>

#include "handlers/exceptions/exception_in_flight.hpp"
#include "handlers/exceptions/throw_sites.hpp"
#include "tests/support/enclosing_function.hpp"

namespace dblog::test {

class WatchedThrows {
 public:
  WatchedThrows() { crash::start_watching_throws(); }
  ~WatchedThrows() { crash::stop_watching_throws(); }
  WatchedThrows(const WatchedThrows&) = delete;
  WatchedThrows& operator=(const WatchedThrows&) = delete;
};

/// In a catch block: the functions from the throw outwards; empty if the throw is not known.
inline std::vector<const void*> throw_functions() {
  crash::RawStack site;
  std::vector<const void*> functions;
  crash::find_throw_site(crash::exception_in_flight(), site);
  for (std::uint32_t i = 0; i < site.frame_count; ++i) {
    functions.push_back(enclosing_function(site.frames[i].address()));
  }
  return functions;
}

}  // namespace dblog::test
