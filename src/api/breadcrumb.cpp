#include "dblog/breadcrumb.hpp"

#include "handlers/record/breadcrumb_ring.hpp"

namespace dblog {

void breadcrumb(std::string_view text) noexcept { crash::leave_breadcrumb(text); }

}  // namespace dblog
