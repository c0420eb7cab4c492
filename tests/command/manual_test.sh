#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Each command has a manual page that man takes without a warning, and in which each of its options
# stands.
#
#   manual_test.sh HEAPMARK FOLDER
set -uo pipefail
heapmark=$1 folder=$2
failed=0
complain() {
  printf 'manual_test: %s\n' "$1" >&2
  failed=1
}

render() {
  MANWIDTH=200 MAN_KEEP_FORMATTING='' man --warnings -E UTF-8 -l "$1" 2>"$warnings" | col -bx
}

warnings=$(mktemp)
trap 'rm -f "$warnings"' EXIT
mapfile -t commands < <("$heapmark" --complete '' | cut -f1 | grep -v '^--')
[ ${#commands[@]} -gt 10 ] || complain 'the program tells no commands'
for command in "${commands[@]}"; do
  page=$folder/heapmark-$command.1
  [ -f "$page" ] || {
    complain "there is no page of $command"
    continue
  }
  text=$(render "$page")
  [ -s "$warnings" ] && complain "man warns of $command: $(cat "$warnings")"
  [[ $text == *"heapmark-$command - "* ]] || complain "the page of $command does not name it"
  # The page of stress says that its options are those of check.
  [[ $text == *'with the same options'* ]] && text+=$(render "$folder/heapmark-check.1")
  for option in $("$heapmark" --complete "$command" -- | cut -f1); do
    [ "$option" = --help ] || grep -qF -e "$option" <<<"$text" ||
      complain "the page of $command does not have $option"
  done
done
text=$(render "$folder/heapmark.1")
[ -s "$warnings" ] && complain "man warns of heapmark: $(cat "$warnings")"
[[ $text == *'heapmark-run(1)'* && $text == *'EXIT STATUS'* || $text == *'Exit status'* ]] ||
  complain 'the page of heapmark lacks its commands, or what an exit status means'
[ "$failed" = 0 ] && echo 'manual_test: each command has its page'
exit "$failed"
