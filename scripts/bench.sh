#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Installs what is missing, builds, runs the quick suite and writes results/report.html.
# Arguments are appended to `heapmark run quick` and override the suite: -c NAME compares other
# collectors, -c +NAME one more.
#
# Exit status: that of heapmark (0 completed, 1 a trial failed, 2 a mistake in the arguments,
# 3 the system failed, 130 interrupted).
set -euo pipefail
cd "$(dirname "$0")/.."

database=results/heapmark.db
report=results/report.html

# The report is of the database that the run writes.
previous=''
for argument in "$@"; do
  if [ "$previous" = --db ]; then
    database=$argument
  elif [[ $argument == --db=* ]]; then
    database=${argument#--db=}
  fi
  [ "$argument" != --dry-run ] || report=''
  previous=$argument
done

scripts/install-dependencies.sh build
# npm is wanted once, when the program is built.
[ -e build/release/bin/heapmark ] || scripts/install-dependencies.sh charts ||
  printf 'The report will have pictures, but no interactive charts.\n'
cmake --preset release
cmake --build --preset release --target heapmark plugins

status=0
build/release/bin/heapmark run quick --db "$database" "$@" || status=$?
# Trials that failed are results too, and belong into the report.
[ "$status" -le 1 ] && [ -n "$report" ] || exit "$status"

build/release/bin/heapmark report --db "$database" --out "$report"
printf 'The report is %s\n' "$PWD/$report"
exit "$status"
