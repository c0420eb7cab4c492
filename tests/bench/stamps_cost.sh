#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Holds that stamps take less than 1 % of a whole trial, by counts of instructions, which do not
# depend on how busy the machine is: the same trial under callgrind with stamps and without. There
# slow paths last longer, so that more of them are kept than else: it is an upper bound. The thread
# that looks at memory from time to time is left out, as how often it looks is a matter of time.
#
#   stamps_cost.sh HEAPMARK COLLECTOR [WORKLOAD]
set -euo pipefail

heapmark=$1 collector=$2 workload=${3:-churn:rounds=20000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Of all threads of the process that has the sampler's, but that: its supervisor has none. A file for
# each thread, out.PROCESS-THREAD.
count() {
  valgrind --tool=callgrind --separate-threads=yes --callgrind-out-file="$folder/out.%p" \
    --log-file="$folder/log.%p" \
    "$heapmark" trial -c "$collector" -w "$workload" "$@" >/dev/null 2>"$folder/said" || {
    cat "$folder/said" >&2
    exit 1
  }
  local sampler
  sampler=$(grep -lE '^c?fn=\([0-9]+\) sampler_weigh$' "$folder"/out.*-*) || sampler=
  [[ -n $sampler && $sampler != *$'\n'* ]] || {
    echo "the sampler's thread is not to be told from others: '$sampler'" >&2
    exit 1
  }
  for thread in "${sampler%-*}"-*; do
    [[ $thread == "$sampler" ]] || sed -n 's/^totals: //p' "$thread"
  done | awk '{ sum += $1 } END { printf "%d\n", sum }'
  rm -f "$folder"/*
}

with=$(count)
without=$(count --no-stamps)
echo "$with instructions with stamps, $without without: $((100000 * (with - without) / without)) per 100000"
if ((with <= without)); then
  echo "no stamps were taken" >&2
  exit 1
fi
if ((100 * (with - without) >= without)); then
  echo "stamps take 1 % or more" >&2
  exit 1
fi
