#include "src/symbols/readable_name.hpp"

#include <catch2/catch.hpp>

#include <string>

using dblog::symbols::readable_function_name;
using dblog::symbols::readable_rust_name;

TEST_CASE("readable function name: demangles C++ and leaves C as it is") {
  CHECK(readable_function_name("_ZN5parts6Reader5parseEi") == "parts::Reader::parse(int)");
  CHECK(readable_function_name("main") == "main");
  CHECK(readable_function_name("_start") == "_start");
}

TEST_CASE("readable function name: leaves out what marks a copy or a piece of a function") {
  CHECK(readable_function_name("_Z3addii.part.0") == "add(int, int)");
  CHECK(readable_function_name("parse.constprop.0.isra.1") == "parse");
  CHECK(readable_function_name("parse.cold") == "parse");
  CHECK(readable_function_name("memcpy@@GLIBC_2.14") == "memcpy");
}

TEST_CASE("readable function name: keeps dots that belong to the name") {
  CHECK(readable_function_name("main.main") == "main.main");
  CHECK(readable_function_name("runtime.goexit.abi0") == "runtime.goexit.abi0");
}

TEST_CASE("readable function name: keeps a name that only looks mangled") {
  CHECK(readable_function_name("_Znonsense!") == "_Znonsense!");
  CHECK(readable_function_name("_R") == "_R");
}

TEST_CASE("readable function name: demangles both of Rust's kinds, without the hash") {
  if (readable_rust_name("_RNvC6_123foo3bar").empty()) return;  // built without libiberty
  CHECK(readable_function_name("_RNvC6_123foo3bar") == "123foo::bar");
  CHECK(readable_function_name("_ZN4core9panicking5panic17h0123456789abcdefE") ==
        "core::panicking::panic");
}

TEST_CASE("readable function name: cuts a name of a megabyte, between characters") {
  std::string name = "f";
  for (int i = 0; i < 300'000; ++i) name += "ö";
  const std::string text = readable_function_name(name);
  CHECK(text.size() <= 4'096);
  CHECK(text.ends_with("ö…"));
}
