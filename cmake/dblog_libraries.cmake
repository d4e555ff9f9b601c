# The parts, put together as the static and the shared library.
set(dblog_parts dblog_base dblog_process dblog_handlers dblog_scrub dblog_config dblog_text dblog_sqlite dblog_store
  dblog_retention dblog_queue dblog_monitor dblog_notify dblog_recovery dblog_event dblog_api)
set(dblog_objects "${DBLOG_PRIVATE_SQLITE_OBJECT}")
foreach(part IN LISTS dblog_parts)
  list(APPEND dblog_objects $<TARGET_OBJECTS:${part}>)
endforeach()

add_library(dblog_shared SHARED ${dblog_objects} $<TARGET_OBJECTS:dblog_privileges>)
add_library(dblog_static STATIC ${dblog_objects})
foreach(library IN ITEMS dblog_shared dblog_static)
  set_target_properties(${library} PROPERTIES
    OUTPUT_NAME dblog LINKER_LANGUAGE CXX
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_compile_features(${library} PUBLIC cxx_std_20)
  target_include_directories(${library} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${library} PRIVATE SQLiteCpp SQLite::SQLite3 pcre2-8 Threads::Threads ${CMAKE_DL_LIBS})
  add_dependencies(${library} dblog_private_sqlite)
endforeach()
target_link_libraries(dblog_shared PRIVATE dblog_hardening)
# What the static archives of our dependencies define stays inside.
target_link_options(dblog_shared PRIVATE -Wl,--exclude-libs,ALL -Wl,-z,defs
  "-Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/dblog.map")
set_property(TARGET dblog_shared PROPERTY LINK_DEPENDS "${PROJECT_SOURCE_DIR}/cmake/dblog.map")
# What another project installs finds the library that is installed with it.
if(NOT PROJECT_IS_TOP_LEVEL AND NOT CMAKE_INSTALL_RPATH AND NOT CMAKE_SKIP_RPATH AND NOT CMAKE_SKIP_INSTALL_RPATH)
  file(RELATIVE_PATH dblog_rpath "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_LIBDIR}")
  # In a file, because CMake writes $ORIGIN as another generator's escape (CMake 3.25).
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/install_rpath" CONTENT "-rpath=$ORIGIN/${dblog_rpath}\n")
  target_link_options(dblog_shared INTERFACE "LINKER:@${PROJECT_BINARY_DIR}/install_rpath")
endif()
if(DBLOG_SANITIZE)
  target_link_options(dblog_shared PRIVATE -fsanitize=${DBLOG_SANITIZE} -Wl,-z,undefs)
  target_link_options(dblog_static INTERFACE -fsanitize=${DBLOG_SANITIZE})
endif()
add_library(dblog::dblog ALIAS dblog_shared)
add_library(dblog::dblog_static ALIAS dblog_static)
