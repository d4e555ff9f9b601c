// The version that CMake gave the library.
#include "dblog/version.hpp"

namespace dblog {

const char* version() noexcept { return DBLOG_VERSION; }

}  // namespace dblog
