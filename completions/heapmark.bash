# SPDX-License-Identifier: MIT
#
# Completion of heapmark's command line for bash. The program itself says what a word may become
# (heapmark --complete, see harness/command/completion.h).

_heapmark() {
  local -a words=() lines=()
  local i word written prefix line
  # Bash takes ':' and '=' for ends of words, and the program does not: put together what is one.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if ((${#words[@]} > 0)) && [[ $word == [:=]* || ${COMP_WORDS[i - 1]} == *[:=] ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
  done
  written=${words[-1]-}
  mapfile -t lines < <("$1" --complete "${words[@]}" 2>/dev/null)
  COMPREPLY=()
  if [ "${lines[0]-}" = :files ]; then
    # Behind the '=' of an option, too.
    mapfile -t COMPREPLY < <(compgen -f -- "${written##*=}")
    compopt -o filenames 2>/dev/null
    return 0
  fi
  # What bash puts in the place of the word begins behind the last of those ends.
  prefix=${written%"${written##*[:=]}"}
  for line in "${lines[@]}"; do
    line=${line%%$'\t'*}
    COMPREPLY+=("${line#"$prefix"}")
  done
  # A name is not at its end where a value, a variant or an option follows.
  if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:/] ]]; then
    compopt -o nospace 2>/dev/null
  fi
  return 0
}

complete -F _heapmark heapmark
