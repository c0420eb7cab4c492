#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds, hunts every planted fault on all collectors that carry it, from ten seeds, for a minute
# at the most from each, and writes docs/faults.md. It takes an hour or more, and wants the machine
# for itself: a page of some families only is written to elsewhere (--markdown FILE).
#
#   scripts/faults.sh [RUN_FAULTS OPTION...]
#
# Later options override: --family NAME[,...], --only ID[,...], --seeds FIRST[-LAST], --time TIME,
# --first-carrier, --markdown FILE. The exit status is 1 when one was missed or wrongly named.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-dependencies.sh build test
cmake --preset release
cmake --build --preset release
exec build/release/tests/bin/run_faults build/release/lib/heapmark-altered tests/faults/faults.csv \
  --seeds 1-10 --time 60s --markdown docs/faults.md "$@"
