#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Fails on a source without its licence line, a mark that something is left to do, or a shell
# script that does not parse (shellcheck judges them too where it is installed).
#
#   source_rules.sh ROOT
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$1" || exit 1
mapfile -t files < <("$here/list_files.sh" .)
[ ${#files[@]} -gt 0 ] || {
  echo "source_rules: no files under $1" >&2
  exit 1
}
failed=0

# Written so that this file does not find itself.
marks='TO''DO|FIX''ME|XX''X'
if grep -InwE "$marks" /dev/null "${files[@]}"; then
  echo 'source_rules: something is left to do there' >&2
  failed=1
fi

sources=() scripts=()
for file in "${files[@]}"; do
  IFS= read -r first <"$file" || first=''
  if [[ $file == *.sh || $first =~ ^#!.*sh$ ]]; then
    scripts+=("$file")
    sources+=("$file")
  elif [[ $file =~ \.(c|h|inc|def|cc|cpp|awk|cmake)$ ]]; then
    sources+=("$file")
  fi
done

# The licence line is the first, or the second after the line that names the interpreter.
if [ ${#sources[@]} -gt 0 ]; then
  awk 'function judge() {
         if (file != "" && !licensed) {
           print file ": does not begin with SPDX-License-Identifier: MIT"
           bad = 1
         }
       }
       FNR == 1 { judge(); file = FILENAME; licensed = 0; interpreter = /^#!/ }
       FNR == 1 || (FNR == 2 && interpreter) { licensed += /SPDX-License-Identifier: MIT/ }
       END { judge(); exit bad }' "${sources[@]}" || failed=1
fi

for script in "${scripts[@]}"; do
  bash -n "$script" || failed=1
done
if [ ${#scripts[@]} -gt 0 ] && command -v shellcheck >/dev/null; then
  shellcheck -S warning -x -P SCRIPTDIR "${scripts[@]}" || failed=1
fi
[ "$failed" = 0 ] && printf 'source_rules: %d files keep the rules\n' "${#files[@]}"
exit "$failed"
