// A library to be loaded with dlopen(). Linked with dblog: it installs handlers when asked to. Its
// constructor crashes where $PLUGIN_CRASHES is set.
#include <dblog/dblog.hpp>

#include <cstdlib>
#include <new>

namespace {
volatile int* volatile null_pointer = nullptr;

[[gnu::constructor]] void crash_while_being_loaded() {
  if (std::getenv("PLUGIN_CRASHES") != nullptr) *null_pointer = 1;
}
}  // namespace

extern "C" [[gnu::visibility("default")]] void install_handlers_from_plugin() {
  dblog::install_handlers({.sync_to_disk = false});
  // The plug-in may be unloaded before the crash; its scope does not end with it.
  alignas(dblog::Context) static unsigned char scope[sizeof(dblog::Context)];
  ::new (scope) dblog::Context{{"plug-in", true}};
}
