#include "src/event/host_name.hpp"

#include <limits.h>
#include <unistd.h>

#include <array>

namespace dblog::event {

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace dblog::event
