#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs scripts/install-dependencies.sh on machines made of stand-ins: a PATH that holds the few
# tools it needs, a dpkg-query that knows what we say, and an apt-get that only keeps a record.
# shellcheck source=planted.sh
. "$(dirname "$0")/planted.sh"
script=$here/../../scripts/install-dependencies.sh

# tool NAME LINE...: a stand-in on the machine.
tool() {
  plant "bin/$1" "#!$BASH" "${@:2}"
  chmod +x "$tree/bin/$1"
}

# machine USER PACKAGE...: USER is root or any; PACKAGE is installed.
machine() {
  local name user=$1
  shift
  clean
  mkdir "$tree/bin"
  for name in bash env grep mktemp rm tail; do
    ln -s "$(command -v "$name")" "$tree/bin/$name"
  done
  tool id "[ $user = root ] && echo 0 || echo 1000"
  tool dpkg-query "printf 'installed %s\n' $*" 'echo half-configured cmake' 'exit 1'
  tool apt-get "echo apt-get \"\$@\" >>'$tree/record'" 'echo Fetched 1 MB'
}

install() {
  PATH=$tree/bin "$BASH" "$script" "$@" </dev/null
}

# ends STATUS COMMAND...: succeeds when COMMAND says one sentence and ends with STATUS.
ends() {
  local expected=$1 status=0 said
  shift
  said=$("$@" 2>&1) || status=$?
  printf '%s\n' "$said"
  [ "$status" = "$expected" ] && [ "$(grep -c '^install-dependencies: ' <<<"$said")" = 1 ]
}

unrecorded() {
  ! [ -e "$tree/record" ]
}

everything=$(sed -n '/^declare -A packages/,/^)/p' "$script" |
  sed -n 's/^ *\(\[[a-z]*\]="\)\{0,1\}\([a-z0-9+ -]*\)"\{0,1\}$/\2/p' | tr '\n' ' ')
but_cmake=${everything/ cmake / }

# Nothing is missing: no apt, whoever asks.
# shellcheck disable=SC2086
machine any $everything
passes install build test
passes unrecorded

# What is missing is installed, and nothing else; half-configured is missing.
# shellcheck disable=SC2086
machine root $but_cmake
passes install build
passes grep -qE '^apt-get .* update$' "$tree/record"
passes grep -qE '^apt-get .* install --no-install-recommends cmake$' "$tree/record"

# Only the purposes asked for count.
# shellcheck disable=SC2086
machine root ${everything/ valgrind / }
passes install build
passes unrecorded

machine any
passes ends 3 install build
finds 'neither root nor has sudo: install them as root with .apt-get update .* cmake' install build
passes unrecorded

# Without a terminal sudo must not ask for a password.
# shellcheck disable=SC2086
machine any $but_cmake
tool sudo "[ \"\$1\" = -n ] && shift && exec \"\$@\""
passes install build
passes grep -q 'install --no-install-recommends cmake' "$tree/record"

machine root
tool apt-get 'echo E: Could not resolve the mirror' 'exit 100'
passes ends 3 install test
finds 'apt-get failed \(E: Could not resolve the mirror\).* valgrind' install test

machine root
rm "$tree/bin/dpkg-query"
passes ends 3 install build
finds 'this is no Debian.*libhwloc-dev' install build

machine root
passes ends 2 install cake
finds "no purpose 'cake'" install cake

finish
