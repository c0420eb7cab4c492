#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Plants headers that do not compile alone.
#
#   headers_alone_test.sh COMPILER [FLAG...]
# shellcheck source=planted.sh
. "$(dirname "$0")/planted.sh"
compiler=("$@")

alone() {
  "$here/headers_alone.sh" "$tree" "${compiler[@]}"
}

house() {
  clean
  plant include/heapmark/types.h '#pragma once' '#include <stddef.h>' 'struct good { size_t n; };'
  plant harness/base/text.h '#pragma once' '#include <heapmark/types.h>' 'size_t length(void);'
}

# alone_not FILE LINE...: a header of these lines must be found.
alone_not() {
  house
  plant "$@"
  finds "^$1: does not compile alone" alone
}

house
passes alone

alone_not plugins/kit/bad.h '#pragma once' 'size_t length(void);'
alone_not plugins/kit/bad.h '#pragma once' '#include "base/text.h"'
alone_not workloads/bad.h 'struct twice { int n; };'
alone_not harness/base/bad.h '#pragma once' 'int old();'
alone_not harness/base/bad.h '#pragma once' 'static inline int f(long n) { return n; }'
alone_not include/heapmark/bad.h '#pragma once' '#error "for the family"'

house
plant harness/topology/internal.h '#pragma once' '#ifndef HEAPMARK_TOPOLOGY_INTERNAL' \
  '#error "for the family"' '#endif'
passes alone
plant harness/topology/internal.h '#pragma once'
finds '^harness/topology/internal.h: is internal but does not refuse' alone
clean
finds 'no headers' alone

finish
