#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Plants sources that break the rules for sources.
# shellcheck source=planted.sh
. "$(dirname "$0")/planted.sh"
licence='SPDX-License-Identifier: MIT'

rules() {
  "$here/source_rules.sh" "$tree"
}

# broken FILE WHAT LINE...: a file of these lines must be found.
broken() {
  clean
  plant "$1" "${@:3}"
  finds "^$1: ?$2" rules
}

plant harness/base/text.c "/* $licence */" 'int x; /* mkstemp: nameXXXXXX */'
plant scripts/good.sh '#!/usr/bin/env bash' "# $licence" 'echo good'
plant notes.md 'no licence line in texts'
passes rules

broken harness/base/text.c 'does not begin with' 'int x;'
broken harness/base/text.c 'does not begin with' 'int x;' "/* $licence */"
broken scripts/bad.sh 'does not begin with' '#!/bin/sh' 'echo bad'
broken .ci/run 'does not begin with' '#!/usr/bin/env bash' 'echo bad'
broken scripts/bad.sh 'line 4: .*unexpected end of file' '#!/bin/bash' "# $licence" 'if true'
for mark in 'TO''DO' 'FIX''ME' 'XX''X'; do
  broken docs/page.md "2:$mark: write this" '' "$mark: write this"
done
clean
finds 'no files under' rules

finish
