#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Lets libFuzzer look for inputs that break something, from the corpus of tests/fuzz on.
#
#   scripts/fuzz.sh [--time SECONDS] [--collector NAME] [--fault ID] [--keep] TARGET
#                   [LIBFUZZER ARGUMENT...]
#
#   TARGET          suite, program, database: files that are read
#                   operations: programs, run on a collector
#   --time S        for so long (60)
#   --collector N   refcount, refcount-cycles, mark-sweep (the standard) or semispace, in their
#                   narrow build; of operations
#   --fault F       with this fault planted in it (tests/faults/faults.csv)
#   --keep          afterwards make the corpus of what covers most, in the fewest files
# What it tries goes to build/fuzz/corpus, and what breaks something to build/fuzz/finds. The exit
# status is libFuzzer's: 0 nothing was found.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  printf 'fuzz.sh: %s\n' "$1" >&2
  exit 2
}

seconds=60 collector=mark-sweep fault='' keep='' target=''
while [ $# -gt 0 ]; do
  case $1 in
    --time | --collector | --fault)
      [ $# -ge 2 ] || usage "$1 needs a value"
      case $1 in
        --time) seconds=$2 ;;
        --collector) collector=$2 ;;
        --fault) fault=$2 ;;
      esac
      shift 2
      ;;
    --keep)
      keep=yes
      shift
      ;;
    -h | --help)
      sed -n '/^#   scripts/,/^set/s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    *)
      target=$1
      shift
      break
      ;;
  esac
done
# Bytes: a database has its tables, all others are short.
longest=1200
case $target in
  suite | program) ;;
  operations) longest=600 ;;
  database) longest=14000 ;;
  *) usage "the target is '$target': choose suite, program, database or operations" ;;
esac

scripts/install-dependencies.sh build test fuzz
cmake --preset fuzz
cmake --build --preset fuzz --target "fuzz_$target"

program=build/fuzz/tests/bin/fuzz_$target
tried=build/fuzz/corpus/$target found=build/fuzz/finds/$target
kept=tests/fuzz/corpus/$target
mkdir -p "$tried" "$found"
if [ "$target" = operations ]; then
  HEAPMARK_FUZZ_COLLECTOR=$PWD/build/fuzz/lib/heapmark-altered/fuzz-$collector.so
  [ -f "$HEAPMARK_FUZZ_COLLECTOR" ] || usage "there is no collector '$collector' for the fuzzer"
  export HEAPMARK_FUZZ_COLLECTOR
  [ -z "$fault" ] || export HEAPMARK_FAULT=$fault
fi
status=0
"$program" -max_total_time="$seconds" -print_funcs=0 -max_len=$longest -timeout=30 -rss_limit_mb=3000 \
  -artifact_prefix="$found/" "$@" "$tried" "$kept" || status=$?
if [ -n "$keep" ] && [ $status = 0 ]; then
  fresh=$(mktemp -d)
  trap 'rm -rf "$fresh"' EXIT
  "$program" -set_cover_merge=1 -use_counters=0 -use_cmp=0 -max_len=$longest -timeout=30 \
    "$fresh" "$kept" "$tried"
  rm -f "$kept"/*
  cp "$fresh"/* "$kept"
fi
exit $status
