// What the type names' reader refuses, cuts and costs.
#include <ucontext.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/unit/readable_name.hpp"

namespace {

using dblog::crash::readable_type_name;
using dblog::test::readable;

}  // namespace

TEST_CASE("type name: refuses what it does not know rather than guess") {
  for (const char* mangled : {"",
                              "*i",
                              "_Z3foov",
                              "3fo",
                              "03foo",
                              "3foo1",
                              "99999999999999999999a",
                              "N3fooE3bar",
                              "N3foo",
                              "NE",
                              "S_",
                              "St",
                              "St3fooS0_",
                              "T_",
                              "Da",
                              "DTadLi1EE",
                              "Dp3foo",
                              "Dv4_f",
                              "u5thing",
                              "U3abci",
                              "RRi",
                              "PRi",
                              "KRi",
                              "KKi",
                              "KA3_i",
                              "FFvvvE",
                              "FA3_ivE",
                              "FvvvE",
                              "Fv",
                              "FvE",
                              "FPcZS_vE1aE",
                              "A3_RiE",
                              "A3i",
                              "AFvvE",
                              "MiFvvE",
                              "CPi",
                              "1AIXadL_Z3foovEEE",
                              "1AILi1",
                              "1AILi1aEE",
                              "1AILvEE",
                              "1AIJEiE",
                              "1AIiEIiE",
                              "SsIcE",
                              "SsB5cxx11",
                              "N1AS_E",
                              "N1AC1IiEE",
                              "NK1A1BE",
                              "Z4mainEs",
                              "Z4mainEd_1A",
                              "ZNK1A3fooE1B",
                              "Z4mainEpl",
                              "N1AplE",
                              "N12_GLOBAL__N_1E",
                              "3a b",
                              "3a\nb",
                              "Z1fIiEvT0_E1A",
                              "1LIJN3UnnUt_E1AS1_EE",
                              "Z1fIvEiT_E1X",
                              "Z1fIiEvT_EUlS0_E_",
                              "VN1AUlFvvEE_E",
                              "KN1AUlKiE_E",
                              "ZZ4mainEdecEUt_",
                              "Z1fEZ1gE1A",
                              "1VILZ4mainE1A0EE",
                              "ZNrM1cEvE1L",
                              "Z1fEUl3BoxIZ1gIiEvT_E1LEE_"}) {
    INFO(mangled);
    CHECK(readable(mangled) == "NOT READABLE");
  }
  CHECK(readable(std::string{"3a\0b", 4}) == "NOT READABLE");
  CHECK(readable(std::string{"i\0", 2}) == "NOT READABLE");
}

TEST_CASE("type name: a refused name leaves an empty text") {
  char out[8] = "before";
  CHECK_FALSE(readable_type_name("X", out, sizeof out));
  CHECK(std::string{out}.empty());
}

TEST_CASE("type name: text that does not fit is cut and says so") {
  const std::string mangled = "St13runtime_error";  // std::runtime_error
  CHECK(readable(mangled, 19) == "std::runtime_error");
  CHECK(readable(mangled, 18) == "std::runtime_e…");
  CHECK(readable(mangled, 5) == "s…");
  CHECK(readable(mangled, 4) == "…");
  CHECK(readable(mangled, 3) == "NOT READABLE");
  CHECK_FALSE(readable_type_name(mangled, nullptr, 0));
}

TEST_CASE("type name: text is cut between characters") {
  CHECK(readable("4\xC3\xA4\xC3\xB6", 16) == "\xC3\xA4\xC3\xB6");
  CHECK(readable("6\xC3\xA4\xC3\xB6\xC3\xBC", 7) == "\xC3\xA4\xC3\xB6\xC3\xBC");
  CHECK(readable("6\xC3\xA4\xC3\xB6\xC3\xBC", 6) == "\xC3\xA4…");
  CHECK(readable("6\xC3\xA4\xC3\xB6\xC3\xBC", 5) == "…");
}

TEST_CASE("type name: names that grow without measure end soon") {
  std::string doubling = "N1AI1BE";
  for (int i = 0; i < 60; ++i) doubling += "1CIS" + std::string(i == 0 ? "" : "0") + "_S_E";
  doubling += "E";
  CHECK(readable(doubling).size() < 4'096);
  CHECK(readable(std::string(4'000, 'P') + "i") == "NOT READABLE");
  CHECK(readable("i" + std::string(5'000, 'i')) == "NOT READABLE");
  std::string nested;
  for (int i = 0; i < 1'000; ++i) nested += "1AI";
  CHECK(readable(nested) == "NOT READABLE");
  CHECK(readable(std::string(1'000, 'Z')) == "NOT READABLE");
}

namespace {

// A sanitizer's frames are larger, and so are those without optimisation.
#if !defined(__OPTIMIZE__) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kHasLargeFrames = true;
#elif defined(__has_feature)
constexpr bool kHasLargeFrames = __has_feature(address_sanitizer) ||
                                 __has_feature(thread_sanitizer) ||
                                 __has_feature(undefined_behavior_sanitizer);
#else
constexpr bool kHasLargeFrames = false;
#endif

// What one name takes of a painted stack of its own.
constexpr std::size_t kStackSize = 262'144;
constexpr unsigned char kPaint = 0xA5;
ucontext_t on_main, on_painted;
const std::string* name_to_read;
char read_name[8'192];

void read_on_painted_stack() { readable_type_name(*name_to_read, read_name, sizeof read_name); }

std::size_t stack_used_by(const std::string& mangled) {
  std::vector<unsigned char> stack(kStackSize, kPaint);
  name_to_read = &mangled;
  getcontext(&on_painted);
  on_painted.uc_stack.ss_sp = stack.data();
  on_painted.uc_stack.ss_size = stack.size();
  on_painted.uc_link = &on_main;
  makecontext(&on_painted, read_on_painted_stack, 0);
  swapcontext(&on_main, &on_painted);
  std::size_t untouched = 0;
  while (stack[untouched] == kPaint) ++untouched;
  return kStackSize - untouched;
}

}  // namespace

TEST_CASE("type name: takes less than 10 KiB of stack, however deep a type is") {
  if (kHasLargeFrames) return;
  std::string arguments, functions, lambdas, pairs = "St4pairI", parts = "N";
  for (int i = 0; i < 23; ++i) arguments += "1AI";
  for (int i = 0; i < 22; ++i) functions += "PF";
  for (int i = 0; i < 11; ++i) lambdas += "Z1fEUl";
  for (int i = 0; i < 22; ++i) pairs += "N1B1AI";
  for (int i = 0; i < 60; ++i) parts += "1A";
  for (const std::string& deep :
       {arguments + "i" + std::string(23, 'E'), functions + "v" + std::string(22, 'v'),
        std::string(23, 'P') + "i", lambdas + "v", pairs, parts + "E", std::string(24, 'Z')}) {
    INFO(deep);
    CHECK(stack_used_by(deep) < 10'240);
  }
}
