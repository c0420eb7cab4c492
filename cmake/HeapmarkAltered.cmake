# SPDX-License-Identifier: MIT
#
# heapmark_add_altered_collector: builds a collector of the tree and the kit's parts once more, with
# other definitions, for stress tests. Of the workloads it has only `program`.
#
#   heapmark_add_altered_collector(
#     NAME <name>                     # <name>.so in HEAPMARK_ALTERED_DIRECTORY
#     OF <collector>                  # what heapmark_add_collector was given as NAME
#     DEFINITIONS <definition>...)    # KIT_PLANTED, KIT_HOOKS, KIT_NARROW: see plugins/kit
include_guard(GLOBAL)

set(HEAPMARK_ALTERED_DIRECTORY "${CMAKE_BINARY_DIR}/lib/heapmark-altered")

function(heapmark_absolute out directory)
  set(list "")
  foreach(file IN LISTS ARGN)
    get_filename_component(file "${file}" ABSOLUTE BASE_DIR "${directory}")
    list(APPEND list "${file}")
  endforeach()
  set(${out} "${list}" PARENT_SCOPE)
endfunction()

function(heapmark_add_altered_collector)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;OF" "DEFINITIONS")
  foreach(part DIRECTORY SOURCES MUTATOR)
    get_property(${part} GLOBAL PROPERTY HEAPMARK_COLLECTOR_${arg_OF}_${part})
  endforeach()
  get_target_property(kit_sources heapmark_kit SOURCES)
  heapmark_absolute(sources "${DIRECTORY}" ${SOURCES})
  heapmark_absolute(kit_sources "${PROJECT_SOURCE_DIR}/plugins/kit" ${kit_sources} fault.c hooks.c)
  get_property(workloads GLOBAL PROPERTY HEAPMARK_WORKLOAD_DIRECTORY)
  set(plugin "heapmark_altered_${arg_NAME}")
  add_library(${plugin} MODULE ${sources} ${kit_sources})
  set(parts ${plugin})
  foreach(entry IN LISTS MUTATOR)
    set(set_name "${arg_OF}")
    set(header "${entry}")
    if(entry MATCHES "^([^=]+)=(.+)$")
      set(set_name "${arg_OF}_${CMAKE_MATCH_1}")
      set(header "${CMAKE_MATCH_2}")
    endif()
    heapmark_identifier(id "${set_name}")
    set(export "${CMAKE_CURRENT_BINARY_DIR}/${arg_NAME}_export_${id}.c")
    file(CONFIGURE OUTPUT "${export}" CONTENT
      "/* Written by heapmark_add_altered_collector. */\n#define HM_KERNELS K(program)\n#include <heapmark/export.h>\n")
    set(part "${plugin}_${id}")
    add_library(${part} OBJECT "${export}" "${workloads}/program.c")
    target_compile_definitions(${part} PRIVATE
      "HEAPMARK_MUTATOR=\"${DIRECTORY}/${header}\"" "HM_KERNEL_SET=${id}")
    target_sources(${plugin} PRIVATE $<TARGET_OBJECTS:${part}>)
    list(APPEND parts ${part})
  endforeach()
  find_package(Threads REQUIRED)
  heapmark_set_revisions()
  foreach(part IN LISTS parts)
    target_link_libraries(${part} PRIVATE heapmark_contract heapmark_flags Threads::Threads)
    target_compile_definitions(${part} PRIVATE ${arg_DEFINITIONS} "HM_BUILD=\"altered\"")
    target_include_directories(${part} PRIVATE "${DIRECTORY}/..")
    set_target_properties(${part} PROPERTIES C_VISIBILITY_PRESET hidden)
  endforeach()
  set_target_properties(${plugin} PROPERTIES PREFIX "" OUTPUT_NAME "${arg_NAME}"
    LIBRARY_OUTPUT_DIRECTORY "${HEAPMARK_ALTERED_DIRECTORY}")
endfunction()
