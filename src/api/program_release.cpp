#include "src/api/program_release.hpp"

#include "src/api/lasting_value.hpp"

namespace dblog {
namespace {

constinit LastingValue<std::string> current;

}  // namespace

void set_program_release(const std::string& release) { current.set(release); }

std::string program_release() {
  const std::string* known = current.get();
  return known ? *known : "";
}

}  // namespace dblog
