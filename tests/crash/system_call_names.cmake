# Writes OUTPUT, a header with the numbers and names of the system calls that the compiler's headers
# know: system_call_names(OUTPUT)
function(system_call_names output)
  set(source "${CMAKE_CURRENT_BINARY_DIR}/system_calls.cpp")
  file(WRITE "${source}" "#include <sys/syscall.h>\n")
  execute_process(COMMAND "${CMAKE_CXX_COMPILER}" -E -dM "${source}"
    OUTPUT_VARIABLE definitions COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "#define SYS_[a-z0-9_]+ " definitions "${definitions}")
  set(entries "")
  foreach(definition IN LISTS definitions)
    string(REGEX REPLACE "#define SYS_([a-z0-9_]+) " "  {SYS_\\1, \"\\1\"},\n" entry "${definition}")
    string(APPEND entries "${entry}")
  endforeach()
  file(CONFIGURE OUTPUT "${output}" @ONLY CONTENT
"#pragma once
#include <sys/syscall.h>
struct SystemCallName {
  long number;
  const char* name;
};
constexpr SystemCallName kSystemCallNames[] = {
@entries@};
")
endfunction()
