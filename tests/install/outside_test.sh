#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Installs the build into an empty folder, builds a plugin against that alone, and runs a trial of it
# with the installed program, table and inline.
set -euo pipefail
[ $# -eq 6 ] || { echo "usage: outside_test.sh CMAKE GENERATOR BUILD SOURCE WORK COMPILER" >&2; exit 2; }
cmake=$1 generator=$2 build=$3 source=$4 work=$5 compiler=$6

rm -rf "$work"
mkdir -p "$work"
"$cmake" --install "$build" --prefix "$work/prefix" >"$work/install.log"
"$cmake" -G "$generator" -S "$source" -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER="$compiler" \
    -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_INSTALL_PREFIX="$work/prefix" >"$work/configure.log"
"$cmake" --build "$work/build" >"$work/build.log"
"$cmake" --install "$work/build" >>"$work/install.log"

# The installed program lies beside its plugins and finds them, the new one among them.
heapmark=$work/prefix/bin/heapmark
"$heapmark" list collectors >"$work/list.log"
grep -q outside "$work/list.log"
for dispatch in table inline; do
    "$heapmark" trial -c outside -w binary-trees:depth=8,iterations=3 --dispatch "$dispatch" --json \
        >"$work/$dispatch.json"
    grep -q "\"outcome\": *\"ok\"" "$work/$dispatch.json"
    grep -q "\"dispatch\": *\"$dispatch\"" "$work/$dispatch.json"
done

# Manual pages and completion lie where man and the shells look for them.
for file in man/man1/heapmark.1 man/man1/heapmark-run.1 bash-completion/completions/heapmark \
    zsh/site-functions/_heapmark fish/vendor_completions.d/heapmark.fish; do
    [ -s "$work/prefix/share/$file" ] || { echo "share/$file is not installed" >&2; exit 1; }
done
