# SPDX-License-Identifier: MIT
#
# Sourced by the tests of the house's checks: small trees with faults planted in them, each of
# which a check must find, and name.
#
#   plant FILE TEXT...          writes FILE, a line a TEXT, in the tree
#   clean                       empties the tree
#   finds PATTERN CHECK...      CHECK must fail, and its output match PATTERN
#   passes CHECK...             CHECK must succeed
#   finish                      the last line of a test: its exit status
# shellcheck shell=bash
set -uo pipefail
# shellcheck disable=SC2034 # for the tests
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
wrong=0 cases=0

plant() {
  local path=$tree/$1
  [ -d "${path%/*}" ] || mkdir -p "${path%/*}"
  printf '%s\n' "${@:2}" >"$path"
}

clean() {
  find "$tree" -mindepth 1 -delete
}

blame() {
  printf 'line %s: %s; it said:\n%s\n' "${BASH_LINENO[1]}" "$1" "$2" >&2
  wrong=$((wrong + 1))
}

finds() {
  local pattern=$1 said
  shift
  cases=$((cases + 1))
  if said=$("$@" 2>&1); then
    blame "'$*' found nothing" "$said"
  elif ! grep -qE -- "$pattern" <<<"$said"; then
    blame "'$*' did not say '$pattern'" "$said"
  fi
}

passes() {
  local said
  cases=$((cases + 1))
  said=$("$@" 2>&1) || blame "'$*' failed" "$said"
}

finish() {
  printf '%d cases, %d wrong\n' "$cases" "$wrong"
  [ "$wrong" = 0 ] && [ "$cases" -gt 0 ]
}
