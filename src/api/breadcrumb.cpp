#include "dblog/breadcrumb.hpp"

#include "handlers/record/breadcrumb_ring.hpp"

namespace dblog {
inline namespace abi_1 {

void breadcrumb(std::string_view text) noexcept { crash::leave_breadcrumb(text); }

}  // namespace abi_1
}  // namespace dblog
