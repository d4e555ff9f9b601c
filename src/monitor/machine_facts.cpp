// Machine facts: gathered, then put in place.
#include "src/monitor/machine_facts.hpp"

#include <exception>

#include "src/monitor/config_file.hpp"

namespace dblog::monitor {

base::Result<std::filesystem::path> write_machine_facts(const std::filesystem::path& directory) {
  try {
    return write_config_file(directory, machine_facts_text());
  } catch (const std::exception& error) {
    return base::Error{base::ErrorCode::io, "config/config.json", error.what()};
  }
}

}  // namespace dblog::monitor
