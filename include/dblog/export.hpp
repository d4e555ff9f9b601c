// Which symbols the shared library shows. Everything else is hidden.
#pragma once

#define DBLOG_EXPORT __attribute__((visibility("default")))
