#include "src/report/signal_text.hpp"

#include <catch2/catch.hpp>
#include <csignal>

using dblog::sqlite::Row;
using namespace dblog::report;

namespace {

std::string described(std::int64_t signal, const std::string& name, std::int64_t code) {
  return signal_description(
      Row{{{"signal", signal}, {"signal_name", name}, {"signal_code", code}}});
}

}  // namespace

TEST_CASE("signal description: names the signal and its code") {
  CHECK(described(SIGSEGV, "SIGSEGV", SEGV_MAPERR) == "SIGSEGV (11), SEGV_MAPERR (1)");
  CHECK(described(SIGSEGV, "SIGSEGV", SI_KERNEL) == "SIGSEGV (11), SI_KERNEL (128)");
  CHECK(described(SIGABRT, "SIGABRT", SI_TKILL) == "SIGABRT (6), SI_TKILL (-6)");
  CHECK(described(SIGTERM, "SIGTERM", SI_USER) == "SIGTERM (15), SI_USER (0)");
  CHECK(described(SIGSEGV, "SIGSEGV", 99) == "SIGSEGV (11), code 99");
  CHECK(described(40, "", 0) == "signal 40, SI_USER (0)");
  CHECK(signal_description({}).empty());
}

TEST_CASE("signal cause: is that of the code, and none for signals that were sent") {
  CHECK(signal_cause(SIGFPE, FPE_INTDIV) == "divided a whole number by zero");
  CHECK(signal_cause(SIGILL, 99) == "ran an instruction that the processor refused");
  CHECK(signal_cause(SIGILL, std::nullopt) == "ran an instruction that the processor refused");
  CHECK(signal_cause(SIGSEGV, SI_USER).empty());
  CHECK(signal_cause(SIGTERM, SI_USER).empty());
}

TEST_CASE("is sent: abort() is the program's own, kill and raise are not the processor's") {
  CHECK_FALSE(is_sent(SIGABRT, SI_TKILL));
  CHECK(is_sent(SIGABRT, SI_USER));
  CHECK(is_sent(SIGSEGV, SI_TKILL));
  CHECK_FALSE(is_sent(SIGSEGV, SEGV_MAPERR));
  CHECK_FALSE(is_sent(SIGSEGV, std::nullopt));
}
