# Compile options that every target of dblog shares.
if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Debug, Release, RelWithDebInfo" FORCE)
  endif()
  find_program(DBLOG_CCACHE ccache)
  if(DBLOG_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER "${DBLOG_CCACHE}")
    set(CMAKE_CXX_COMPILER_LAUNCHER "${DBLOG_CCACHE}")
  endif()
endif()

add_library(dblog_options INTERFACE)
target_compile_features(dblog_options INTERFACE cxx_std_20)
target_include_directories(dblog_options INTERFACE
  "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/include")
target_compile_options(dblog_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wno-missing-field-initializers
  -fvisibility=hidden -fvisibility-inlines-hidden
  # GCC 12 takes `"text" + std::string` for an overlapping copy at -O3 (GCC bug 105651).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  # A unity build (docs/decisions.md, 56) puts files together that are apart elsewhere.
  $<$<BOOL:${CMAKE_UNITY_BUILD}>:-Wno-shadow>
  $<$<BOOL:${DBLOG_WERROR}>:-Werror>)

if(DBLOG_SANITIZE)
  target_compile_options(dblog_options INTERFACE
    -fsanitize=${DBLOG_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(dblog_options INTERFACE -fsanitize=${DBLOG_SANITIZE})
endif()
if(DBLOG_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang" OR NOT DBLOG_SANITIZE MATCHES "address")
    message(FATAL_ERROR "DBLOG_FUZZ needs Clang and AddressSanitizer: cmake --preset asan-ubsan has both.")
  endif()
  target_compile_options(dblog_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# One part of the library: an object target that both the static and the shared library contain.
# CRASH_TIME: each file is compiled alone in a unity build, too.
#   dblog_part(NAME SOURCES … [LIBRARIES …] [CRASH_TIME])
function(dblog_part name)
  cmake_parse_arguments(PART "CRASH_TIME" "" "SOURCES;LIBRARIES" ${ARGN})
  add_library(${name} OBJECT ${PART_SOURCES})
  if(PART_CRASH_TIME)
    set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
  endif()
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(${name} PRIVATE dblog_options dblog_hardening ${PART_LIBRARIES})
endfunction()
