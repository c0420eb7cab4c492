# SPDX-License-Identifier: MIT
#
# For tests of `heapmark export`: said WORDS OPTION... holds that the export is refused in these words,
# as a mistake of the user's, and writes nothing. Uses $heapmark, $database, $folder and fail.
# shellcheck shell=bash
# shellcheck disable=SC2154 # of the tests
said() {
  local words=$1
  shift
  "$heapmark" export --db "$database" "$@" >"$folder/out" 2>"$folder/err"
  [ $? = 2 ] || fail "heapmark export $*: the status is not 2"
  grep -qF -- "$words" "$folder/err" || fail "heapmark export $*: $(cat "$folder/err")"
  [ -s "$folder/out" ] && fail "heapmark export $* wrote something"
  return 0
}
