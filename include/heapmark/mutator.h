/* SPDX-License-Identifier: MIT
 *
 * What a workload includes to get the operations: those of the collector that the kernel is
 * compiled against (HEAPMARK_MUTATOR names its header), or else the table.
 */
#ifndef HEAPMARK_MUTATOR_H
#define HEAPMARK_MUTATOR_H

#include <heapmark/operations.h>

#ifdef HEAPMARK_MUTATOR
#include HEAPMARK_MUTATOR
#include <heapmark/absent.h>
#else
#include <heapmark/table.h>
#endif

#endif
