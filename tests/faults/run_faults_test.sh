#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# run_faults tells a fault that was caught from one that was not, and from one whose property is
# wrongly named.
#
#   run_faults_test.sh RUN_FAULTS FOLDER_OF_ALTERED_COLLECTORS
set -uo pipefail
run_faults=$1 folder=$2
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0

# expect STATUS WORDS ROW [OPTION...]: with a table of this row it ends so, and says that.
expect() {
  local status=$1 words=$2 row=$3 got
  shift 3
  printf '# A comment.\n%s\n' "$row" >"$scratch/table.csv"
  "$run_faults" "$folder" "$scratch/table.csv" --programs 30 --time 0 --shrink-time 0 "$@" \
    >"$scratch/said" 2>&1
  got=$?
  if [ "$got" != "$status" ] || ! grep -qF -- "$words" "$scratch/said"; then
    printf 'run_faults: status %s instead of %s, or not "%s":\n' "$got" "$status" "$words"
    sed 's/^/  /' "$scratch/said"
    failed=1
  fi
}

planted='rc1,counting,refcount:plain,1,safety|identity|counts|honesty|finalizers|weak references,no,no,a slot takes no count,'
expect 0 '1 of 1 caught by every seed' "$planted"
# Without a fault the altered build is sound.
expect 1 'not caught: none on refcount:plain, by 2 of 2 seeds' \
  'none,counting,refcount:plain,1,safety,no,no,nothing is,' --seeds 1-2
expect 1 'wrongly named: rc1 on refcount:plain, by 1 of 1 seeds' "${planted/safety|identity|counts|honesty|finalizers|weak references/lifetime}"
expect 2 "variant 'plane'" "${planted/plain/plane}"
expect 2 'a row has 9 fields' 'rc1,counting'
expect 2 'no fault of the table is wanted' "$planted" --except rc1
expect 2 'no fault of the table is wanted' "$planted" --family tracing

# The page has a row for each that was hunted and each that nothing carries.
expect 0 'rc1' "$planted"$'\nmv3,moving,,1,safety,no,no,a set misses stores,nothing has generations' \
  --markdown "$scratch/page.md"
for row in '| `rc1` | a slot takes no count | counting | `refcount:plain` |' \
  '| `mv3` | a set misses stores | moving | nothing has generations |'; do
  grep -qF -- "$row" "$scratch/page.md" || {
    printf 'run_faults: the page lacks %s\n' "$row"
    failed=1
  }
done
exit "$failed"
