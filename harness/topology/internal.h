/* SPDX-License-Identifier: MIT
 *
 * What a struct topology is made of; for harness/topology/ only.
 */
#ifndef HEAPMARK_TOPOLOGY_INTERNAL_H
#define HEAPMARK_TOPOLOGY_INTERNAL_H

#ifndef HEAPMARK_TOPOLOGY_INTERNAL
#error "topology/internal.h belongs to harness/topology/: include topology/topology.h"
#endif

#include <hwloc.h>
#include <stdint.h>

#include "topology/topology.h"

struct topology_pu {
    struct topology_placement where;
    uint64_t numa_bytes; /* memory of its NUMA node */
    bool allowed;
};

struct topology {
    hwloc_topology_t machine;
    hwloc_bitmap_t allowed;  /* OS PUs; never empty */
    struct topology_pu *pus; /* all of the machine, in the order of the tree */
    unsigned pu_count;
    unsigned allowed_count;
    unsigned core_count;
    unsigned package_count;
    unsigned numa_count;
    unsigned kind_count; /* kinds of core, at least 1 */
    double quota_cpus;   /* 0: none */
};

/* hwloc_bitmap_alloc that ends the program when memory is out. */
hwloc_bitmap_t topology_new_bitmap(void);

#endif
