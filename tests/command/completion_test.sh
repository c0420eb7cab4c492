#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What bash offers for a command line, by the function that is installed; and that zsh's and fish's
# files parse, where those shells are there.
#
#   completion_test.sh HEAPMARK COMPLETIONS
set -uo pipefail
heapmark=$1 completions=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" && touch a.db b.db || exit 1
# shellcheck source=/dev/null
source "$completions/heapmark.bash" || exit 1
failed=0

# Split a line as bash does for completion: at blanks, and at ':' and '=', which are words themselves.
split() {
  local line=$1
  line=${line//:/ : }
  line=${line//=/ = }
  COMP_WORDS=()
  read -ra COMP_WORDS <<<"$line"
  [[ $1 == *' ' ]] && COMP_WORDS+=('')
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
}

# offers LINE WORD...: these are among what is offered; '!WORD' is not; '' stands for nothing at all.
offers() {
  local line=$1 word
  shift
  split "heapmark $line"
  _heapmark "$heapmark"
  for word in "$@"; do
    case $word in
      '') [ ${#COMPREPLY[@]} -eq 0 ] && continue ;;
      '!'*) [[ " ${COMPREPLY[*]} " != *" ${word#!} "* ]] && continue ;;
      *) [[ " ${COMPREPLY[*]} " == *" $word "* ]] && continue ;;
    esac
    printf 'heapmark %s: not as it should be for %s: %s\n' "$line" "$word" "${COMPREPLY[*]}" >&2
    failed=1
  done
}

offers '' run list heap-map --version
offers 'ru' run '!list'
offers 'run --inv' --invocations '!--instructions'
offers 'run --' --pin --help '!--result-fd'
offers 'trial --' --json '!--result-fd' '!--state-fd'
offers 'run ' quick full
offers 'run -c ' refcount mark-sweep
offers 'run -c ref' refcount refcount-cycles '!mark-sweep'
offers 'run -c refcount,mark' refcount,mark-sweep
offers 'run -c refcount/' refcount/plain refcount/atomic
offers 'run -c old=refcount/p' refcount/plain
offers 'run -c mark-sweep:' workers= growth=
offers 'run -c mark-sweep:wor' workers= '!growth='
offers 'run -c mark-sweep:workers=2,g' 2,growth=
offers 'run --collectors=sem' semispace
offers 'run --pin=sca' scatter '!compact'
offers 'run --pin ' compact numa
offers 'run -w ' lru binary-trees
offers 'run -w lru:' capacity= skew=
offers 'run -w queue:links=' cleared kept
offers 'run -w lru,qu' lru,queue lru,quads
offers 'run --db ' a.db b.db
offers 'run --db=a' a.db '!b.db'
offers 'run -n ' ''
offers 'check mark' mark-sweep
offers 'check --property safety,pro' safety,promptness safety,progress
offers 'replay ' a.db
offers 'replay a.db semi' semispace
offers 'list ' collectors runs
offers 'explain wall' wall_ns
offers 'explain longest-' longest-pause
offers 'help ' run suites
offers 'nonsense --' ''
offers 'export --format ' csv markdown
offers 'compare 1 2 --metric ' time instructions

# What the program says is a line for each, the meaning behind a tab; nothing of it moves a cursor.
"$heapmark" --complete run -c '' | grep -q $'^refcount\ta collector$' || failed=1
[ "$("$heapmark" --complete run --db '')" = :files ] || failed=1
command -v zsh >/dev/null && { zsh -n "$completions/_heapmark" || failed=1; }
if command -v fish >/dev/null; then
  # fish can be asked what it would offer.
  fish --no-execute "$completions/heapmark.fish" || failed=1
  offered=$(HOME=$work PATH=$(dirname "$heapmark"):$PATH fish -c \
    "source $completions/heapmark.fish; complete -C 'heapmark run --pin=sc'; complete -C 'heapmark run --db=a'")
  [ "$offered" = $'--pin=scatter\n--db=a.db' ] || {
    echo "fish offers: $offered" >&2
    failed=1
  }
fi
[ "$failed" = 0 ] && echo 'completion_test: as it should be'
exit "$failed"
