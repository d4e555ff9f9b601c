// dblog: crashes, uncaught exceptions and handled errors as rows in LOGS.db.
//
//   #include <dblog/dblog.hpp>
//   int main() {
//     dblog::install_handlers();
//     dblog::EventLogger events{"error_table"};
//     events.push_to_table("Error: division by zero", {.hw_monitor = true});
//   }
#pragma once

#include "dblog/breadcrumb.hpp"
#include "dblog/context.hpp"
#include "dblog/event.hpp"
#include "dblog/event_field.hpp"
#include "dblog/event_logger.hpp"
#include "dblog/handlers.hpp"
#include "dblog/monitor.hpp"
#include "dblog/notifier.hpp"
#include "dblog/scrub.hpp"
#include "dblog/version.hpp"
