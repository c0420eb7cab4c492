#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds plugins with faults in what they export and import.
#
#   plugin_symbols_test.sh COMPILER NM
# shellcheck source=planted.sh
. "$(dirname "$0")/planted.sh"
compiler=$1 nm=$2

symbols() {
  "$here/plugin_symbols.sh" "$tree" "$tree/lib" "$nm"
}

# plugin NAME LINE...: builds lib/NAME.so of these lines of C, and names it in plugins/.
plugin() {
  clean
  plant "plugins/$1/CMakeLists.txt" "heapmark_add_collector(NAME $1 SOURCES $1.c MUTATOR mutator.h)"
  plant plugin.c "${@:2}"
  mkdir -p "$tree/lib"
  "$compiler" -shared -fPIC -o "$tree/lib/$1.so" "$tree/plugin.c" || blame "$1.so" 'not built'
}

plugin good 'int puts(const char *);' 'int heapmark_plugin(void) { return puts("C library"); }'
passes symbols

plugin chatty 'int heapmark_plugin, another;'
finds "chatty.so: exports 'another heapmark_plugin'" symbols
plugin mute 'static int heapmark_plugin; int *f(void);' \
  '__attribute__((visibility("hidden"))) int *f(void) { return &heapmark_plugin; }'
finds "mute.so: exports ''" symbols
plugin needy 'int harness(void);' 'int heapmark_plugin(void) { return harness(); }'
finds 'needy.so: needs harness from outside' symbols
plugin lost 'int heapmark_plugin;'
mv "$tree/lib/lost.so" "$tree/lib/found.so"
finds '^lost: the build made no' symbols
clean
finds 'has no plugin at all' symbols

finish
