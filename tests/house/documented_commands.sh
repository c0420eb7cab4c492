#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Fails when the README does not name both commands, or when a text names a script that does not
# exist or cannot be run.
#
#   documented_commands.sh ROOT
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
texts=$("$here/list_files.sh" "$1" | grep -E '\.md$') || {
  echo "documented_commands: no texts under $1" >&2
  exit 1
}
cd "$1" || exit 1

failed=0
complain() {
  printf '%s: %s\n' "$1" "$2" >&2
  failed=1
}

for command in scripts/bench.sh scripts/test.sh; do
  grep -qF "$command" README.md || complain README.md "does not name $command"
done
while IFS=: read -r text script; do
  [ -x "scripts/${script#*scripts/}" ] ||
    complain "$text" "names scripts/${script#*scripts/}, which is not there to be run"
done < <(printf '%s\n' "$texts" |
  xargs grep -oE '(^|[^A-Za-z0-9_./-])scripts/[A-Za-z0-9_-]+\.[a-z]+' /dev/null | sort -u)
[ "$failed" = 0 ] && echo 'documented_commands: every script that a text names is there'
exit "$failed"
