// A library to be loaded with dlopen(). Linked with dblog: it installs handlers when asked to. Its
// constructor crashes where $PLUGIN_CRASHES is set.
#include <dblog/dblog.hpp>

#include <cstdlib>

namespace {
volatile int* volatile null_pointer = nullptr;

[[gnu::constructor]] void crash_while_being_loaded() {
  if (std::getenv("PLUGIN_CRASHES") != nullptr) *null_pointer = 1;
}
}  // namespace

extern "C" [[gnu::visibility("default")]] void install_handlers_from_plugin() {
  dblog::install_handlers({.sync_to_disk = false});
}
