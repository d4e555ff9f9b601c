#include "src/event/program_release.hpp"

#include "src/event/published_value.hpp"

namespace dblog::event {
namespace {

constinit PublishedValue<std::string> release_of_program;

}  // namespace

void set_program_release(const std::string& release) { release_of_program.set(release); }

std::string program_release() {
  const std::string* known = release_of_program.get();
  return known ? *known : "";
}

}  // namespace dblog::event
