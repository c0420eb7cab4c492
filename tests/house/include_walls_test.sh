#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Plants includes that cross each wall, and ones that cross none.
# shellcheck source=planted.sh
. "$(dirname "$0")/planted.sh"

# A house that keeps its walls.
plant include/heapmark/types.h '#include <stdint.h>'
plant include/heapmark/mutator.h '#include <heapmark/types.h>' '#include HEAPMARK_MUTATOR'
plant workloads/list.h '#include <heapmark/types.h>'
plant workloads/churn.c '#include <heapmark/mutator.h>' '#include "list.h"' '#include <math.h>'
plant plugins/kit/pool.h '#include <heapmark/types.h>' '#include <sys/mman.h>'
plant plugins/kit/pool.c '#include <kit/pool.h>' '#include "pool.h"'
plant plugins/none/heap.h '#include <kit/pool.h>'
plant plugins/none/none.c '#include <none/heap.h>' '#include <heapmark/types.h>'
plant plugins/semispace/mutator.h '#include <kit/pool.h>'
plant harness/base/text.h '#include <stddef.h>' ' *    #include <kit/pool.h>'
plant harness/store/store.c '#include <sqlite3.h>' '#include "base/text.h"'
plant harness/topology/machine.c '#include <hwloc.h>'
plant harness/gbench/gbench.cpp '#include <benchmark/benchmark.h>' '#include <vector>'
plant harness/trial/child.c '#include "store/store.h"' '#include <heapmark/types.h>'
plant harness/main.c '#include "command/command.h"'
plant tests/store/store_test.c '#include "store/store.h"' '#include <sqlite3.h>'

walls() {
  "$here/include_walls.sh" "$tree"
}

# crossing FILE INCLUDE WHAT: FILE, alone, with this include must be found by file and line.
crossing() {
  rm -rf "${tree:?}"/*/bad.* "${tree:?}"/*/*/bad.*
  plant "$1" '' "$2"
  finds "^$1:2: $3" walls
}

passes walls

crossing include/heapmark/bad.h '#include <kit/pool.h>' 'include must not include plugins/kit'
crossing include/heapmark/bad.h '#include "base/text.h"' 'include must not include harness/base'
crossing include/heapmark/bad.h '#include <unistd.h>' "include/ may use C's own library only"
crossing include/heapmark/bad.h '#include HEAPMARK_OTHER' 'only include/heapmark/mutator.h includes by macro'
crossing workloads/bad.c '#include <kit/pool.h>' 'workloads must not include plugins/kit'
crossing workloads/bad.c '#include "base/text.h"' 'workloads must not include harness/base'
crossing workloads/bad.c '#include <pthread.h>' "workloads/ may use C's own library only"
crossing workloads/bad.c '#include "absent.h"' 'includes "absent.h", which is neither'
crossing workloads/bad.c '#include HEAPMARK_MUTATOR' 'only include/heapmark/mutator.h includes by macro'
crossing plugins/kit/bad.c '#include <none/heap.h>' 'plugins/kit must not include plugins/none'
crossing plugins/none/bad.c '#include <semispace/mutator.h>' 'plugins/none must not include plugins/semispace'
crossing plugins/none/bad.c '#include "../semispace/mutator.h"' 'includes .* by a path that leaves'
crossing plugins/none/bad.c '#include "base/text.h"' 'plugins/none must not include harness/base'
crossing plugins/none/bad.c '#include "workloads/list.h"' 'plugins/none must not include workloads'
crossing harness/base/bad.c '#include "store/store.h"' 'harness/base must not include harness/store'
crossing harness/store/bad.c '  #  include"statistics/sample.h"' 'harness/store must not include harness/statistics'
crossing harness/suite/bad.c '#include "report/chart.h"' 'harness/suite must not include harness/report'
crossing harness/report/bad.c '#include "check/model.h"' 'harness/report must not include harness/check'
crossing harness/command/bad.c '#include <kit/pool.h>' 'harness/command must not include plugins/kit'
crossing harness/command/bad.c '#include "plugins/none/heap.h"' 'harness/command must not include plugins/none'
crossing harness/trial/bad.c '#include "workloads/list.h"' 'harness/trial must not include workloads'
crossing harness/main.c '#include <none/heap.h>' 'harness/main.c must not include plugins/none'
crossing harness/report/bad.c '#include <sqlite3.h>' '<sqlite3.h> belongs to harness/store/'
crossing harness/command/bad.c '#include <yaml.h>' '<yaml.h> belongs to harness/suite/'
crossing harness/trial/bad.c '#include <hwloc.h>' '<hwloc.h> belongs to harness/topology/'
crossing harness/trial/bad.c '#include <hwloc/helper.h>' '<hwloc/helper.h> belongs to harness/topology/'
crossing harness/trial/bad.c '#include <benchmark/benchmark.h>' '<benchmark/benchmark.h> belongs to harness/gbench/'

plant harness/trial/bad.cpp ''
finds '^harness/trial/bad.cpp:1: C\+\+ lives in harness/gbench/ only' walls
plant harness/attic/old.c ''
finds '^harness/attic/old.c:1: harness/attic is no floor' walls
clean
finds 'no sources' walls

finish
