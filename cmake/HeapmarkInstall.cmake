# SPDX-License-Identifier: MIT
#
# What is installed: the program and its plugins, and all that a plugin outside the tree needs.
include(CMakePackageConfigHelpers)

set(HEAPMARK_SHARE "${CMAKE_INSTALL_DATADIR}/heapmark")
set(package "${CMAKE_INSTALL_LIBDIR}/cmake/Heapmark")

install(DIRECTORY include/heapmark DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
install(DIRECTORY plugins/kit DESTINATION "${HEAPMARK_SHARE}" FILES_MATCHING PATTERN "*.h")
install(DIRECTORY workloads DESTINATION "${HEAPMARK_SHARE}"
  FILES_MATCHING PATTERN "*.c" PATTERN "*.h")
install(DIRECTORY workloads/suites DESTINATION "${HEAPMARK_SHARE}" FILES_MATCHING PATTERN "*.yaml")
install(TARGETS heapmark_contract heapmark_kit EXPORT HeapmarkTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(EXPORT HeapmarkTargets DESTINATION "${package}")

get_property(heapmark_workload_names GLOBAL PROPERTY HEAPMARK_WORKLOADS)
configure_package_config_file(cmake/HeapmarkConfig.cmake.in
  "${CMAKE_CURRENT_BINARY_DIR}/HeapmarkConfig.cmake"
  INSTALL_DESTINATION "${package}" PATH_VARS HEAPMARK_SHARE)
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/HeapmarkConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${CMAKE_CURRENT_BINARY_DIR}/HeapmarkConfig.cmake"
  "${CMAKE_CURRENT_BINARY_DIR}/HeapmarkConfigVersion.cmake"
  cmake/HeapmarkCollector.cmake
  DESTINATION "${package}")

# Manual pages, of the page that is their one source, and completion for three shells.
set(manual "${CMAKE_CURRENT_BINARY_DIR}/share/man/man1")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS docs/command-line.md)
file(STRINGS docs/command-line.md sections REGEX "^## heapmark ")
set(manual_pages "${manual}/heapmark.1")
foreach(section IN LISTS sections)
  string(REGEX REPLACE "^## heapmark " "" name "${section}")
  list(APPEND manual_pages "${manual}/heapmark-${name}.1")
endforeach()
add_custom_command(OUTPUT ${manual_pages}
  COMMAND ${CMAKE_COMMAND} -E make_directory "${manual}"
  COMMAND awk -v "out=${manual}" -v "version=${PROJECT_VERSION}"
    -f "${CMAKE_CURRENT_SOURCE_DIR}/cmake/manual.awk"
    "${CMAKE_CURRENT_SOURCE_DIR}/docs/command-line.md"
    "${CMAKE_CURRENT_SOURCE_DIR}/docs/command-line.md"
  DEPENDS docs/command-line.md cmake/manual.awk VERBATIM)
add_custom_target(manual ALL DEPENDS ${manual_pages})
install(FILES ${manual_pages} DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
install(FILES completions/heapmark.bash RENAME heapmark
  DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
install(FILES completions/_heapmark DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions")
install(FILES completions/heapmark.fish
  DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
