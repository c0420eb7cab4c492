#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Fails on a header that does not compile alone, or not twice, as strict C11.
#
#   headers_alone.sh ROOT COMPILER [FLAG...]
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$1
shift

# What lets a header compile that refuses outsiders with #error; each must refuse without. A floor's
# own header is FLOOR/internal.h, and HEAPMARK_FLOOR_INTERNAL lets it in.
admission() {
  local floor
  case $1 in
    include/heapmark/export.h)
      echo "-Iplugins -DHEAPMARK_MUTATOR=<none/mutator.h> -DHM_KERNEL_SET=alone -DHM_KERNELS="
      ;;
    plugins/kit/counting.h | plugins/kit/release.h)
      echo '-include refcount/mutator_plain.h'
      ;;
    harness/*/internal.h)
      floor=${1#harness/} floor=${floor%%/*}
      echo "-DHEAPMARK_${floor^^}_INTERNAL"
      ;;
  esac
}

headers=$("$here/list_files.sh" "$root" | grep -E '^(include|workloads|plugins|harness)/.*\.h$') || {
  echo "headers_alone: no headers under $root" >&2
  exit 1
}
cd "$root" || exit 1

compiler=("$@")

# compile HEADER FLAG...: each house sees the folders that its walls allow, and no others. A header
# alone calls none of its functions.
compile() {
  local header=$1 folders=(-Iinclude)
  shift
  case $header in
    plugins/*) folders+=(-Iplugins) ;;
    harness/*) folders+=(-Iharness) ;;
  esac
  printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
    "${compiler[@]}" "${folders[@]}" "$@" -Wno-unused-function \
      -x c -std=c11 -fsyntax-only -
}

failed=0
complain() {
  printf '%s: %s\n' "$1" "$2" >&2
  failed=1
}

count=0
for header in $headers; do
  count=$((count + 1))
  read -r -a flags <<<"$(admission "$header")"
  compile "$header" "${flags[@]}" || complain "$header" 'does not compile alone'
  if [ ${#flags[@]} -gt 0 ]; then
    if said=$(compile "$header" 2>&1) || ! grep -q '#error' <<<"$said"; then
      complain "$header" 'is internal but does not refuse outsiders with #error'
    fi
  fi
done
[ "$failed" = 0 ] && printf 'headers_alone: %d headers compile alone\n' "$count"
exit "$failed"
