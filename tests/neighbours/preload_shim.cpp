// Put into any program by LD_PRELOAD, behind the library: installs its handlers before main().
#include <dblog/dblog.hpp>

namespace {

[[gnu::constructor]] void install() { dblog::install_handlers(); }

}  // namespace
