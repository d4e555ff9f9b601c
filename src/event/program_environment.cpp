#include "src/event/program_environment.hpp"

#include "src/event/published_value.hpp"

namespace dblog::event {
namespace {

constinit PublishedValue<std::string> environment_of_program;

}  // namespace

void set_program_environment(const std::string& environment) {
  // Values are never freed: one that is set again and again must not fill the memory.
  if (program_environment() != environment) environment_of_program.set(environment);
}

std::string program_environment() {
  const std::string* known = environment_of_program.get();
  return known ? *known : "";
}

}  // namespace dblog::event
