#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# scripts/coverage_table.py tells what ran of a small program that was compiled twice, in two ways,
# and ran one way each time.
#
#   table_test.sh REPOSITORY
set -uo pipefail
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0

mkdir -p "$scratch/tree/part/inner" "$scratch/build"
cat >"$scratch/tree/part/inner/choose.c" <<'END'
int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 2)
        return 3;
#ifdef FIRST
    if (argc > 1)
        return 0;
#endif
    return 0;
}
END
for name in FIRST SECOND; do
  (cd "$scratch/build" && gcc --coverage -D$name -o $name "$scratch/tree/part/inner/choose.c" && ./$name) || exit 1
done

table() {
  python3 "$1/scripts/coverage_table.py" "$scratch/build" --root "$scratch/tree" "${@:2}" \
    >"$scratch/said" 2>&1
}

# expect WORDS: the table says that.
expect() {
  grep -qF -- "$1" "$scratch/said" || {
    printf 'coverage_table.py does not say "%s":\n' "$1"
    sed 's/^/  /' "$scratch/said"
    failed=1
  }
}

table "$1" part
expect '2 of      4 branches  50.0 %'
expect 'part/inner  '
expect 'part/inner/choose.c'
expect 'never ran: 5, 8'
table "$1" part --below 50
if grep -q 'never ran' "$scratch/said"; then
  printf 'coverage_table.py: a file above the limit is told\n'
  failed=1
fi
table "$1" elsewhere
expect 'has no counts of these folders'
exit "$failed"
