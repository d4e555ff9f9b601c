#include "src/api/store_maintenance.hpp"

#include <exception>

#include "src/api/tool_delivery.hpp"
#include "src/config/settings.hpp"
#include "src/event/published_value.hpp"

namespace dblog::api {
namespace {

constinit event::PublishedValue<config::Retention> limits;

// install_handlers() has reported what is wrong with a setting, and `dblog prune` does.
config::Retention current_limits() {
  if (!limits.get()) limits.set(config::load_settings({}).settings.retention);
  return *limits.get();
}

}  // namespace

void set_maintenance_limits(const config::Retention& retention) { limits.set(retention); }

void maintain_now(store::Store& store) noexcept {
  try {
    retention::maintain(store, current_limits);
    if (store.has_open_messages()) keep_delivering(store.path());
  } catch (const std::exception&) {
    // Out of memory: after the next rows.
  }
}

}  // namespace dblog::api
