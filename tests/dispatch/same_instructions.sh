#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Counts the instructions of a kernel's step, once in a .so and once linked into a program, and fails
# when they differ by more than one in a hundred.
set -euo pipefail
[ $# -eq 5 ] || { echo "usage: same_instructions.sh VALGRIND LOADED LINKED PLUGIN WORK" >&2; exit 2; }
valgrind=$1 loaded=$2 linked=$3 plugin=$4 work=$5
mkdir -p "$work"

# Instructions from entry to exit of the function `step`.
count() { # NAME PROGRAM ARGUMENTS...
    local name=$1
    shift
    "$valgrind" --tool=callgrind --toggle-collect=step --callgrind-out-file="$work/$name.out" \
        "$@" >"$work/$name.log" 2>&1
    awk '/^(summary|totals):/ { print $2; exit }' "$work/$name.out"
}

status=0
for workload in "binary-trees depth=10 iterations=20" "lru capacity=2000 keys=10000 requests=60000"; do
    read -ra words <<<"$workload"
    in_so=$(count "loaded-${words[0]}" "$loaded" "$plugin" "${words[@]}")
    in_program=$(count "linked-${words[0]}" "$linked" linked "${words[@]}")
    echo "${words[*]}: $in_so instructions in the .so, $in_program linked"
    awk -v a="$in_so" -v b="$in_program" \
        'BEGIN { if (a < 100000 || b < 100000) exit 1; r = a / b; exit !(r > 0.99 && r < 1.01) }' ||
        { echo "they differ by more than 1 %, or too few were counted" >&2; status=1; }
done
exit $status
