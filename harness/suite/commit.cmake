# SPDX-License-Identifier: MIT
#
# Writes OUT, a header with the commit that is built, when it has changed; "" where it is not known.
set(commit "")
find_program(git git)
if(git)
  execute_process(COMMAND "${git}" -C "${SOURCE}" describe --always --dirty --exclude=* --abbrev=12
    OUTPUT_VARIABLE commit ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
set(content "/* Written by the build. */\n#define HEAPMARK_COMMIT \"${commit}\"\n")
if(EXISTS "${OUT}")
  file(READ "${OUT}" before)
endif()
if(NOT "${before}" STREQUAL "${content}")
  file(WRITE "${OUT}" "${content}")
endif()
