#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Holds that stamps take less than 1 % of a whole trial, by counts of instructions, which do not
# depend on how busy the machine is: the same trial under callgrind with stamps and without. There
# slow paths last longer, so that more of them are kept than else: it is an upper bound.
#
#   stamps_cost.sh HEAPMARK COLLECTOR [WORKLOAD]
set -euo pipefail

heapmark=$1 collector=$2 workload=${3:-churn:rounds=20000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The most of one process: the trial's, beside that of its supervisor.
count() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$folder/%p" \
    "$heapmark" trial -c "$collector" -w "$workload" "$@" >/dev/null 2>"$folder/said" || {
    cat "$folder/said" >&2
    exit 1
  }
  sed -n 's/.*Collected : //p' "$folder"/* | sort -n | tail -n 1
  rm -f "$folder"/*
}

with=$(count) without=$(count --no-stamps)
echo "$with instructions with stamps, $without without: $((100000 * (with - without) / without)) per 100000"
if ((with <= without)); then
  echo "no stamps were taken" >&2
  exit 1
fi
if ((100 * (with - without) >= without)); then
  echo "stamps take 1 % or more" >&2
  exit 1
fi
