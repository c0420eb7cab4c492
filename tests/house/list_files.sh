#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Prints the files of a tree, relative to its root: what git tracks, or, where the tree is no
# checkout, every file outside build/ and results/.
#
#   list_files.sh ROOT
set -euo pipefail
cd "$1"
if [ -e .git ] && tracked=$(git ls-files 2>/dev/null); then
  while IFS= read -r file; do
    # A tracked file that is deleted but not yet committed has nothing to check.
    if [ -f "$file" ]; then printf '%s\n' "$file"; fi
  done <<<"$tracked"
else
  find . \( -path ./build -o -path ./results -o -path ./.git \) -prune -o -type f -print |
    sed 's,^\./,,' | sort
fi
