// What the program tells of its crashes beforehand.
#include "dblog/handlers.hpp"
#include "handlers/expected_crash.hpp"
#include "handlers/text/abort_message.hpp"

namespace dblog {
inline namespace abi_1 {

void set_abort_message(std::string_view text) noexcept { crash::keep_program_message(text); }

void expect_crashes(bool (*are_expected)() noexcept) noexcept {
  crash::expect_crashes(are_expected);
}

}  // namespace abi_1
}  // namespace dblog
