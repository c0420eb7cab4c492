/* SPDX-License-Identifier: MIT
 *
 * Small parts of the heap side that every collector over the world has alike: refusing for
 * want of memory, making and freeing a mutator, statistics that nobody counted.
 */
#ifndef HEAPMARK_KIT_HEAP_SIDE_H
#define HEAPMARK_KIT_HEAP_SIDE_H

#include <kit/world.h>

/* Fill in a refusal for want of memory: "no memory for WHAT". */
void kit_refuse_memory(struct hm_refusal *refusal, const char *what);

/* Allocate a mutator of `bytes` bytes, zeroed and on cache lines of its own, and attach it to
 * the world; null with a refusal. The collector sets up its own fields afterwards: until its
 * attach returns the mutator runs, so no stop looks at them. */
struct kit_mutator *kit_mutator_new(struct kit_world *world, size_t bytes, hm_heap *heap,
                                    const struct hm_slow *slow, const struct hm_open *request,
                                    uint32_t index, struct hm_log *log, struct hm_refusal *refusal);

/* Detach it from the world and free it. */
void kit_mutator_free(struct kit_world *world, struct kit_mutator *mutator);

/* Statistics with every figure HM_UNKNOWN; the collector then fills in what it counts. */
struct hm_statistics kit_statistics_unknown(void);

/* Answer the harness: copy a report of `bytes` bytes, of which `to` may know fewer. Both begin
 * with their size, and that of `to` stays. */
void kit_report(void *to, const void *from, size_t bytes);

/* How many names are pushed in the whole world, stopped or quiet. */
uint64_t kit_world_names(const struct kit_world *world);

#endif
