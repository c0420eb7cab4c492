#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Do the tools that watch memory see into the heap of the kit? A program that is sound leaves them
# silent; with a planted fault it uses what was freed, and they say where.
#
#   poison_test.sh valgrind|address HEAPMARK PLUGIN FAULT    by valgrind, or in a sanitized build
set -euo pipefail
tool=$1 heapmark=$2 plugin=$3 fault=$4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() {
  printf 'poison_test: %s\n' "$1" >&2
  cat said log.* >&2 2>/dev/null || true
  exit 1
}

program() {
  printf '%s\n' 'heapmark program 1' 'seed 1' 'heap 33554432' 'places 1' 'threads 1' 'thread 0' \
    "$@" end >program
}

# watched COMMAND...: what it says is in `said`, what the tool says in `found`.
watched() {
  rm -f log.*
  local watcher=()
  [ "$tool" != valgrind ] || watcher=(valgrind -q --log-file=log.%p)
  "${watcher[@]}" "$@" >said 2>&1 || true
  # Valgrind's own complaints begin with two hyphens.
  if [ "$tool" = valgrind ]; then
    cat log.* | grep '^==' >found || true
  else
    grep 'AddressSanitizer' said >found || true
  fi
}

# What loses its last owner while it is used: a slot that is set to what it held, and a slot of the
# globals that only the collector knows of.
case $fault in
  rc2) program 'new 0 5 0' 'new 1 5 0' 'give 0 0 1' 'set-slot 0 0 0 0' 'meet 0' ;;
  tr2) program 'new 0 5 0' 'set-shared 0 0' 'clear 0' 'collect 0' 'get-shared 1 0' 'meet 0' ;;
  *) fail "there is no program for the fault $fault" ;;
esac
export HEAPMARK_FAULT=$fault
watched "$heapmark" replay program "$plugin"
grep -qE 'Invalid (read|write)|use-after-poison' found || fail "nobody saw the fault $fault"
export HEAPMARK_FAULT=none
watched "$heapmark" replay program "$plugin"
[ ! -s found ] || fail 'a sound collector is accused'
grep -q 'broke a property in 0 of 1 run' said || fail 'the program does not run'

# Cells and large objects that are freed and used again, moved, copied and swept.
lines=()
for ((i = 0; i < 24; i++)); do
  lines+=("new $((i % 8)) $((i % 14)) $((i * i * 20))" "set $((i % 5)) $i $((i % 8))"
    "clone 8 $((i % 8))" "copy $((i % 8)) 0 $((i % 3)) 1 9" "take 9 $((i % 7)) 0" 'clear 9'
    "fill $((i % 8)) 0 3 8" "give 3 0 $((i % 4))")
  ((i % 8 != 0)) || lines+=('collect 0' 'new-weak 10 8' 'weak-get 11 10')
done
program "${lines[@]}" drop-all 'meet 1'
watched "$heapmark" replay program "$plugin"
[ ! -s found ] || fail 'a sound collector is accused'
grep -q 'broke a property in 0 of 1 run' said || fail 'the program does not run'
