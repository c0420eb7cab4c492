#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A fault that needs a small mark stack is found though nobody asked for one; the program's file names
# the options that were drawn, and breaks again with them alone. What the user gives stays as it is.
#
#   options_named_test.sh HEAPMARK ALTERED_MARK_SWEEP
set -uo pipefail
heapmark=$1 plugin=$2
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

fail() {
  printf 'options_named_test: %s\n' "$1" >&2
  cat "$folder/said" >&2
  exit 1
}

# hunt COLLECTOR STATUS: so it ends.
hunt() {
  "$heapmark" check "$1" --profile mix,structures --programs 24 --property safety --quiet \
    --shrink-time 0 --output "$folder/found" >"$folder/said" 2>&1
  [ $? = "$2" ] || fail "check $1 does not end with status $2"
}

export HEAPMARK_FAULT=tr4 # what finds no room on the mark stack is not followed
hunt "$plugin" 1
found=("$folder"/found/*.program)
grep -qE '^collector .*/default:(.*,)?stack=' "${found[0]}" || {
  cp "${found[0]}" "$folder/said"
  fail 'the file does not name the stack'
}
"$heapmark" replay "${found[0]}" --times 5 >"$folder/said" 2>&1
[ $? = 1 ] || fail 'the program breaks nothing with the options of its file'
"$heapmark" replay "${found[0]}" "$plugin" --times 5 >"$folder/said" 2>&1 ||
  fail 'the program breaks something with standard options'
hunt "$plugin:stack=16777216" 0
