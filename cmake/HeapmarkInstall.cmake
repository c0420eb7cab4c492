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
