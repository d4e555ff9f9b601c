// By which variables of the environment libdblog_preload.so is told what to do. `dblog run` sets
// them, and so may a person who sets LD_PRELOAD. docs/run.md explains each.
// Threads: constants only.
#pragma once

namespace dblog::run {

inline constexpr char kLoaderVariable[] = "LD_PRELOAD";

inline constexpr char kOnlyProcess[] = "DBLOG_RUN_PID";  ///< the one that `dblog run` waits for
inline constexpr char kDatabase[] = "DBLOG_RUN_DB";
inline constexpr char kRelease[] = "DBLOG_RUN_RELEASE";
inline constexpr char kEnvironment[] = "DBLOG_RUN_ENVIRONMENT";
inline constexpr char kEnvFile[] = "DBLOG_RUN_ENV_FILE";
inline constexpr char kSlack[] = "DBLOG_RUN_SLACK";        ///< "1": HandlerOptions::slack
inline constexpr char kEmail[] = "DBLOG_RUN_EMAIL";        ///< "1"
inline constexpr char kChildren[] = "DBLOG_RUN_CHILDREN";  ///< "1": what it starts, too
inline constexpr char kQuiet[] = "DBLOG_RUN_QUIET";        ///< "1": nothing on stderr

inline constexpr const char* kVariables[] = {
    kOnlyProcess, kDatabase, kRelease, kEnvironment, kEnvFile, kSlack, kEmail, kChildren, kQuiet};

}  // namespace dblog::run
