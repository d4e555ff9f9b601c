#include "src/event/program_environment.hpp"

#include "src/event/published_value.hpp"

namespace dblog::event {
namespace {

constinit PublishedValue<std::string> current;

}  // namespace

void set_program_environment(const std::string& environment) {
  // Values are never freed: one that is set again and again must not fill the memory.
  if (program_environment() != environment) current.set(environment);
}

std::string program_environment() {
  const std::string* known = current.get();
  return known ? *known : "";
}

}  // namespace dblog::event
