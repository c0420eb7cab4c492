#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Fails on an #include that crosses a wall of the house; the rules are in include_walls.awk.
#
#   include_walls.sh ROOT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
files=$("$here/list_files.sh" "$1" | grep -E '\.(c|h|inc|def|cc|cpp|cxx|hh|hpp|hxx)$') || {
  echo "include_walls: no sources under $1" >&2
  exit 1
}
cd "$1"
plugins=$(find plugins -mindepth 1 -maxdepth 1 -type d -printf '%f ' 2>/dev/null || true)
printf '%s\n' "$files" | xargs awk -v plugins="$plugins" -f "$here/include_walls.awk"
printf 'include_walls: %d files keep to their walls\n' "$(printf '%s\n' "$files" | wc -l)"
