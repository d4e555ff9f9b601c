# Debian packages of what is installed: `cpack` in the build directory makes them (docs/packaging.md).
# One for each component: the shared library, what programs are built with, the tool.
if(NOT TARGET dblog_tool OR NOT DBLOG_INSTALL)
  message(FATAL_ERROR "DBLOG_PACKAGES needs the tool and all install rules: leave DBLOG_BUILD_TOOL and "
    "DBLOG_INSTALL on.")
endif()
set(DBLOG_PACKAGE_MAINTAINER "The dblog authors <dblog@localhost.localdomain>" CACHE STRING
  "The packages' Maintainer: NAME <ADDRESS>")
if(NOT DBLOG_PACKAGE_MAINTAINER MATCHES "^[^<>\"\n]+ <[^<>\" \n]+@[^<>\" \n]+>$")
  message(FATAL_ERROR "DBLOG_PACKAGE_MAINTAINER is '${DBLOG_PACKAGE_MAINTAINER}': it must be NAME <ADDRESS>.")
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME dblog)
set(CPACK_PACKAGE_CONTACT "${DBLOG_PACKAGE_MAINTAINER}")
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_BINARY_DIR}/packages")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
  GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_BINARY_DIR}/debian/package_files.cmake")

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL library development tool)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SOURCE dblog)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # or it is the synopsis of all three
set(dblog_package_version "${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")
set(soversion "${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}")
set(dblog_library_package "libdblog${soversion}")
# The first line of a description is the synopsis.
set(purpose "A program that calls dblog::install_handlers() leaves a row in a SQLite
database for every crash, uncaught exception and handled error, written
before the process is gone. Messages go to Slack and by e-mail from an
outbox in the same file.")

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME "${dblog_library_package}")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SHLIBDEPS ON)
# Not by cpack, which takes the preloaded library for one that others link.
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/debian/shlibs"
  CONTENT "libdblog ${soversion} ${dblog_library_package} (>= ${PROJECT_VERSION})\n")
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/debian/triggers" CONTENT "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA
  "${PROJECT_BINARY_DIR}/debian/shlibs" "${PROJECT_BINARY_DIR}/debian/triggers")
# It starts the tool, and opens libcurl when it sends by itself; it records without both.
set(CPACK_DEBIAN_LIBRARY_PACKAGE_RECOMMENDS "dblog (>= ${PROJECT_VERSION}), libcurl4")
set(CPACK_DEBIAN_LIBRARY_DESCRIPTION "crash handler and database logger for C++ programs
${purpose}

This package has the shared library.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libdblog-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${dblog_library_package} (= ${dblog_package_version})")
# The libraries are those of programs with the static library. The shared one's users need none.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_RECOMMENDS
  "dblog (>= ${PROJECT_VERSION}), libpcre2-dev, libsqlite3-dev, libsqlitecpp-dev")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "crash handler and database logger for C++ programs - development
${purpose}

This package has the headers, the static library, and what find_package() of
CMake and pkg-config need.")

set(CPACK_DEBIAN_TOOL_PACKAGE_NAME dblog)
set(CPACK_DEBIAN_TOOL_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_TOOL_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_TOOL_PACKAGE_RECOMMENDS libcurl4)      # opened when something is sent
set(CPACK_DEBIAN_TOOL_PACKAGE_SUGGESTS
  "libdebuginfod1, libsystemd0")  # opened by libdw, and for the setting journal
set(CPACK_DEBIAN_TOOL_DESCRIPTION "show, group and send what the crash handler dblog recorded
The tool names functions and lines of recorded crashes, lists, shows and
groups them, makes a page for a browser, and sends what waits in the outbox
to Slack and by e-mail. The library libdblog starts it after a crash.

Its verb run records the crashes of programs that are not linked with the
library. There are user units for systemd, and a line for cron.")

foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} component)
  list(APPEND dblog_package_names ${CPACK_DEBIAN_${component}_PACKAGE_NAME})
endforeach()
# Code of theirs is in ours: static libraries and headers.
set(dblog_copied_packages libsqlite3-dev libsqlitecpp-dev libpcre2-dev nlohmann-json3-dev libcli11-dev)
if(DBLOG_LIBIBERTY_INCLUDE AND DBLOG_LIBIBERTY)
  list(APPEND dblog_copied_packages libiberty-dev)
endif()
configure_file("${PROJECT_SOURCE_DIR}/cmake/debian/package_files.cmake.in" "${CPACK_PRE_BUILD_SCRIPTS}" @ONLY)
include(CPack)
