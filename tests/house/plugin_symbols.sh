#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Fails on a plugin that exports more or less than heapmark_plugin, or that needs a symbol from
# elsewhere than the C library; but an adapter needs what it adapts (see `adapted`). Not for sanitized builds, whose runtime is linked in between.
#
#   plugin_symbols.sh ROOT PLUGIN_FOLDER NM
set -uo pipefail
root=$1 folder=$2 nm=$3

failed=0
complain() {
  printf '%s: %s\n' "$1" "$2" >&2
  failed=1
}

# Every collector of the tree must have come out of the build; one that is not for comparing, in a
# folder of its own beside the others.
for description in "$root"/plugins/*/CMakeLists.txt; do
  for name in $(sed -n 's/.*heapmark_add_collector( *NAME  *\([^ )]*\).*/\1/p' "$description"); do
    [ -f "$folder/$name.so" ] || [ -f "$folder/$name.absent" ] ||
      [ -f "$folder-$name/$name.so" ] || complain "$name" "the build made no $folder/$name.so"
  done
done

# The symbols that an adapter takes from the collector it stands for, by the plugin's name.
declare -A adapted=([bdwgc]='^GC_')

count=0
for plugin in "$folder"/*.so "$folder"-calibration/*.so; do
  [ -f "$plugin" ] || continue
  count=$((count + 1))
  exported=$("$nm" -D --defined-only --format=posix "$plugin" | cut -d ' ' -f 1 | tr '\n' ' ')
  [ "$exported" = 'heapmark_plugin ' ] ||
    complain "$plugin" "exports '${exported% }' and should export heapmark_plugin alone"
  # Weak references may stay unresolved: the start-up files have some.
  needed=$("$nm" -D --undefined-only "$plugin" | awk '$1 == "U" { print $2 }' |
    grep -vE "@GLIBC_[0-9.]+\$|${adapted[$(basename "$plugin" .so)]:-^\$}")
  [ -z "$needed" ] ||
    complain "$plugin" "needs ${needed//$'\n'/ } from outside the C library"
done
[ "$count" -gt 0 ] || complain "$folder" 'has no plugin at all'
[ "$failed" = 0 ] && printf 'plugin_symbols: %d plugins export heapmark_plugin alone\n' "$count"
exit "$failed"
