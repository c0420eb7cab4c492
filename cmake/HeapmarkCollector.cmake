# SPDX-License-Identifier: MIT
#
# heapmark_add_collector: builds a collector plugin with its inline kernels.
#
#   heapmark_add_collector(
#     NAME <name>                     # the plugin: <name>.so
#     SOURCES <file>...               # its own sources
#     MUTATOR <header>                # one set of operations, named after the plugin, or
#     MUTATOR <set>=<header>...       # several sets (plain and atomic counts, say)
#     [LIBRARIES <target>...]         # what it links beyond the kit
#     [NO_KERNELS])                   # table dispatch only: no workload is compiled against it
#
# For each set every workload is compiled against <header>, and the set is exported as
# `const struct hm_kernel_set hm_set_<id>`, where <id> is the plugin's name, or
# <name>_<set>, with '-' read as '_'. Used by this tree and, through find_package(Heapmark), by
# plugins outside it.
include_guard(GLOBAL)

function(heapmark_identifier out text)
  string(REGEX REPLACE "[^A-Za-z0-9]" "_" text "${text}")
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

# The workloads' sources, and for each the define that gives its revision.
function(heapmark_workload_sources out)
  get_property(names GLOBAL PROPERTY HEAPMARK_WORKLOADS)
  get_property(directory GLOBAL PROPERTY HEAPMARK_WORKLOAD_DIRECTORY)
  set(sources "")
  foreach(name IN LISTS names)
    list(APPEND sources "${directory}/${name}.c")
  endforeach()
  set(${out} "${sources}" PARENT_SCOPE)
endfunction()

# -DHM_REVISION for each source: the digest of the workload and of the headers it may include. A
# property of a source file holds in the calling folder only, so every user calls this.
function(heapmark_set_revisions)
  get_property(names GLOBAL PROPERTY HEAPMARK_WORKLOADS)
  get_property(directory GLOBAL PROPERTY HEAPMARK_WORKLOAD_DIRECTORY)
  file(GLOB shared CONFIGURE_DEPENDS "${directory}/*.h")
  set(common "")
  foreach(header IN LISTS shared)
    file(SHA256 "${header}" digest)
    string(APPEND common "${digest}")
  endforeach()
  foreach(name IN LISTS names)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${directory}/${name}.c" ${shared})
    file(SHA256 "${directory}/${name}.c" digest)
    string(SHA256 digest "${digest}${common}")
    string(SUBSTRING "${digest}" 0 16 revision)
    set_source_files_properties("${directory}/${name}.c" PROPERTIES
      COMPILE_DEFINITIONS "HM_REVISION=\"${revision}\"")
  endforeach()
endfunction()

# One kernel set: an object library of the generated export and the kernels.
function(heapmark_add_kernel_set target id header kernels)
  get_property(names GLOBAL PROPERTY HEAPMARK_WORKLOADS)
  set(list "")
  set(sources "")
  if(kernels)
    heapmark_workload_sources(sources)
    heapmark_set_revisions()
    foreach(name IN LISTS names)
      string(APPEND list " K(${name})")
    endforeach()
  endif()
  set(export "${CMAKE_CURRENT_BINARY_DIR}/export_${id}.c")
  file(CONFIGURE OUTPUT "${export}" CONTENT
    "/* Written by heapmark_add_collector. */\n#define HM_KERNELS${list}\n#include <heapmark/export.h>\n")
  add_library(${target} OBJECT "${export}" ${sources})
  target_compile_definitions(${target} PRIVATE
    "HEAPMARK_MUTATOR=\"${header}\"" "HM_KERNEL_SET=${id}")
endfunction()

