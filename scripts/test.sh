#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Installs what is missing, builds, and runs the tests by CTest.
#
#   scripts/test.sh [--preset release|debug|asan|tsan] [--compiler gcc|clang]
#                   [--label LABEL] [--quick] [CTEST ARGUMENT...]
#
#   --preset P     which build (release); asan and tsan leave out tests that cannot run under them
#   --compiler C   build with C, in a folder of its own
#   --label L      only the tests with this label; the only way to run those labelled nightly, kills,
#                  stress, soak or faults
#   --quick        leave out the tests labelled slow
# CONTRIBUTING.md lists the labels. The exit status is that of the build or of CTest.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  printf 'test.sh: %s\n' "$1" >&2
  exit 2
}

preset=release compiler='' label='' quick=''
while [ $# -gt 0 ]; do
  case $1 in
    --preset | --compiler | --label)
      [ $# -ge 2 ] || usage "$1 needs a value"
      declare "${1#--}=$2"
      shift 2
      ;;
    --quick)
      quick=yes
      shift
      ;;
    -h | --help)
      sed -n '/^#   scripts/,/^set/s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    *) break ;;
  esac
done
case $preset in
  release | debug | asan | tsan) ;;
  *) usage "no preset '$preset': choose release, debug, asan or tsan" ;;
esac

folder=build/$preset
options=()
case $compiler in
  '') ;;
  gcc) options=(-DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++) ;;
  clang) options=(-DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++) ;;
  *) usage "no compiler '$compiler': choose gcc or clang" ;;
esac
[ -z "$compiler" ] || folder+=-$compiler

left_out=(nightly kills stress soak faults)
[ -z "$quick" ] || left_out+=(slow)
wrapper=()
case $preset in
  asan)
    left_out+=(nosan)
    export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:${ASAN_OPTIONS:-}
    export UBSAN_OPTIONS=print_stacktrace=1:${UBSAN_OPTIONS:-}
    ;;
  tsan)
    left_out+=(nosan notsan)
    export TSAN_OPTIONS=second_deadlock_stack=1:${TSAN_OPTIONS:-}
    ;;
esac

# The sanitizers of gcc 12 and clang 14 place their shadow memory where no library may lie: with
# more than 28 random bits in addresses one sometimes does, and the program dies at its start.
if [ "$preset" = asan ] || [ "$preset" = tsan ]; then
  bits=$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0)
  if [ "$bits" -gt 28 ]; then
    setarch -R true 2>/dev/null || {
      printf 'test.sh: addresses have %s random bits, more than sanitizers bear, and setarch -R is not allowed here: run "sysctl vm.mmap_rnd_bits=28" as root\n' "$bits" >&2
      exit 3
    }
    wrapper=(setarch -R)
  fi
fi

selection=()
[ -z "$label" ] || selection=(-L "^$label\$")
excluded=''
for name in "${left_out[@]}"; do
  [ "$name" = "$label" ] || excluded+=${excluded:+|}$name
done
# Tests that take so long are not in a bare ctest either.
case $label in
  stress | soak | faults) selection+=(-C "$label") ;;
esac
[ -z "$excluded" ] || selection+=(-LE "^($excluded)\$")

scripts/install-dependencies.sh build charts test
cmake --preset "$preset" -B "$folder" "${options[@]}"
cmake --build "$folder"
# One more test at once than there are processors: some wait for others' processes.
exec "${wrapper[@]}" ctest --test-dir "$folder" --output-on-failure --no-tests=error \
  --no-label-summary --timeout 300 -j $(($(nproc) + 1)) "${selection[@]}" "$@"
