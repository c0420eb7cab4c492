# SPDX-License-Identifier: MIT
#
# What counting collectors owe; and the detector with hardly any stack, and at every candidate.
add_executable(counting_test counting_test.c)
target_link_libraries(counting_test PRIVATE drive_support PkgConfig::CMOCKA)
set(chain 10000000)
if(HEAPMARK_SANITIZE)
  set(chain 200000)
endif()
foreach(plugin refcount refcount-cycles)
  add_test(NAME plugins/${plugin}/counting
    COMMAND counting_test $<TARGET_FILE:heapmark_plugin_${plugin}> ${chain})
endforeach()
foreach(option stack=64KiB threshold=1)
  add_test(NAME plugins/refcount-cycles/counting/${option}
    COMMAND counting_test $<TARGET_FILE:heapmark_plugin_refcount-cycles> 20000 ${option})
endforeach()
