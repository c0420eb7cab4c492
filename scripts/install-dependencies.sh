#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Installs, from Debian's packages, what is missing for the purposes named, and nothing else.
# Where nothing is missing it calls no apt and needs no network.
#
#   scripts/install-dependencies.sh PURPOSE...     build, charts, test, fuzz
#
# Exit status: 0 everything is there, 2 unknown purpose, 3 something is missing and cannot be
# installed from here.
set -euo pipefail

# The one list of what Heapmark needs, by purpose. Recommended packages are not taken along, so
# what is needed of them is named (libc6-dev is only recommended by gcc).
declare -A packages=(
  [build]="gcc g++ libc6-dev cmake ninja-build pkgconf
           libhwloc-dev libbenchmark-dev libjansson-dev libmd-dev libsqlite3-dev libyaml-dev gnuplot-nox
           libgc-dev zlib1g-dev libmimalloc-dev libjemalloc-dev"
  [charts]="npm"
  [test]="libcmocka-dev valgrind clang clang-format sqlite3 libxml2-utils
          libbenchmark-tools python3-scipy chromium chromium-driver"
  [fuzz]="libclang-rt-dev"
)

fail() {
  printf 'install-dependencies: %s\n' "$1" >&2
  exit 3
}

wanted=()
for purpose in "$@"; do
  if [ -z "${packages[$purpose]:-}" ]; then
    printf "install-dependencies: no purpose '%s': choose build, charts, test or fuzz\n" "$purpose" >&2
    exit 2
  fi
  read -r -d '' -a list <<<"${packages[$purpose]}" || true
  wanted+=("${list[@]}")
done

command -v dpkg-query >/dev/null ||
  fail "this is no Debian, so install what stands for these packages of Debian 12 and build with 'cmake --preset release': ${wanted[*]}"

# dpkg-query fails when it knows one of the packages not at all; those are missing like the rest.
present=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || true)
missing=()
for package in "${wanted[@]}"; do
  # An npm of another origin does as well, and Debian's would not go beside it.
  [ "$package" != npm ] || ! command -v npm >/dev/null || continue
  grep -qxF "installed $package" <<<"$present" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

by_hand="install them as root with 'apt-get update && apt-get install --no-install-recommends ${missing[*]}'"
command -v apt-get >/dev/null || fail "${#missing[@]} packages are missing and there is no apt-get: ${missing[*]}"

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null ||
    fail "${#missing[@]} packages are missing, and this is neither root nor has sudo: $by_hand"
  as_root=(sudo)
  # Nobody can type a password where standard input is no terminal.
  [ -t 0 ] || as_root+=(-n)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
    -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "$@" >>"$log" 2>&1
}

printf 'Installing %d packages of Debian: %s\n' ${#missing[@]} "${missing[*]}"
if ! { apt update && apt install --no-install-recommends "${missing[@]}"; }; then
  reason=$(grep -m 1 -E '^(E:|sudo:)' "$log" || tail -n 1 "$log")
  fail "apt-get failed (${reason:-it said nothing}) for lack of a network or of rights perhaps: $by_hand"
fi
grep -E '^(Fetched|Need to get|After this operation)' "$log" || true
