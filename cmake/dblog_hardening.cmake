# What makes errors harder to exploit, for all that is shipped: the library and the tool. The private
# SQLite is as its distribution built it. tests/lint/check_hardening looks at what was built;
# docs/signal-safety.md says what a check that fails does at crash time.
include(CheckCXXCompilerFlag)
add_library(dblog_hardening INTERFACE)
if(DBLOG_SANITIZE)  # they find more, and some of this is in their way
  return()
endif()
# By processor: Clang accepts the other one's flag, and warns in each compilation.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)")
  set(branch_flag -mbranch-protection=standard)
else()
  set(branch_flag -fcf-protection)
endif()
foreach(flag IN ITEMS -fstack-protector-strong -fstack-clash-protection ${branch_flag})
  string(MAKE_C_IDENTIFIER "DBLOG_COMPILER_HAS${flag}" is_known)
  check_cxx_compiler_flag(${flag} ${is_known})
  if(${is_known})
    target_compile_options(dblog_hardening INTERFACE ${flag})
  endif()
endforeach()
# It needs optimization, which another project's build may be without. A level that the builder
# chose stays.
set(DBLOG_FORTIFIED FALSE)
if(CMAKE_BUILD_TYPE AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  set(DBLOG_FORTIFIED TRUE)
  if(NOT CMAKE_CXX_FLAGS MATCHES "_FORTIFY_SOURCE")
    target_compile_options(dblog_hardening INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  endif()
endif()
# All symbols are looked up at the start, and their table cannot be written afterwards.
target_link_options(dblog_hardening INTERFACE -Wl,-z,relro -Wl,-z,now)
