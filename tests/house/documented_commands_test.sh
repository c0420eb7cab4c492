#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Plants texts that name scripts that are not there.
# shellcheck source=planted.sh
. "$(dirname "$0")/planted.sh"

commands() {
  "$here/documented_commands.sh" "$tree"
}

house() {
  clean
  plant README.md 'Run `scripts/bench.sh`,' 'then scripts/test.sh.'
  plant scripts/bench.sh ''
  plant scripts/test.sh ''
  chmod +x "$tree"/scripts/*.sh
}

house
passes commands

house
plant README.md 'Run `scripts/bench.sh`.'
finds 'README.md: does not name scripts/test.sh' commands
house
plant docs/guide.md 'See (scripts/nowhere.sh).'
finds 'docs/guide.md: names scripts/nowhere.sh' commands
house
chmod -x "$tree/scripts/test.sh"
finds 'README.md: names scripts/test.sh' commands
house
rm "$tree/README.md"
plant CONTRIBUTING.md ''
finds 'README.md: does not name scripts/bench.sh' commands

finish
