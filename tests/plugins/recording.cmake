# SPDX-License-Identifier: MIT
#
# When objects die, as the oracle records it and explicit frees by it.
add_executable(recording_test recording_test.c)
target_link_libraries(recording_test PRIVATE drive_support heapmark_kit PkgConfig::CMOCKA)
add_test(NAME plugins/recording
  COMMAND recording_test $<TARGET_FILE:heapmark_plugin_oracle> $<TARGET_FILE:heapmark_plugin_explicit>)
