// Which symbols the shared library shows. Everything else is hidden.
//
// All public names are in the inline namespace abi_1, which programs do not write: a program that
// was built with other structs or classes than the library it meets does not start ("undefined
// symbol"), where it would otherwise read past their ends. A field more or less, or another order,
// raises the number (docs/decisions.md, 34). Do not declare dblog's names by yourself: include its
// headers.
#pragma once

#if __cplusplus < 202002L
#error "dblog needs C++20: compile with -std=c++20"
#endif

#define DBLOG_EXPORT __attribute__((visibility("default")))
