// The version of the headers, which CMake's project() must have, too.
#include "dblog/version.hpp"

#include <string_view>

#define DBLOG_TEXT_OF(number) #number
#define DBLOG_DOTTED(major, minor, patch) \
  DBLOG_TEXT_OF(major) "." DBLOG_TEXT_OF(minor) "." DBLOG_TEXT_OF(patch)

namespace dblog {
inline namespace abi_1 {
namespace {

constexpr const char* kVersion =
    DBLOG_DOTTED(DBLOG_VERSION_MAJOR, DBLOG_VERSION_MINOR, DBLOG_VERSION_PATCH);
static_assert(std::string_view{DBLOG_PROJECT_VERSION} == kVersion,
              "project(dblog VERSION …) and include/dblog/version.hpp differ");

}  // namespace

const char* version() noexcept { return kVersion; }

}  // namespace abi_1
}  // namespace dblog
