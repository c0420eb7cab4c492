#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# check --refuse: a fault that only a refused request shows is found, its file says which request,
# and replay refuses it again; a sound collector is sound; one that cannot refuse is told so.
#
#   refuse_test.sh HEAPMARK ALTERED_REFCOUNT PLUGIN
set -uo pipefail
heapmark=$1 altered=$2 plugin=$3
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

fail() {
  printf 'refuse_test: %s\n' "$1" >&2
  cat "$folder/said" >&2
  exit 1
}

# hunt STATUS COLLECTOR OPTION...: so it ends.
hunt() {
  local status=$1
  shift
  "$heapmark" check "$@" --profile mix --threads 1 --quiet --output "$folder/found" >"$folder/said" 2>&1
  [ $? = "$status" ] || fail "check $* does not end with status $status"
}

export HEAPMARK_FAULT=al18 # where a growth is refused the table is emptied
hunt 0 "$altered" --programs 8
hunt 1 "$altered" --programs 16 --refuse --shrink-time 1s
found=("$folder"/found/*.program)
cp "${found[0]}" "$folder/said"
grep -qE '^refuse-memory [1-9]' "${found[0]}" || fail 'the file does not say which request is refused'
# Which request it is depends on addresses, as weak objects lie in buckets by those of their targets:
# so each find breaks again in another process only where addresses are the same, which the kernel
# may not allow. One thread alone, as races break again by chance.
for seed in 60 120; do
  hunt 1 "$altered" --programs 16 --seed "$seed" --refuse --shrink-time 1s
done
if setarch -R true 2>/dev/null; then
  for file in "$folder"/found/*.program; do
    "$heapmark" replay "$file" --times 3 >"$folder/said" 2>&1
    [ $? = 1 ] || fail "replay $file breaks nothing"
  done
fi
unset HEAPMARK_FAULT
"$heapmark" replay "${found[0]}" --times 3 >"$folder/said" 2>&1 || fail 'it breaks without the fault'
hunt 0 "$altered" --programs 4 --refuse
grep -qE '^  [1-9][0-9]* requests for memory or threads were refused on purpose, in [1-9][0-9]+ runs' \
  "$folder/said" || fail 'the table does not say how many were refused'
hunt 0 "$altered" --programs 4 --refuse --json
grep -qE '"requests_refused": [1-9]' "$folder/said" || fail 'nor does the JSON'
hunt 2 "$plugin" --programs 2 --refuse
grep -q 'was refused nothing, as it is not built for it' "$folder/said" || fail 'it is not told'
