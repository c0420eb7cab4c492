# SPDX-License-Identifier: MIT
#
# Completion of heapmark's command line for fish. The program itself says what a word may become
# (heapmark --complete, see harness/command/completion.h).

function __heapmark_complete
    set -l before (commandline -opc)
    set -l written (commandline -ct)
    set -l lines ($before[1] --complete $before[2..-1] "$written" 2>/dev/null)
    if test "$lines[1]" = ":files"
        set -l option (string match -r '^--[^=]*=' -- "$written")
        __fish_complete_path (string replace -r '^--[^=]*=' '' -- "$written") | string replace -r '^' -- "$option"
    else
        printf '%s\n' $lines
    end
end

complete -c heapmark -f -a '(__heapmark_complete)'
