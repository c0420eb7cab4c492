#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Fails on a source without its licence line, a mark that something is left to do, or a shell
# script that does not parse (shellcheck judges them too where it is installed).
#
#   source_rules.sh ROOT
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
files=$("$here/list_files.sh" "$1") || exit 1
cd "$1" || exit 1

failed=0
complain() {
  printf '%s: %s\n' "$1" "$2" >&2
  failed=1
}

# Written so that this file does not find itself.
marks='TO''DO|FIX''ME|XX''X'

count=0
while IFS= read -r file; do
  grep -qI . "$file" || continue # empty or binary
  count=$((count + 1))
  if left=$(grep -nwE "$marks" "$file"); then
    complain "$file" "leaves something to do: $left"
  fi
  shell=
  case $file in *.sh) shell=yes ;; esac
  if [[ $(head -n 1 "$file") =~ ^#!.*sh$ ]]; then shell=yes; fi
  case $shell$file in
    yes* | *.c | *.h | *.inc | *.def | *.cc | *.cpp | *.awk | *.cmake)
      head -n 2 "$file" | sed '1{/^#!/d}' | head -n 1 | grep -q 'SPDX-License-Identifier: MIT' ||
        complain "$file" 'does not begin with SPDX-License-Identifier: MIT'
      ;;
  esac
  if [ -n "$shell" ]; then
    bash -n "$file" || complain "$file" 'does not parse'
    if command -v shellcheck >/dev/null; then
      shellcheck -S warning "$file" || complain "$file" 'shellcheck finds fault with it'
    fi
  fi
done <<<"$files"
[ "$count" -gt 0 ] || complain "$1" 'has no files'
[ "$failed" = 0 ] && printf 'source_rules: %d files keep the rules\n' "$count"
exit "$failed"
