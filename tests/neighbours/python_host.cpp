// A C++ program with Python in it: python_host before|after|never SCRIPT
// WHEN dblog's handlers are installed, seen from the interpreter's start. Its status is the
// script's.
#include <Python.h>
#include <dblog/dblog.hpp>

#include <string_view>

int main(int, char** argv) {
  const std::string_view when = argv[1];
  if (when == "before") dblog::install_handlers();
  Py_Initialize();
  if (when == "after") dblog::install_handlers();
  const int failed = PyRun_SimpleString(argv[2]);
  return Py_FinalizeEx() == 0 && failed == 0 ? 0 : 1;
}
