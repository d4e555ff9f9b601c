// The version that CMake gave the library.
#include "dblog/version.hpp"

namespace dblog {
inline namespace abi_1 {

const char* version() noexcept { return DBLOG_VERSION; }

}  // namespace abi_1
}  // namespace dblog
