#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# How long `heapmark list collectors` takes from its start to its end: the median and the least of
# 50 runs, after 5 that are not counted. Several programs are measured in turns, so that what slows
# the machine slows all.
#
#   list_latency.sh HEAPMARK...
set -euo pipefail
runs=50 warm=5
[ $# -gt 0 ] || {
  printf 'list_latency: name one program or several\n' >&2
  exit 2
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for ((run = -warm; run < runs; run++)); do
  number=0
  for program in "$@"; do
    number=$((number + 1))
    began=$(date +%s%N)
    "$program" list collectors >/dev/null
    [ "$run" -lt 0 ] || echo $((($(date +%s%N) - began) / 1000)) >>"$folder/$number"
  done
done
number=0
for program in "$@"; do
  number=$((number + 1))
  sort -n "$folder/$number" | awk -v program="$program" -v half=$((runs / 2)) '
    NR == 1 {least = $1} NR == half {median = $1}
    END {printf "%s: median %.1f ms, least %.1f ms of %d runs\n", program, median / 1000, least / 1000, NR}'
done
