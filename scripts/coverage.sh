#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# How much of plugins/ and harness/ the tests run: builds for counting, runs the tests, and prints
# lines and branches by folder, and the files below 90 % of lines with what never ran in them.
#
#   scripts/coverage.sh [--label LABEL]... [CTEST ARGUMENT...]
#
#   --label L      also the tests with this label: stress, soak, faults, nightly or kills
#
# The counts of earlier runs are dropped. Tests of the house are left out: they look at files, or at
# exported names, and gcc exports some of its own here; so is the build of a plugin outside the tree,
# which knows nothing of counting, and what calibrates instructions to 1 %, as counting takes more.
# Processes that a signal ends (crashes on purpose, time limits) write no counts; those that end by
# _exit or abort do (tests/coverage/keep_counts.c). The exit status is that of CTest.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

folder=$PWD/build/coverage
left_out=(nightly kills stress soak faults house)
configurations=()
while [ "${1:-}" = --label ] && [ $# -ge 2 ]; do
  kept=()
  for name in "${left_out[@]}"; do
    [ "$name" = "$2" ] || kept+=("$name")
  done
  left_out=("${kept[@]}")
  configurations+=("$2")
  shift 2
done

scripts/install-dependencies.sh build test || exit
cmake --preset coverage -B "$folder" && cmake --build "$folder" || exit
find "$folder" -name '*.gcda' -delete

# A test is in one configuration besides the usual one: a run for each.
status=0
for configuration in '' "${configurations[@]}"; do
  selection=()
  [ -z "$configuration" ] || selection=(-C "$configuration" -L "^$configuration\$")
  HEAPMARK_COVERAGE=$folder LD_PRELOAD=$folder/tests/coverage/keep_counts.so \
    ctest --test-dir "$folder" --output-on-failure --no-label-summary --timeout 600 \
    -j $(($(nproc) + 1)) -LE "^($(IFS='|' && printf '%s' "${left_out[*]}"))\$" -E '^(install/outside_test|calibration/steps)$' \
    "${selection[@]}" "$@" ||
    status=$?
done
printf '\n'
python3 scripts/coverage_table.py "$folder" harness plugins || exit
exit "$status"
