// delivering_program helper|next_run|none|quiet|uninstalled crash|kill|error|errors|nothing:
// handlers with messages on both channels (quiet: on none), then what was asked for.
#include <dblog/dblog.hpp>

#include <csignal>
#include <cstring>
#include <stdexcept>
#include <string_view>

namespace {

[[gnu::noinline]] void parse_header(volatile int* header) { *header = 1; }

[[gnu::noinline]] int divide(int dividend, int divisor) {
  if (divisor == 0) throw std::domain_error("division by zero");
  return dividend / divisor;
}

dblog::Delivery delivery_of(std::string_view name) {
  if (name == "next_run") return dblog::Delivery::next_run;
  return name == "none" ? dblog::Delivery::none : dblog::Delivery::helper;
}

void report_error(int divisor) {
  dblog::EventLogger errors{"error_table"};
  try {
    divide(1, divisor);
  } catch (const std::exception& error) {
    errors.push_to_table(error, {.slack = true, .email = true});
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string_view delivery = argv[1];
  const std::string_view what = argv[2];
  dblog::HandlerOptions options;
  options.release = "1.2.3";
  options.slack = options.email = delivery != "quiet";
  options.delivery = delivery_of(delivery);
  if (delivery != "uninstalled") dblog::install_handlers(options);
  volatile int nothing = 0;
  dblog::breadcrumb("order 17");
  if (what == "kill") (void)std::raise(SIGKILL);
  if (what == "crash") parse_header(nothing == 0 ? nullptr : &nothing);
  if (what.starts_with("error")) report_error(nothing);
  if (what == "errors") report_error(nothing);
  return 0;
}
