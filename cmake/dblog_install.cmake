# What `cmake --install` puts where: the libraries, the headers, the tool with its man page, and
# what find_package(dblog) and pkg-config need to find them. The shared library's consumers need
# no other -dev package; the static one's need SQLiteCpp, SQLite and PCRE2, and only they look for them.
# A project that takes dblog in installs what its programs need to run.
if(TARGET dblog_tool)
  install(TARGETS dblog_tool RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT tool)
endif()
if(TARGET dblog_preload)
  install(TARGETS dblog_preload LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/dblog" COMPONENT tool)
endif()
if(NOT DBLOG_INSTALL)
  install(TARGETS dblog_shared
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT library NAMELINK_SKIP)
  return()
endif()

include(CMakePackageConfigHelpers)
set(dblog_cmake_directory "${CMAKE_INSTALL_LIBDIR}/cmake/dblog")
set_target_properties(dblog_shared PROPERTIES EXPORT_NAME dblog)
install(TARGETS dblog_shared EXPORT dblog_shared_targets
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT library NAMELINK_COMPONENT development)
install(TARGETS dblog_static EXPORT dblog_static_targets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development)
foreach(kind IN ITEMS shared static)
  install(EXPORT dblog_${kind}_targets NAMESPACE dblog::
    DESTINATION "${dblog_cmake_directory}" COMPONENT development)
endforeach()

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/dblog" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  COMPONENT development FILES_MATCHING PATTERN "*.h*")
# With docs/ beside README.md; the links of the one lead to the other.
foreach(page IN ITEMS LICENSE README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md)
  install(FILES "${PROJECT_SOURCE_DIR}/${page}" DESTINATION "${CMAKE_INSTALL_DOCDIR}"
    COMPONENT tool)
endforeach()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/docs" DESTINATION "${CMAKE_INSTALL_DOCDIR}"
  COMPONENT tool FILES_MATCHING PATTERN "*.md" PATTERN "*.png")
if(TARGET dblog_tool)
  install(FILES "${PROJECT_SOURCE_DIR}/tools/dblog/dblog.1"
    DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT tool)
  # Where the distributions' shells look.
  set(completion "${PROJECT_SOURCE_DIR}/tools/dblog/completion")
  install(FILES "${completion}/dblog.bash" RENAME dblog
    DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" COMPONENT tool)
  install(FILES "${completion}/_dblog"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions" COMPONENT tool)
  install(FILES "${completion}/dblog.fish"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d" COMPONENT tool)
  # Where systemd looks for users' units, below /usr and /usr/local.
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/tools/systemd/"
    DESTINATION lib/systemd/user COMPONENT tool)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/tools/cron"
    DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples" COMPONENT tool)
endif()

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/dblogConfig.cmake.in" "${PROJECT_BINARY_DIR}/dblogConfig.cmake"
  INSTALL_DESTINATION "${dblog_cmake_directory}" PATH_VARS CMAKE_INSTALL_BINDIR CMAKE_INSTALL_LIBDIR
  NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change the binary interface.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/dblogConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(
  FILES "${PROJECT_BINARY_DIR}/dblogConfig.cmake" "${PROJECT_BINARY_DIR}/dblogConfigVersion.cmake"
  DESTINATION "${dblog_cmake_directory}" COMPONENT development)

# Relative to the .pc file, so that an installed tree can be moved.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(dblog_pc_prefix "${CMAKE_INSTALL_PREFIX}")
  set(dblog_pc_libdir "${CMAKE_INSTALL_FULL_LIBDIR}")
  set(dblog_pc_includedir "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
else()
  file(RELATIVE_PATH dblog_pc_up "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
  string(REGEX REPLACE "/$" "" dblog_pc_up "${dblog_pc_up}")
  set(dblog_pc_prefix "\${pcfiledir}/${dblog_pc_up}")
  set(dblog_pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  set(dblog_pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
configure_file("${PROJECT_SOURCE_DIR}/cmake/dblog.pc.in" "${PROJECT_BINARY_DIR}/dblog.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/dblog.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT development)