function(heapmark_add_collector)
  cmake_parse_arguments(PARSE_ARGV 0 arg "NO_KERNELS" "NAME" "SOURCES;MUTATOR;LIBRARIES")
  foreach(needed NAME SOURCES MUTATOR)
    if(NOT arg_${needed})
      message(FATAL_ERROR "heapmark_add_collector: ${needed} is missing")
    endif()
  endforeach()
  set(kernels TRUE)
  if(arg_NO_KERNELS)
    set(kernels FALSE)
  endif()
  set(plugin "heapmark_plugin_${arg_NAME}")
  # What it is made of, for those who build it again in another way (HeapmarkAltered.cmake).
  set_property(GLOBAL PROPERTY HEAPMARK_COLLECTOR_${arg_NAME}_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
  set_property(GLOBAL PROPERTY HEAPMARK_COLLECTOR_${arg_NAME}_SOURCES "${arg_SOURCES}")
  set_property(GLOBAL PROPERTY HEAPMARK_COLLECTOR_${arg_NAME}_MUTATOR "${arg_MUTATOR}")
  add_library(${plugin} MODULE ${arg_SOURCES})
  set(parts ${plugin})
  foreach(entry IN LISTS arg_MUTATOR)
    if(entry MATCHES "^([^=]+)=(.+)$")
      set(set_name "${arg_NAME}_${CMAKE_MATCH_1}")
      set(header "${CMAKE_MATCH_2}")
    else()
      set(set_name "${arg_NAME}")
      set(header "${entry}")
    endif()
    heapmark_identifier(id "${set_name}")
    get_filename_component(header "${header}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
    heapmark_add_kernel_set("heapmark_set_${id}" "${id}" "${header}" ${kernels})
    target_sources(${plugin} PRIVATE $<TARGET_OBJECTS:heapmark_set_${id}>)
    list(APPEND parts "heapmark_set_${id}")
  endforeach()

  # Without a build type CMake compiles without optimisation, and no comparison would be fair.
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  set(optimise "")
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(optimise -O2 -g)
    set(type NONE)
    set(CMAKE_C_FLAGS_NONE "-O2 -g")
  endif()
  # The build type's flags are part of every result: they travel in the descriptor.
  string(STRIP "${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION} ${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${type}}" build)
  foreach(part IN LISTS parts)
    target_link_libraries(${part} PRIVATE heapmark_kit ${arg_LIBRARIES})
    if(TARGET heapmark_flags)
      target_link_libraries(${part} PRIVATE heapmark_flags)
    endif()
    target_compile_definitions(${part} PRIVATE _GNU_SOURCE "HM_BUILD=\"${build}\"")
    target_compile_features(${part} PRIVATE c_std_11)
    target_include_directories(${part} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/..")
    # A missing or mistyped operation must not compile, whatever warnings the author uses.
    target_compile_options(${part} PRIVATE ${optimise}
      -Werror=implicit-function-declaration -Werror=incompatible-pointer-types)
    set_target_properties(${part} PROPERTIES
      C_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ON)
  endforeach()
  set_target_properties(${plugin} PROPERTIES PREFIX "" OUTPUT_NAME "${arg_NAME}")
  if(HEAPMARK_PLUGIN_DIRECTORY)
    set_target_properties(${plugin} PROPERTIES
      LIBRARY_OUTPUT_DIRECTORY "${HEAPMARK_PLUGIN_DIRECTORY}")
  endif()
  if(TARGET plugins)
    add_dependencies(plugins ${plugin})
  endif()
  # A plugin imports nothing from the program that loads it. (A sanitizer's runtime is the one
  # exception: it comes with the program.)
  if(NOT HEAPMARK_SANITIZE)
    target_link_options(${plugin} PRIVATE -Wl,-z,defs)
  endif()
  target_link_options(${plugin} PRIVATE -Wl,--exclude-libs,ALL)
  # Beside the program's folder, where it looks: see HEAPMARK_PLUGIN_PATH for other places.
  if(NOT HEAPMARK_NO_INSTALL)
    install(TARGETS ${plugin} LIBRARY DESTINATION lib/heapmark)
  endif()
endfunction()
