# SPDX-License-Identifier: MIT
# The tracing collectors' tests. Each program takes PLUGIN SCALE [option=value ...].
foreach(test conformance threads weak)
  add_executable(tracing_${test}_test tracing_${test}_test.c tracing_fixture.c)
  target_link_libraries(tracing_${test}_test PRIVATE drive_support PkgConfig::CMOCKA)
endforeach()

# Run every program with one plugin, divided by `scale`.
function(heapmark_test_tracing name plugin scale)
  if(NOT TARGET heapmark_plugin_${plugin})
    return()
  endif()
  foreach(test conformance threads weak)
    add_test(NAME plugins/${name}/${test}
      COMMAND tracing_${test}_test $<TARGET_FILE:heapmark_plugin_${plugin}> ${scale} ${ARGN})
  endforeach()
endfunction()

heapmark_test_tracing(semispace semispace 1)
heapmark_test_tracing(semispace-every-1 semispace 1000 every=1)
heapmark_test_tracing(semispace-every-7 semispace 500 every=7)
# A collection at every allocation is dear, and dearer by far where each copies poisoned memory.
set_tests_properties(plugins/semispace-every-1/weak plugins/semispace-every-7/weak PROPERTIES
  LABELS nosan)
heapmark_test_tracing(mark-sweep mark-sweep 1)
heapmark_test_tracing(mark-sweep-workers-3 mark-sweep 1 workers=3)
heapmark_test_tracing(mark-sweep-stack mark-sweep 1 stack=64KiB)

# Run a workload on a plugin, in both dispatches: heapmark_drive_tracing(NAME PLUGIN WORKLOAD …).
function(heapmark_drive_tracing name plugin)
  if(NOT TARGET heapmark_plugin_${plugin})
    return()
  endif()
  foreach(dispatch table inline)
    add_test(NAME plugins/${name}/${dispatch}
      COMMAND drive $<TARGET_FILE:heapmark_plugin_${plugin}> ${ARGN} --dispatch ${dispatch})
  endforeach()
endfunction()

heapmark_drive_tracing(semispace/trees semispace binary-trees -t 2 --heap 16MiB)
heapmark_drive_tracing(semispace-every-1/trees semispace
  binary-trees depth=6 iterations=3 -t 2 --heap 16MiB -o every=1)

# What the kit does for ephemerons, without a collector.
add_executable(plugins_traced_test traced_test.c)
target_link_libraries(plugins_traced_test PRIVATE heapmark_kit heapmark_flags PkgConfig::CMOCKA)
add_test(NAME plugins/traced COMMAND plugins_traced_test)
