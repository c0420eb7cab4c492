# SPDX-License-Identifier: MIT
#
# Flags that all of Heapmark is compiled with, as one interface target.
add_library(heapmark_flags INTERFACE)
target_compile_features(heapmark_flags INTERFACE c_std_11 cxx_std_17)
target_compile_definitions(heapmark_flags INTERFACE _GNU_SOURCE)
set(heapmark_warnings -Wall -Wextra -Wshadow -Wundef -Wconversion -Werror)
set(heapmark_c_warnings -Wstrict-prototypes -Wmissing-prototypes)
target_compile_options(heapmark_flags INTERFACE
  ${heapmark_warnings}
  "$<$<COMPILE_LANGUAGE:C>:${heapmark_c_warnings}>"
  -fno-omit-frame-pointer)

set(HEAPMARK_SANITIZE "" CACHE STRING "address,undefined or thread: build under these sanitizers")
if(HEAPMARK_SANITIZE)
  target_compile_options(heapmark_flags INTERFACE
    -fsanitize=${HEAPMARK_SANITIZE} -fno-sanitize-recover=all)
  # gcc follows values through a sanitizer's calls and sees faults that are none. The other builds
  # keep these warnings.
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    target_compile_options(heapmark_flags INTERFACE -Wno-array-bounds -Wno-maybe-uninitialized
      -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
  target_link_options(heapmark_flags INTERFACE -fsanitize=${HEAPMARK_SANITIZE})
endif()

# For libFuzzer's targets (tests/fuzz): all code counts its edges. Clang only.
option(HEAPMARK_FUZZ "Build for libFuzzer, with the sanitizers of HEAPMARK_SANITIZE" OFF)
if(HEAPMARK_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "HEAPMARK_FUZZ needs clang: cmake --preset fuzz")
  endif()
  # Frames of spares may be null (push_spare.1), and one in a null frame has an address that nobody
  # follows: clang calls that an overflow.
  target_compile_options(heapmark_flags INTERFACE
    -fsanitize=fuzzer-no-link -fno-sanitize=pointer-overflow)
endif()

# Counts of lines and branches: scripts/coverage.sh. Threads count at once, so their counts are atomic.
option(HEAPMARK_COVERAGE "build so that tests count which lines run" OFF)
if(HEAPMARK_COVERAGE)
  target_compile_options(heapmark_flags INTERFACE --coverage -fprofile-update=prefer-atomic)
  target_link_options(heapmark_flags INTERFACE --coverage)
endif()

set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_CXX_EXTENSIONS OFF)
