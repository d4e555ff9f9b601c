#include "src/api/upkeep.hpp"

#include <exception>
#include <mutex>
#include <optional>
#include <system_error>

#include "src/config/settings.hpp"

namespace dblog {
namespace {

struct Limits {
  std::mutex mutex;
  std::filesystem::path env_file;
  std::optional<config::Retention> read;
};

// Never destroyed: pushes come after main(), too.
Limits& limits() {
  static Limits& all = *new Limits;
  return all;
}

// What is wrong with a setting was said by install_handlers(), and is by `dblog prune`.
config::Retention current_limits() {
  const std::unique_lock lock(limits().mutex, std::try_to_lock);
  // Set at this moment, or held for ever in a child of fork(): the settings can be read again.
  if (!lock.owns_lock()) return config::load_settings({}).settings.retention;
  auto& read = limits().read;
  if (!read) read = config::load_settings(limits().env_file).settings.retention;
  return *read;
}

}  // namespace

void set_upkeep_settings(const std::filesystem::path& env_file) {
  std::error_code failed;
  const std::lock_guard lock(limits().mutex);
  limits().env_file = env_file.empty() ? env_file : std::filesystem::absolute(env_file, failed);
  limits().read.reset();
}

void keep_up_now(store::Store& store) noexcept {
  try {
    retention::keep_up(store, current_limits);
  } catch (const std::exception&) {
    // Out of memory: after the next rows.
  }
}

}  // namespace dblog
