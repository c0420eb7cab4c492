#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Installs what is missing, builds, runs the quick suite and writes results/report.html.
# Arguments are appended to `heapmark run`: -c and -w add to the suite, others replace what it says.
#
# Exit status: that of heapmark (0 completed, 1 a trial failed, 2 a mistake in the arguments,
# 3 the system failed, 130 interrupted).
set -euo pipefail
cd "$(dirname "$0")/.."

# The quick suite.
collectors=none,refcount,refcount-cycles,mark-sweep,semispace
workloads=binary-trees:iterations=100,gcbench:long_depth=14,most_depth=14,array=100000,churn:rounds=200000,rings:rounds=200000,lru:requests=400000,handoff:batches=4000
threads=1,2
invocations=3

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
  previous=$argument
done

scripts/install-dependencies.sh build
cmake --preset release
cmake --build --preset release --target heapmark plugins

status=0
build/release/bin/heapmark run -c "$collectors" -w "$workloads" -t "$threads" \
  --invocations "$invocations" --seed 1 --label quick --baseline mark-sweep --db "$database" "$@" || status=$?
# Trials that failed are results too, and belong into the report.
[ "$status" -le 1 ] || exit "$status"

build/release/bin/heapmark report --db "$database" --out "$report"
printf 'The report is %s\n' "$PWD/$report"
exit "$status"
