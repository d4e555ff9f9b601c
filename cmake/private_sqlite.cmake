# The crash connection's own copy of SQLite: every symbol renamed, no way to the heap, threads or
# the loader, its writable memory in sections of its own. docs/signal-safety.md says why.
if(DBLOG_SQLITE_AMALGAMATION)
  if(NOT EXISTS "${DBLOG_SQLITE_AMALGAMATION}")
    message(FATAL_ERROR "DBLOG_SQLITE_AMALGAMATION names ${DBLOG_SQLITE_AMALGAMATION}, which does not exist.")
  endif()
  add_library(dblog_sqlite_amalgamation OBJECT "${DBLOG_SQLITE_AMALGAMATION}")
  set_target_properties(dblog_sqlite_amalgamation PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_compile_options(dblog_sqlite_amalgamation PRIVATE -O2 -w)
  target_compile_definitions(dblog_sqlite_amalgamation PRIVATE
    SQLITE_THREADSAFE=1 SQLITE_OMIT_LOAD_EXTENSION SQLITE_MAX_MMAP_SIZE=0)
  set(private_sqlite_input $<TARGET_OBJECTS:dblog_sqlite_amalgamation>)
  set(private_sqlite_depends dblog_sqlite_amalgamation)
else()
  find_library(DBLOG_SQLITE_ARCHIVE NAMES libsqlite3.a)
  if(NOT DBLOG_SQLITE_ARCHIVE)
    message(FATAL_ERROR "dblog needs its own copy of SQLite for the crash connection, and found no "
      "libsqlite3.a. Install it (Debian: libsqlite3-dev), or name an amalgamation with "
      "-DDBLOG_SQLITE_AMALGAMATION=/path/to/sqlite3.c.")
  endif()
  set(private_sqlite_input "${DBLOG_SQLITE_ARCHIVE}")
  set(private_sqlite_depends "${DBLOG_SQLITE_ARCHIVE}")
endif()

set(DBLOG_PRIVATE_SQLITE_OBJECT "${PROJECT_BINARY_DIR}/private_sqlite/private_sqlite.o")
add_custom_command(
  OUTPUT "${DBLOG_PRIVATE_SQLITE_OBJECT}"
  COMMAND "${PROJECT_SOURCE_DIR}/cmake/make_private_sqlite"
    "${CMAKE_C_COMPILER}" "${CMAKE_LINKER}" "${CMAKE_NM}" "${CMAKE_OBJCOPY}"
    "${DBLOG_PRIVATE_SQLITE_OBJECT}" "${private_sqlite_input}"
  DEPENDS ${private_sqlite_depends} "${PROJECT_SOURCE_DIR}/cmake/make_private_sqlite"
  COMMENT "Making the crash connection's private SQLite"
  VERBATIM)
set_source_files_properties("${DBLOG_PRIVATE_SQLITE_OBJECT}" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
add_custom_target(dblog_private_sqlite DEPENDS "${DBLOG_PRIVATE_SQLITE_OBJECT}")
