// Which symbols the shared library shows. Everything else is hidden.
#pragma once

#if __cplusplus < 202002L
#error "dblog needs C++20: compile with -std=c++20"
#endif

#define DBLOG_EXPORT __attribute__((visibility("default")))
