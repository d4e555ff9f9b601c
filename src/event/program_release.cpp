#include "src/event/program_release.hpp"

#include "src/event/published_value.hpp"

namespace dblog::event {
namespace {

constinit PublishedValue<std::string> current;

}  // namespace

void set_program_release(const std::string& release) { current.set(release); }

std::string program_release() {
  const std::string* known = current.get();
  return known ? *known : "";
}

}  // namespace dblog::event
